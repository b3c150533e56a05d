"""Where pages come from: files, bytes and streams, their kind told by their first bytes."""

from __future__ import annotations

import io
import os
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pinpoint_edge.errors import OptionError, PageError
from pinpoint_edge.vision.page import limits

FORMATS = "JPEG, PNG, WebP, TIFF or PDF"
HEIF_EXTRA = "pip install 'pinpoint-edge[heif]'"

_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), "HEIF"),
}
_MAGIC = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    **dict.fromkeys((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "TIFF"),
    **dict.fromkeys((b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"), "JPEG2000"),
}
_DIB_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)


@dataclass(frozen=True)
class PageFile:
    """A file of pages: its `name` for messages, its `data`, and the page that "#number" names."""

    name: str
    data: Path | bytes
    number: int | None = None

    def open(self) -> IO[bytes]:
        """Open the bytes for reading; raises OSError, ValueError."""
        return self.data.open("rb") if isinstance(self.data, Path) else io.BytesIO(self.data)


def named_file(name: str) -> PageFile:
    """Return the file of "file.pdf" or "file.pdf#3"; one with "#" in its name keeps it."""
    match = re.fullmatch(r"(.+)#(-?\d+)", name, re.DOTALL)
    if match is None or os.path.lexists(name):
        return PageFile(name, Path(name))
    return PageFile(match[1], Path(match[1]), int(match[2]))


def stream_file(stream: IO[Any]) -> PageFile:
    """Read a binary file object to its end; raises PageError, OptionError (a file of text)."""
    given = getattr(stream, "name", None)
    name = given if isinstance(given, str) else "stream"
    try:
        data = stream.read(limits.MAX_STREAM_BYTES + 1)
    except (OSError, ValueError) as error:
        raise PageError(
            f"{name}: the stream cannot be read ({error}); open it for reading bytes"
        ) from error
    if not isinstance(data, bytes):
        raise OptionError(f'{name} is opened as text; open it for reading bytes, with mode "rb".')
    if len(data) > limits.MAX_STREAM_BYTES:
        raise PageError(
            f"{name}: the stream holds more than {limits.MAX_STREAM_BYTES} bytes; "
            "save it to a file and pass the file's name"
        )
    return PageFile(name, data)


def kind_of(file: PageFile) -> str:
    """The file's kind, "PDF" or Pillow's name of the format, by its first bytes."""
    name = file.name
    try:
        if isinstance(file.data, Path):
            _check_regular(file.data)
        with file.open() as opened:
            head = opened.read(1024)
    except (OSError, ValueError) as error:
        raise PageError(
            f"{name}: the file cannot be read ({error}); check the path and its permissions"
        ) from error
    if not head:
        raise PageError(f"{name}: the file is empty; copy or download it again")
    kind = _kind(head)
    if kind == "PNG" and len(head) >= 24 and 0 in struct.unpack(">II", head[16:24]):
        raise PageError(f"{name}: the image is zero pixels wide or high; export it again")
    if kind is not None:
        return kind
    if head[4:8] == b"ftyp":
        raise PageError(f"{name}: video files are not read; save a picture of it as JPEG")
    if head.startswith((b"PK\3\4", b"\xd0\xcf\x11\xe0")):
        raise PageError(f"{name}: Office files and archives are not read; export it as PDF")
    raise PageError(f"{name}: this is not an image or PDF that is read here; save it as {FORMATS}")


def _check_regular(path: Path) -> None:
    if path.is_dir():
        raise PageError(f"{path}: this is a folder; name the files in it")
    if not path.exists():
        raise PageError(f"{path}: no such file; check the path")
    if not path.is_file():
        raise PageError(f"{path}: this is no regular file; save the page to a {FORMATS} file first")


def _kind(head: bytes) -> str | None:
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _DIB_HEADERS:
        return "BMP"
    if re.match(rb"P[1-6][\s#]", head):
        return "PPM"
    if head[4:8] == b"ftyp":
        # The major brand, then the compatible ones: "mif1" alone leaves the codec open.
        size = max(16, min(int.from_bytes(head[:4], "big"), len(head)))
        brands = [head[8:12], *(head[at : at + 4] for at in range(16, size, 4))]
        return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), None)
    return "PDF" if b"%PDF-" in head else None
