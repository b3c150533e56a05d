"""A bundle as a single `.pinpoint` file, read: a ZIP whose members are stored and aligned.

Nothing in an archive is believed: names, kinds, counts and sizes are checked before the first byte
is written, digests while it is written, and the folder appears only when all of it was right.
"""

from __future__ import annotations

import hashlib
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pinpoint_edge.bundle.manifest import Manifest
from pinpoint_edge.bundle.paths import MANIFEST, check_names
from pinpoint_edge.bundle.validation import MAX_MANIFEST_BYTES, read_manifest
from pinpoint_edge.errors import BundleError, IntegrityError, OutputError
from pinpoint_runtimes.cache import cache_folder

ALIGNMENT = 16_384
"""Each member's data starts at a multiple of it: the largest memory page of today's devices."""

MAX_MEMBERS = 10_000
MAX_MEMBER_BYTES = 4 * 2**30
MAX_TOTAL_BYTES = 8 * 2**30
MAX_RATIO = 200

_PIECE = 2**20
_DISTRUST = "Do not use this file; get it again from a source that you trust."


def extract(path: Path, folder: Path) -> None:
    """Write a single-file bundle's members into a new folder; on an error no folder appears.

    Raises BundleError (no bundle, or an unsafe one), IntegrityError (a member differs from the
    manifest), OutputError (the folder cannot be written).
    """
    with _opened(path) as archive:
        manifest, raw = _checked(archive, path)
        _extract(archive, manifest, raw, folder, path)


def unpack_to_cache(path: Path) -> Path:
    """Return the folder of a single-file bundle in the user's cache, unpacked there when it is new.

    The folder's name is the digest of the manifest, which holds the digest of every file; so two
    files with the same content share it, and a changed bundle gets another.
    """
    with _opened(path) as archive:
        manifest, raw = _checked(archive, path)
        folder = cache_folder("bundles") / hashlib.sha256(raw).hexdigest()
        if not (folder / MANIFEST).is_file():
            try:
                folder.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise _unwritable(folder, error) from error
            _extract(archive, manifest, raw, folder, path)
    return folder


def verify_archive(path: str | Path) -> Manifest:
    """Check every rule of a single-file bundle and hash every member, without writing anything."""
    path = Path(path)
    with _opened(path) as archive:
        manifest, _ = _checked(archive, path)
        for name in sorted(manifest.files):
            _copy_member(archive, manifest, name, None, path)
    return manifest


def archive_manifest(path: str | Path) -> bytes:
    """Return the bytes of a single-file bundle's manifest.json, its members' names checked."""
    path = Path(path)
    with _opened(path) as archive:
        return _checked(archive, path)[1]


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive and turn what its format can do wrong into the project's errors."""
    try:
        if path.stat().st_size > MAX_TOTAL_BYTES + MAX_MEMBERS * ALIGNMENT:
            raise BundleError(f"{path} is larger than any bundle. {_DISTRUST}")
        if not zipfile.is_zipfile(path):
            raise BundleError(
                f"{path} is no bundle: neither a folder with {MANIFEST} nor a .pinpoint file. "
                "If it was downloaded, it may be incomplete; get it again."
            )
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (
        *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError),
        UnicodeDecodeError,  # a name that claims to be UTF-8 and is not
    ) as error:
        raise IntegrityError(f"{path} is damaged: {error}; get the bundle again.") from error
    except FileNotFoundError as error:
        raise BundleError(f"{path} does not exist; give a .pinpoint file.") from error
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror or error}.") from error


def _checked(archive: zipfile.ZipFile, path: Path) -> tuple[Manifest, bytes]:
    """Check everything that can be known without reading the members; return the manifest."""
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise BundleError(f"{path} holds more than {MAX_MEMBERS} members. {_DISTRUST}")
    # orig_filename is the name as it is written; filename was already cut and cleaned by zipfile.
    check_names([info.orig_filename for info in members], str(path))
    for info in members:
        _check_member(info, path)
    check_totals([info.file_size for info in members], str(path))
    sizes = {info.orig_filename: info.file_size for info in members}
    if MANIFEST not in sizes:
        raise BundleError(f"{path} is no bundle: {MANIFEST} is missing in it.")
    if sizes[MANIFEST] > MAX_MANIFEST_BYTES:
        raise BundleError(f"{path}: {MANIFEST} is larger than any manifest. {_DISTRUST}")
    raw = archive.read(MANIFEST)
    manifest = read_manifest(raw, f"{path}: {MANIFEST}")
    del sizes[MANIFEST]
    extra = sorted(sizes.keys() - manifest.files.keys())
    if extra:
        raise BundleError(f"{path} holds {extra[0]}, which its manifest does not list. {_DISTRUST}")
    missing = sorted(manifest.files.keys() - sizes.keys())
    if missing:
        raise BundleError(f"{path} lacks the file {missing[0]}; get the bundle again.")
    for name, size in sorted(sizes.items()):
        if size != manifest.files[name].size:
            raise IntegrityError(
                f"{path}: {name} has {size} bytes, the manifest says {manifest.files[name].size}; "
                "get the bundle again."
            )
    return manifest, raw


def _check_member(info: zipfile.ZipInfo, path: Path) -> None:
    name = info.orig_filename
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise BundleError(f"{path}: {name} is a link or device, not a plain file. {_DISTRUST}")
    if info.flag_bits & 0x1:
        raise BundleError(f"{path}: {name} is encrypted; a bundle is never. {_DISTRUST}")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BundleError(f"{path}: {name} is compressed by a method that no bundle uses.")
    if info.file_size > MAX_RATIO * max(info.compress_size, 1):
        raise BundleError(f"{path}: {name} unpacks to over {MAX_RATIO} times its size. {_DISTRUST}")


def check_totals(sizes: list[int], where: str) -> None:
    """Raise BundleError when files of these sizes are more than a bundle may hold."""
    if max(sizes, default=0) > MAX_MEMBER_BYTES:
        raise BundleError(f"{where} holds a file above {MAX_MEMBER_BYTES // 2**30} GiB.")
    if sum(sizes) > MAX_TOTAL_BYTES:
        raise BundleError(f"{where} holds more than {MAX_TOTAL_BYTES // 2**30} GiB.")


def _extract(
    archive: zipfile.ZipFile, manifest: Manifest, raw: bytes, folder: Path, path: Path
) -> None:
    """Write all members beside `folder`, then rename; on an error leave nothing."""
    try:
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        for name in sorted(manifest.files):
            target = beside / name
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("xb") as file:
                    _copy_member(archive, manifest, name, file, path)
            except OSError as error:
                raise _unwritable(target, error) from error
        try:
            (beside / MANIFEST).write_bytes(raw)
            beside.chmod(0o755)
            _move(beside, folder)
        except OSError as error:
            raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _move(beside: Path, folder: Path) -> None:
    try:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()  # Windows does not rename onto an empty folder
        beside.rename(folder)
    except OSError:
        # Another process may have unpacked the same bundle meanwhile: same name, same content.
        if not (folder / MANIFEST).is_file():
            raise


def _copy_member(
    archive: zipfile.ZipFile, manifest: Manifest, name: str, file: BinaryIO | None, path: Path
) -> None:
    """Copy one member in pieces, never more than the manifest says, and compare its digest."""
    entry, digest, size = manifest.files[name], hashlib.sha256(), 0
    with archive.open(name) as member:
        while piece := member.read(_PIECE):
            size += len(piece)
            if size > entry.size:
                break
            digest.update(piece)
            if file is not None:
                file.write(piece)
    if size != entry.size or digest.hexdigest() != entry.sha256:
        raise IntegrityError(
            f"{path}: {name} was changed: it does not match the sha256 in the manifest; "
            "get the bundle again."
        )


def _unwritable(folder: Path, error: OSError) -> OutputError:
    return OutputError(
        f"Cannot write {folder}: {error.strerror or error}. Choose another place or free it; "
        "XDG_CACHE_HOME moves the cache of unpacked bundles."
    )
