"""Pages: upright RGB images out of photos, scans and PDF files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pinpoint_edge.errors import OptionError, PageError
from pinpoint_edge.vision.page.image_file import read_array, read_image, read_opened_image
from pinpoint_edge.vision.page.limits import PageLimits
from pinpoint_edge.vision.page.pdf_file import PdfPage, read_pdf
from pinpoint_edge.vision.page.pdf_text import PdfText
from pinpoint_edge.vision.page.source import FORMATS, PageFile, kind_of, named_file, stream_file
from pinpoint_edge.vision.resize import to_grey

PathLike = str | os.PathLike[str]


class Page:
    """One page: its picture, the `source` it came from ("scan.tif#2" for the second page of a
    file), and its `number`, 0-based among the pages opened together."""

    def __init__(self, image: NDArray[np.uint8] | PdfPage, source: str, number: int) -> None:
        self._content = image
        self.source = source
        self.number = number

    @cached_property
    def image(self) -> NDArray[np.uint8]:
        """Its upright RGB pixels, uint8 (H, W, 3); a page of a PDF is drawn now, or PageError."""
        return self._content.draw() if isinstance(self._content, PdfPage) else self._content

    @property
    def pdf(self) -> PdfPage | None:
        """The page of the PDF file that it is, which may have a text layer; None of pictures."""
        return self._content if isinstance(self._content, PdfPage) else None

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return int(self.pdf.width if self.pdf else self.image.shape[1])

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return int(self.pdf.height if self.pdf else self.image.shape[0])

    @cached_property
    def grey(self) -> NDArray[np.uint8]:
        """Its luma, uint8 (H, W)."""
        return to_grey(self.image)

    @cached_property
    def text_layer(self) -> PdfText | None:
        """Its text layer, None of pictures; raises PageError."""
        return self.pdf.text() if self.pdf else None

    def numbered(self, number: int) -> Page:
        """Return the same page with another number."""
        again = Page(self._content, self.source, number)
        for name in ("image", "grey", "text_layer"):
            if name in self.__dict__:
                again.__dict__[name] = self.__dict__[name]
        return again


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
    docs/pages.md lists the kinds of files and how each is drawn. Pages of a PDF are drawn when
    their pixels are first needed. password: opens encrypted PDFs; dpi: at which PDF pages are
    drawn.

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
    found = [page for each in given for page in _read(each, limits, password)]
    return [page.numbered(number) for number, page in enumerate(found)]


def _is_one(pages: object) -> bool:
    """Whether this is one input: text, bytes, files and arrays can be iterated over as well."""
    single = (str, os.PathLike, bytes, bytearray, memoryview, Page, Image.Image, np.ndarray)
    return isinstance(pages, single) or hasattr(pages, "read") or not isinstance(pages, Iterable)


def _read(item: Any, limits: PageLimits, password: str | None) -> list[Page]:
    if isinstance(item, Page):
        limits.admit(item.source, item.width, item.height)
        return [item]
    if isinstance(item, Image.Image):
        images = [read_opened_image(item, limits)]
    elif isinstance(item, np.ndarray):
        images = [read_array(item, limits)]
    else:
        file = _file(item)
        kind = kind_of(file)
        if kind == "PDF":
            return [Page(page, page.source, 0) for page in read_pdf(file, limits, password)]
        images = read_image(file, kind, limits)
    return [Page(image, source, 0) for source, image in images]


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
