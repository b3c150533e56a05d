"""Where releases come from and who signs them, when a command does not say.

`PINPOINT_INDEX` and `PINPOINT_KEY`, else `index` and `key` of the table `[release]` in
`pinpoint-edge/config.toml` of the user's folder of settings.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pinpoint_edge.errors import DataError
from pinpoint_edge.storage.records import decode


@dataclass(frozen=True)
class ReleaseSettings:
    """The address of an index; the file of a key, without which nothing is accepted."""

    index: str | None = None
    key: str | None = None


@dataclass(frozen=True)
class _Config:
    release: ReleaseSettings = ReleaseSettings()


def config_file() -> Path:
    """Return the path of the user's settings; there may be no file."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "pinpoint-edge/config.toml"


def release_settings() -> ReleaseSettings:
    """Return the settings of the environment, then those of the file; raises DataError."""
    path = config_file()
    try:
        text = path.read_text(encoding="utf-8")
        held = decode(_Config, tomllib.loads(text), str(path)).release
    except FileNotFoundError:
        held = ReleaseSettings()
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}; mend it or remove it.") from error
    return ReleaseSettings(
        os.environ.get("PINPOINT_INDEX") or held.index, os.environ.get("PINPOINT_KEY") or held.key
    )
