"""Pages: upright RGB images out of photos, scans and PDF files."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import OptionError, PageError
from pinpoint_edge.vision.page.image_file import read_image
from pinpoint_edge.vision.page.limits import NamedImage, PageLimits
from pinpoint_edge.vision.page.pdf_file import read_pdf
from pinpoint_edge.vision.resize import to_grey

PathLike = str | os.PathLike[str]

_FORMATS = "JPEG, PNG, WebP, TIFF or PDF"


@dataclass(frozen=True, eq=False)
class Page:
    """One page: `image` uint8 (H, W, 3) upright RGB, the `source` it came from ("scan.tif#2" for
    the second page of a file), and its `number`, 0-based among the pages opened together."""

    image: NDArray[np.uint8]
    source: str
    number: int

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return int(self.image.shape[0])

    @cached_property
    def grey(self) -> NDArray[np.uint8]:
        """Its luma, uint8 (H, W)."""
        return to_grey(self.image)


def load_pages(
    paths: PathLike | Sequence[PathLike],
    *,
    max_side: int = 20_000,
    max_pixels: int = 100_000_000,
    dpi: float = 144,
) -> list[Page]:
    """Load image and PDF files as the pages of one document.

    JPEG, PNG and WebP give one page, TIFF and PDF all of theirs; "file.pdf#3" is its third page
    alone. EXIF orientation is applied, alpha is laid over white, 16-bit greys are scaled to 8, and
    PDF pages, their filled form fields included, are rendered at `dpi`.

    Raises PageError for anything that gives no page, before decoding where the header shows it, and
    OptionError for limits that are not positive.
    """
    for name, value in (("max_side", max_side), ("max_pixels", max_pixels), ("dpi", dpi)):
        if not value > 0:
            raise OptionError(f"{name} is {value} and must be positive; leave it out")
    limits = PageLimits(max_side, max_pixels, dpi)
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    if not given:
        raise PageError(f"no page was given; name at least one {_FORMATS} file")
    images = [item for path in given for item in _read(os.fspath(path), limits)]
    return [Page(image, source, number) for number, (source, image) in enumerate(images)]


def _read(name: str, limits: PageLimits) -> list[NamedImage]:
    path, number = _split_page_number(name)
    kind = _sniff(path)
    if kind == "PDF":
        return read_pdf(path, number, limits)
    return read_image(path, kind, number, limits)


def _split_page_number(name: str) -> tuple[Path, int | None]:
    """("file.pdf", 3) of "file.pdf#3"; a file that really has "#" in its name keeps it."""
    match = re.fullmatch(r"(.+)#(-?\d+)", name, re.DOTALL)
    if match is None or os.path.lexists(name):
        return Path(name), None
    return Path(match[1]), int(match[2])


def _sniff(path: Path) -> str:
    """The file's kind by its first bytes, never by its name."""
    try:
        if path.is_dir():
            raise PageError(f"{path}: this is a folder; name the {_FORMATS} files in it")
        if not path.exists():
            raise PageError(f"{path}: no such file; check the path")
        if not path.is_file():
            raise PageError(
                f"{path}: this is no regular file; save the page to a {_FORMATS} file first"
            )
        with path.open("rb") as file:
            head = file.read(1024)
    except (OSError, ValueError) as error:
        raise PageError(
            f"{path!s}: the file cannot be read ({error}); check the path and its permissions"
        ) from error
    if not head:
        raise PageError(f"{path}: the file is empty; copy or download it again")
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        if len(head) >= 24 and 0 in struct.unpack(">II", head[16:24]):
            raise PageError(f"{path}: the image is zero pixels wide or high; export it again")
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF"
    if b"%PDF-" in head:
        return "PDF"
    if head[4:8] == b"ftyp":
        raise PageError(f"{path}: HEIC, AVIF and video files are not read; save the photo as JPEG")
    raise PageError(f"{path}: this is not an image or PDF that is read here; save it as {_FORMATS}")
