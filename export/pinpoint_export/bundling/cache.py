"""The stage cache: finished artifacts by the digest of everything that decided them.

An entry is a folder `<key>/` with `artifact.json` and the artifact's files in `files/`. It is
written beside its place and renamed, and nothing in it is believed when it is used again: whatever
does not match its description to the byte is dropped, and the stage is made anew.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pinpoint_edge.bundle.folder import file_digest
from pinpoint_edge.bundle.paths import check_names
from pinpoint_edge.errors import BundleError
from pinpoint_edge.storage.json_text import json_digest
from pinpoint_export.bundling.scratch import scratch, unwritable
from pinpoint_export.parity.stage_parity import StageParity
from pinpoint_export.targets import Artifact, ArtifactFile
from pinpoint_runtimes import TensorSpec

LIMIT_BYTES = 8 << 30
DESCRIPTION, FILES, WORK = "artifact.json", "files", ".making-"


@dataclass(frozen=True)
class FinishedStage:
    """A finished stage: its artifact, its parity and what making it took.

    Attributes:
        parity: None when no runtime runs the artifact on this machine.
        seconds: that lowering and measuring took.
        peak_rss: bytes of the larger of the two processes.
    """

    artifact: Artifact
    parity: StageParity | None = None
    seconds: float = 0.0
    peak_rss: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "artifact": asdict(self.artifact),
            "parity": self.parity.to_json() if self.parity else None,
            "seconds": self.seconds,
            "peak_rss": self.peak_rss,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> FinishedStage:
        """Read what `to_json` gave; raises KeyError, TypeError or ValueError for anything else."""
        return cls(
            artifact_from_json(value["artifact"]),
            StageParity.from_json(value["parity"]) if value["parity"] else None,
            float(value["seconds"]),
            int(value["peak_rss"]),
        )


@dataclass(frozen=True)
class CachedStage:
    """An artifact in the cache, verified: the folder that holds its files."""

    folder: Path
    made: FinishedStage


class StageCache:
    """A folder of entries; several exports may use it at once."""

    def __init__(self, folder: Path, limit: int = LIMIT_BYTES) -> None:
        self.folder = folder
        self.limit = limit

    def find(self, key: str) -> CachedStage | None:
        """Return an entry whose every byte is as it was described, and drop any other."""
        place = self.folder / key
        if not place.is_dir():
            return None
        try:
            made = FinishedStage.from_json(_read(place / DESCRIPTION, key))
            _verify(place / FILES, made.artifact)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, BundleError):
            self._drop(place)
            return None
        with suppress(OSError):
            os.utime(place)  # used now: the last to be evicted
        return CachedStage(place / FILES, made)

    @contextmanager
    def working(self) -> Iterator[Path]:
        """Make a folder to work in, with an empty `files/`; see `scratch`."""
        with scratch(self.folder, WORK) as work:
            (work / FILES).mkdir()
            yield work

    def commit(self, work: Path, key: str, made: FinishedStage) -> CachedStage:
        """Turn a folder of `working` into the entry; raises OutputError.

        Where another export was faster, its entry stays and is returned.
        """
        try:
            for path in work.iterdir():
                if path.name != FILES:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            _write(work / DESCRIPTION, key, made.to_json())
            try:
                work.rename(self.folder / key)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
                theirs = self.find(key)
                if theirs is not None:
                    return theirs
                work.rename(self.folder / key)  # theirs was broken and is dropped now
        except OSError as error:
            raise unwritable(self.folder, error) from error
        return CachedStage(self.folder / key / FILES, made)

    def trim(self, keep: Collection[str] = ()) -> None:
        """Remove the entries that were not used for longest until the rest fits the limit."""
        entries = [path for path in self.folder.iterdir() if not path.name.startswith(".")]
        ages, sizes = {}, {}
        for path in entries:
            with suppress(OSError):  # another export may trim as well
                sizes[path] = sum(f.stat().st_size for f in path.rglob("*") if f.is_file())
                ages[path] = path.stat().st_mtime
        total = sum(sizes.values())
        for path in sorted(ages, key=lambda path: ages[path]):
            if total <= self.limit:
                return
            if path.name not in keep:
                self._drop(path)
                total -= sizes[path]

    def _drop(self, place: Path) -> None:
        """Remove an entry at once for every reader: rename, then delete."""
        with suppress(OSError):
            away = Path(tempfile.mkdtemp(prefix=WORK, dir=self.folder))
            place.rename(away / place.name)
            shutil.rmtree(away, ignore_errors=True)


def artifact_from_json(value: Mapping[str, Any]) -> Artifact:
    """Read an artifact from the JSON values of `dataclasses.asdict`."""
    inputs, outputs = (
        tuple(TensorSpec(s["name"], s["dtype"], tuple(s["shape"])) for s in value[side])
        for side in ("inputs", "outputs")
    )
    return Artifact(
        value["stage"],
        tuple(ArtifactFile(f["name"], f["sha256"], f["size"]) for f in value["files"]),
        inputs,
        outputs,
        tuple(dict(bucket) for bucket in value["buckets"]),
        dict(value["dtypes"]),
        value["compute_units"],
    )


def _write(path: Path, key: str, content: Mapping[str, Any]) -> None:
    body = {"key": key, "content": content}
    path.write_text(json.dumps({"sha256": json_digest(body), **body}, indent=1), encoding="utf-8")


def _read(path: Path, key: str) -> Mapping[str, Any]:
    value = json.loads(path.read_text(encoding="utf-8"))
    body = {"key": value["key"], "content": value["content"]}
    if value["key"] != key or value["sha256"] != json_digest(body):
        raise ValueError(f"{path} belongs to another entry or was changed.")
    content: Mapping[str, Any] = value["content"]
    return content


def _verify(folder: Path, artifact: Artifact) -> None:
    """Raise ValueError or BundleError unless the folder holds the artifact's files, no others."""
    listed = {file.name: file for file in artifact.files}
    check_names(list(listed), str(folder))
    paths = list(folder.rglob("*"))
    if any(path.is_symlink() for path in [folder, *paths]):
        raise ValueError(f"{folder} holds a link.")
    found = {path.relative_to(folder).as_posix() for path in paths if path.is_file()}
    if not listed or found != set(listed):
        raise ValueError(f"{folder} does not hold the files of its description.")
    for name, file in listed.items():
        path = folder / name
        if path.stat().st_size != file.size or file_digest(path) != file.sha256:
            raise ValueError(f"{path} was changed.")
