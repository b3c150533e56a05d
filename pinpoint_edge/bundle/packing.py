"""A bundle's folder to a single `.pinpoint` file and back.

The file is a ZIP, stored, aligned, the same bytes for the same input.
"""

from __future__ import annotations

import shutil
import stat
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pinpoint_edge.bundle.archive import ALIGNMENT, check_totals, extract
from pinpoint_edge.bundle.folder import Bundle
from pinpoint_edge.bundle.paths import MANIFEST
from pinpoint_edge.errors import BundleError, OutputError
from pinpoint_edge.storage.atomic import replacing

_PIECE = 2**20
_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a ZIP can hold
_ALIGNMENT_FIELD = 0xD935  # extra field that Android's zipalign uses for the same purpose


@dataclass(frozen=True)
class Packed:
    """The result of `pack`: the file, its bytes, the bundle's digest, and names left out."""

    path: Path
    size: int
    digest: str
    left_out: tuple[str, ...]


def pack(folder: str | Path, out: str | Path) -> Packed:
    """Verify a bundle's folder and write it as one file; the same bundle gives the same bytes.

    Files that the manifest does not list are left out and named in the result. Raises BundleError
    (no bundle, a link in the place of a file), IntegrityError (a changed file), OutputError.
    """
    folder, out = Path(folder), Path(out)
    if not folder.is_dir():
        raise BundleError(f"{folder} is no folder; pack takes the folder form of a bundle.")
    bundle = Bundle.open(folder, check_backends=False)
    for name in (MANIFEST, *bundle.manifest.files):
        for part in [folder / name, *(folder / parent for parent in Path(name).parents[:-1])]:
            if part.is_symlink():
                raise BundleError(f"{part} is a link; put a plain file or folder in its place.")
    left_out = bundle.verify()
    check_totals([file.size for file in bundle.manifest.files.values()], str(folder))
    with replacing(out) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name in sorted((MANIFEST, *bundle.manifest.files)):
                _write_member(archive, file, folder / name, name)
        size = file.tell()
    return Packed(out, size, bundle.digest, tuple(left_out))


def unpack(path: str | Path, folder: str | Path) -> Bundle:
    """Unpack a single-file bundle into a folder that does not exist yet, or is empty.

    Raises BundleError (no bundle, or an unsafe one), IntegrityError (a member differs from the
    manifest), OutputError (the folder cannot be written). On an error no folder appears.
    """
    path, folder = Path(path), Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"{folder} exists and is not an empty folder; give a new one.")
    extract(path, folder)
    return Bundle.open(folder, check_backends=False)


def _write_member(archive: zipfile.ZipFile, file: BinaryIO, source: Path, name: str) -> None:
    info = zipfile.ZipInfo(name, _DATE)
    info.create_system = 3  # Unix, whatever system packs
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    info.file_size = source.stat().st_size
    # The local header is 30 bytes, the name, the extra fields; above 2 GiB zipfile adds a 20-byte
    # ZIP64 field of its own.
    zip64 = 20 if info.file_size * 1.05 > zipfile.ZIP64_LIMIT else 0
    start = file.tell() + 30 + len(name) + zip64 + 6
    padding = -start % ALIGNMENT
    info.extra = struct.pack("<HHH", _ALIGNMENT_FIELD, 2 + padding, ALIGNMENT) + bytes(padding)
    with source.open("rb") as origin, archive.open(info, "w") as member:
        shutil.copyfileobj(origin, member, _PIECE)
    info.extra = b""  # the central directory needs no padding
