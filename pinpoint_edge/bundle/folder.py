"""A bundle as a folder: open it, refuse it before loading, verify it, write its manifest."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

from pinpoint_edge.bundle import manifest_json
from pinpoint_edge.bundle.archive import unpack_to_cache
from pinpoint_edge.bundle.manifest import FileEntry, Manifest
from pinpoint_edge.bundle.paths import MANIFEST, check_names
from pinpoint_edge.bundle.validation import read_manifest
from pinpoint_edge.errors import BackendError, BundleError, IntegrityError
from pinpoint_edge.storage.atomic import replacing

CHEAP_BYTES = 8 * 2**20
"""Files below this size are hashed at every opening; larger ones only by `verify`."""


@dataclass(frozen=True)
class Bundle:
    """An opened bundle: its folder, its manifest and the digest that names its content."""

    folder: Path
    manifest: Manifest
    digest: str
    """sha256 of manifest.json, which holds the sha256 of every other file."""

    @classmethod
    def open(cls, path: str | Path, *, check_backends: bool = True) -> Bundle:
        """Open a bundle's folder or single-file form and check what is cheap to check.

        Sizes of all files and the sha256 of files below 8 MiB are compared with the manifest. A
        single file is unpacked once into the user's cache. Raises BundleError (no bundle, newer
        schema, file missing), IntegrityError (a file was changed), BackendError (what it runs on is
        not installed; not looked at with `check_backends=False`).
        """
        path = Path(path)
        if path.is_file():
            path = unpack_to_cache(path)
        bundle = cls._read(path)
        if check_backends:
            _check_backends(bundle.manifest.requires, bundle.manifest.name)
        for name in sorted(bundle.manifest.files):
            bundle._check(name, hashed=bundle.manifest.files[name].size < CHEAP_BYTES)
        return bundle

    @classmethod
    def _read(cls, folder: Path) -> Bundle:
        if not folder.exists():
            raise BundleError(
                f"{folder} does not exist; give the folder or .pinpoint file of a bundle."
            )
        try:
            raw = (folder / MANIFEST).read_bytes()
        except FileNotFoundError:
            raise BundleError(
                f"{folder} is no bundle: {MANIFEST} is missing; give the folder that holds it."
            ) from None
        except OSError as error:
            raise BundleError(
                f"{folder / MANIFEST} cannot be read: {error.strerror}; check its permissions."
            ) from error
        manifest = read_manifest(raw, str(folder / MANIFEST))
        return cls(folder, manifest, hashlib.sha256(raw).hexdigest())

    @property
    def size(self) -> int:
        """Bytes of all files that the manifest lists."""
        return sum(file.size for file in self.manifest.files.values())

    def path(self, name: str) -> Path:
        """Return the path of a file that the manifest lists; raises BundleError for another."""
        if name not in self.manifest.files:
            raise BundleError(f"The bundle '{self.manifest.name}' lists no file '{name}'.")
        return self.folder / name

    def stage_path(self, stage: str) -> Path:
        """Return the path of a stage's graph."""
        if stage not in self.manifest.stages:
            raise BundleError(f"The bundle '{self.manifest.name}' has no stage '{stage}'.")
        return self.path(self.manifest.stages[stage].file)

    def characters(self, stage: str) -> list[str]:
        """Return the strings of a stage's classes; index 0 is the blank of CTC.

        `stage` is "glance" or "refine". Raises BundleError when the file holds anything else than a
        JSON array of strings.
        """
        path = self.path(self.manifest.characters[stage])
        value = manifest_json.parse(path.read_bytes(), str(path))
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise BundleError(f"{path} is no JSON array of strings; export the bundle again.")
        return [str(item) for item in value]

    def verify(self) -> list[str]:
        """Hash every file; return the names of files that the manifest does not list.

        Raises IntegrityError or BundleError at the first file that differs or is missing.
        """
        for name in sorted(self.manifest.files):
            self._check(name, hashed=True)
        return unlisted(self.folder, self.manifest)

    def _check(self, name: str, *, hashed: bool) -> None:
        entry, path = self.manifest.files[name], self.folder / name
        try:
            if not path.is_file():
                raise BundleError(
                    f"The bundle {self.folder} lacks the file {name}; get the bundle again."
                )
            size = path.stat().st_size
            digest = file_digest(path) if hashed and size == entry.size else entry.sha256
        except OSError as error:
            raise BundleError(
                f"{path} cannot be read: {error.strerror}; check its permissions."
            ) from error
        if size != entry.size:
            raise IntegrityError(
                f"{path} has {size} bytes, the manifest says {entry.size}; get the bundle again."
            )
        if digest != entry.sha256:
            raise IntegrityError(
                f"{path} was changed: its sha256 is {digest[:12]}..., the manifest says "
                f"{entry.sha256[:12]}...; get the bundle again."
            )


def file_digest(path: Path) -> str:
    """Return the sha256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unlisted(folder: Path, manifest: Manifest) -> list[str]:
    """Return the names of files and links below `folder` that the manifest does not list."""
    return [name for name in _walk(folder) if name not in manifest.files]


def describe_files(folder: Path) -> dict[str, FileEntry]:
    """Return sha256 and size of every file below `folder` but the manifest, by sorted name.

    Raises BundleError for a link or a name that no bundle may hold.
    """
    names = _walk(folder)
    check_names([MANIFEST, *names], str(folder))
    entries: dict[str, FileEntry] = {}
    for name in names:
        path = folder / name
        if path.is_symlink() or not path.is_file():
            raise BundleError(f"{path} is a link or device; put a plain file in its place.")
        entries[name] = FileEntry(file_digest(path), path.stat().st_size)
    return entries


def save_manifest(folder: Path, manifest: Manifest) -> str:
    """Check a manifest against itself, write it to `folder` and return the bundle's digest."""
    raw = manifest.to_bytes()
    read_manifest(raw, str(folder / MANIFEST))
    with replacing(folder / MANIFEST) as file:
        file.write(raw)
    return hashlib.sha256(raw).hexdigest()


def _walk(folder: Path) -> list[str]:
    found: list[str] = []
    for parent, folders, files in os.walk(folder):
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        for name in [*files, *links]:
            found.append((Path(parent) / name).relative_to(folder).as_posix())
    return sorted(name for name in found if name != MANIFEST)


def _check_backends(requires: tuple[str, ...], bundle: str) -> None:
    missing = [name for name in requires if not _installed(name)]
    if missing:
        raise BackendError(
            f"The bundle '{bundle}' runs on {', '.join(missing)}, which is not installed; "
            f"run: pip install {' '.join(missing)}"
        )


def _installed(distribution: str) -> bool:
    # The module, not the distribution, is looked for: onnxruntime-gpu and other builds provide the
    # same module. Finding its spec does not import it.
    module = distribution.lower().replace("-", "_").split(".")[0]
    try:
        return importlib.util.find_spec(module) is not None
    except ValueError:  # a module in sys.modules without a spec
        return True
