"""Limits of a document: sizes that a page declares are checked before any pixel is decoded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import PageError

MAX_PAGES = 500
# One page is held to `max_pixels`; a file of many small-looking frames must not get round that.
MAX_DOCUMENT_PIXELS = 1_000_000_000
# Of a stream or another file without a name, which is held in memory as a whole.
MAX_STREAM_BYTES = 1 << 30


NamedImage = tuple[str, NDArray[np.uint8]]
"""Where a page came from, and its upright RGB pixels (H, W, 3)."""


@dataclass
class PageLimits:
    """Most that a page and a document may hold, and what the document holds so far.

    max_side: pixels; dpi: at which PDF pages are drawn.
    """

    max_side: int
    max_pixels: int
    dpi: float
    pages: int = 0
    pixels: int = 0

    def admit(self, source: str, width: int, height: int) -> None:
        """Count a page in by the size it declares, before any pixel is decoded, or refuse it."""
        what = f"{source}: the page is {width}x{height} pixels"
        if width < 1 or height < 1:
            raise PageError(f"{what}, so it has no content; export it again")
        if max(width, height) > self.max_side:
            raise PageError(
                f"{what} and a side may have at most {self.max_side}; "
                "scale it down or cut it into pages"
            )
        if width * height > self.max_pixels:
            raise PageError(
                f"{what}, more than the {self.max_pixels} that are decoded "
                "(a possible decompression bomb); scale it down"
            )
        self.pages += 1
        self.pixels += width * height
        if self.pages > MAX_PAGES:
            raise PageError(
                f"{source}: a document may have at most {MAX_PAGES} pages; open fewer files at once"
            )
        if self.pixels > MAX_DOCUMENT_PIXELS:
            raise PageError(
                f"{source}: with this page the document holds more than {MAX_DOCUMENT_PIXELS} "
                "pixels; open fewer pages at once, or smaller ones"
            )


def pick_pages(name: str, number: int | None, count: int) -> range:
    """The 0-based pages of a file with `count` pages that "#number" asks for."""
    pages = "1 page" if count == 1 else f"{count} pages"
    if number is not None:
        if not 1 <= number <= count:
            raise PageError(
                f"{name}: there is no page {number}, the file has {pages}; pages count from 1"
            )
        return range(number - 1, number)
    if count > MAX_PAGES:
        raise PageError(
            f"{name}: the file has {pages} and a document may have at most {MAX_PAGES}; "
            'choose a page, as in "file.pdf#1"'
        )
    return range(count)


def page_source(name: str, index: int, count: int) -> str:
    """Name page `index` (0-based) of a file with `count` pages."""
    return f"{name}#{index + 1}" if count > 1 else name
