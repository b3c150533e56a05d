"""The resolution at which a PDF page is drawn: by its unit, and by the scan that it holds."""

from __future__ import annotations

import ctypes
import io
import math
import re
from collections.abc import Iterator
from typing import Any

_A4_LONG = 842.0  # points
_DEPTH = 4  # of forms within forms
_USER_UNIT = re.compile(rb"/UserUnit\s+(\d*\.?\d+)")


def pixels_a_unit(document: Any, page: Any, index: int, scale: float) -> float:
    """Pixels a unit of the page: by its /UserUnit, and no coarser than the scan on a small page.

    A page smaller than A4 is drawn at the resolution of its scan, up to the pixels of A4.
    """
    scale *= _user_unit(document, index)
    width, height = page.get_size()
    room = _A4_LONG * scale / max(width, height, 1.0)
    return max(scale, min(_scan_scale(page, width * height), room)) if room > scale else scale


def page_objects(page: Any) -> Iterator[tuple[Any, int]]:
    """The objects of a page and of the forms in it, and the kind of each; a form comes first."""
    import pypdfium2.raw as pdfium

    def within(container: Any, count: Any, get: Any, depth: int) -> Iterator[tuple[Any, int]]:
        for index in range(count(container)):
            item = get(container, index)
            kind = pdfium.FPDFPageObj_GetType(item)
            yield item, kind
            if kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _DEPTH:
                count_in, get_in = pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject
                yield from within(item, count_in, get_in, depth + 1)

    return within(page, pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject, 1)


def object_bounds(item: Any) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of an object in the units of what holds it; zeros of none."""
    import pypdfium2.raw as pdfium

    sides = [ctypes.c_float() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetBounds(item, *sides):
        return 0.0, 0.0, 0.0, 0.0
    left, bottom, right, top = (side.value for side in sides)
    return left, bottom, right, top


def _scan_scale(page: Any, area: float) -> float:
    """Pixels a unit of the images on a page, 0 where they cover less than half of it."""
    import pypdfium2.raw as pdfium

    covered = pixels = 0.0
    width, height = ctypes.c_uint(), ctypes.c_uint()
    for item, kind in page_objects(page):
        if kind != pdfium.FPDF_PAGEOBJ_IMAGE:
            continue
        left, bottom, right, top = object_bounds(item)
        pdfium.FPDFImageObj_GetImagePixelSize(item, width, height)
        covered += max(0.0, right - left) * max(0.0, top - bottom)
        pixels += width.value * height.value
    return math.sqrt(pixels / covered) if covered >= area / 2 > 0 else 0.0


def _user_unit(document: Any, index: int) -> float:
    """The /UserUnit of a page, by which its points are larger; PDFium itself ignores it."""
    import pypdfium2

    alone = pypdfium2.PdfDocument.new()
    try:
        # PDFium shows no page dictionary, but writes one as plain text.
        alone.import_pages(document, [index])
        saved = io.BytesIO()
        alone.save(saved)
    except pypdfium2.PdfiumError:
        return 1.0
    finally:
        alone.close()
    match = _USER_UNIT.search(saved.getbuffer())
    return float(match[1]) or 1.0 if match else 1.0
