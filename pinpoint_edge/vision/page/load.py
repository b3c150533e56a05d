"""Pages: upright RGB images out of photos, scans and PDF files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pinpoint_edge.errors import OptionError, PageError
from pinpoint_edge.vision.page.image_file import read_array, read_image, read_opened_image
from pinpoint_edge.vision.page.limits import NamedImage, PageLimits
from pinpoint_edge.vision.page.pdf_file import read_pdf
from pinpoint_edge.vision.page.source import FORMATS, PageFile, kind_of, named_file, stream_file
from pinpoint_edge.vision.resize import to_grey

PathLike = str | os.PathLike[str]


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


PageInput = PathLike | bytes | IO[bytes] | Image.Image | NDArray[Any] | Page
"""A path, the bytes of a file, an open file, a picture of PIL or numpy, or a page."""


def load_pages(
    pages: PageInput | Sequence[PageInput],
    *,
    password: str | None = None,
    max_side: int = 20_000,
    max_pixels: int = 100_000_000,
    dpi: float = 144,
) -> list[Page]:
    """Load images and PDFs as the pages of one document.

    TIFF and PDF give all their pages, other kinds one; "file.pdf#3" is the third page alone.
    docs/pages.md lists the kinds of files and how each is drawn. password: opens encrypted PDFs;
    dpi: at which PDF pages are drawn.

    Raises PageError for anything that gives no page, before decoding where the header shows it,
    BackendError for a codec that is not installed, and OptionError for limits that are not
    positive and for objects that hold no page.
    """
    for name, value in (("max_side", max_side), ("max_pixels", max_pixels), ("dpi", dpi)):
        if not value > 0:
            raise OptionError(f"{name} is {value} and must be positive; leave it out")
    limits = PageLimits(max_side, max_pixels, dpi)
    given = [pages] if _is_one(pages) else list(cast(Iterable[PageInput], pages))
    if not given:
        raise PageError(f"no page was given; name at least one {FORMATS} file")
    images = [item for each in given for item in _read(each, limits, password)]
    return [Page(image, source, number) for number, (source, image) in enumerate(images)]


def _is_one(pages: object) -> bool:
    """Whether this is one input: text, bytes, files and arrays can be iterated over as well."""
    single = (str, os.PathLike, bytes, bytearray, memoryview, Page, Image.Image, np.ndarray)
    return isinstance(pages, single) or hasattr(pages, "read") or not isinstance(pages, Iterable)


def _read(item: Any, limits: PageLimits, password: str | None) -> list[NamedImage]:
    if isinstance(item, Page):
        limits.admit(item.source, item.width, item.height)
        return [(item.source, item.image)]
    if isinstance(item, Image.Image):
        return [read_opened_image(item, limits)]
    if isinstance(item, np.ndarray):
        return [read_array(item, limits)]
    file = _file(item)
    kind = kind_of(file)
    if kind == "PDF":
        return read_pdf(file, limits, password)
    return read_image(file, kind, limits)


def _file(item: Any) -> PageFile:
    if isinstance(item, str | os.PathLike):
        return named_file(os.fspath(item))
    if isinstance(item, bytes | bytearray | memoryview):
        return PageFile("bytes", bytes(item))
    if callable(getattr(item, "read", None)):
        return stream_file(item)
    raise OptionError(
        f"A page of type {type(item).__name__} is not read; pass a path, bytes, an open file, "
        "a PIL image or an array."
    )
