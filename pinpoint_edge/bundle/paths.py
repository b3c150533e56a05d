"""Names of a bundle's files: relative, portable, and unable to leave the bundle's folder."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pinpoint_edge.errors import BundleError

MANIFEST = "manifest.json"
MAX_PATH = 200

_SEGMENT = re.compile(r"[A-Za-z0-9_+\-.]{1,100}", re.ASCII)
_DEVICES = {"con", "prn", "aux", "nul"} | {f"{p}{n}" for p in ("com", "lpt") for n in range(10)}


def problem(name: str) -> str | None:
    """Say why `name` is no safe file name of a bundle, or None when it is one.

    A safe name is a `/`-separated relative path, at most 200 characters, whose segments hold only
    ASCII letters, digits and `_ + - .`, are not `.` or `..`, do not end in a dot and are no device
    name of Windows: it means the same on every file system.
    """
    if not name:
        return "is empty"
    if len(name) > MAX_PATH:
        return f"is longer than {MAX_PATH} characters"
    if "\\" in name:
        return "holds a backslash"
    if re.match(r"[A-Za-z]:", name):
        return "starts with a drive letter"
    if name.startswith("/"):
        return "is an absolute path"
    if name.endswith("/"):
        return "is a folder"
    for segment in name.split("/"):
        if segment in (".", ".."):
            return f"holds '{segment}'"
        if not _SEGMENT.fullmatch(segment):
            return "holds a character other than ASCII letters, digits and _ + - ."
        if segment.endswith("."):
            return "has a part that ends in a dot"
        if segment.split(".")[0].lower() in _DEVICES:
            return "has a part that is a device name"
    return None


def check_names(names: Iterable[str], where: str) -> None:
    """Refuse unsafe names, duplicates (whatever their case) and a file that is also a folder.

    `where` names the archive or manifest in the message. Raises BundleError.
    """
    seen: dict[str, str] = {}
    for name in names:
        reason = problem(name)
        if reason is not None:
            raise BundleError(
                f"{where}: the file name {_shown(name)} {reason}. Do not use this bundle; "
                "get it again from a source that you trust."
            )
        folded = name.lower()
        if folded in seen:
            raise BundleError(
                f"{where}: the file names {_shown(seen[folded])} and {_shown(name)} are "
                "duplicates. Do not use this bundle; get it again from a source that you trust."
            )
        seen[folded] = name
    for folded, name in seen.items():
        parts = folded.split("/")
        for end in range(1, len(parts)):
            if "/".join(parts[:end]) in seen:
                raise BundleError(
                    f"{where}: {_shown(name)} lies inside a name that is itself a file. Do not use "
                    "this bundle; get it again from a source that you trust."
                )


def _shown(name: str) -> str:
    return repr(name if len(name) <= 80 else name[:77] + "...")
