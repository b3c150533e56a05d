"""PDF files, drawn by PDFium to upright RGB pages."""

from __future__ import annotations

import io
import logging
import math
import re
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import PageError
from pinpoint_edge.vision.page.limits import NamedImage, PageLimits, page_source, pick_pages
from pinpoint_edge.vision.page.source import PageFile

# PDFium keeps global state and is not thread-safe.
_PDFIUM_LOCK = threading.Lock()

_A4_LONG = 842.0  # points
_USER_UNIT = re.compile(rb"/UserUnit\s+(\d*\.?\d+)")
_PLACEHOLDER = re.compile(r"please wait|adobe\.com/go/|Adobe\s+Reader", re.IGNORECASE)


def read_pdf(file: PageFile, limits: PageLimits, password: str | None) -> list[NamedImage]:
    """Draw the pages of a PDF that "#number" asks for; raises PageError."""
    import pypdfium2

    name = file.name
    with _PDFIUM_LOCK:
        try:
            document = pypdfium2.PdfDocument(file.data, password=password)
            try:
                count = len(document)
                if count == 0:
                    raise PageError(f"{name}: the PDF has no pages; export it again")
                chosen = pick_pages(name, file.number, count)
                form = document.get_formtype()
                _show_form_values(document)
                _refuse_placeholder(document, form, name)
                return [
                    (source, _render(document, index, source, limits))
                    for index in chosen
                    for source in [page_source(name, index, count)]
                ]
            finally:
                document.close()
        except pypdfium2.PdfiumError as error:
            if "password" in str(error).lower():
                wrong = "the password is wrong" if password else "it asks for a password"
                raise PageError(
                    f"{name}: the PDF is encrypted and {wrong}; give the one that opens it "
                    "(--password), or save a copy without one"
                ) from error
            raise PageError(
                f"{name}: the PDF is broken or has no pages ({error}); export or print it again"
            ) from error


def _show_form_values(document: Any) -> None:
    """Have the values typed into a form drawn, which PDFium does only with a form environment."""
    log = logging.getLogger("pypdfium2")
    level = log.level
    # It warns of XFA forms; their plain AcroForm twin is what gets drawn.
    log.setLevel(logging.ERROR)
    try:
        document.init_forms()
    finally:
        log.setLevel(level)


def _refuse_placeholder(document: Any, form: int, name: str) -> None:
    """Refuse an XFA form whose only page asks for Adobe's viewer in place of the form."""
    import pypdfium2.raw as pdfium

    if form not in (pdfium.FORMTYPE_XFA_FULL, pdfium.FORMTYPE_XFA_FOREGROUND):
        return
    for index in range(len(document)):
        page = document[index]
        try:
            if _widgets(page):
                return
            if index == 0 and form == pdfium.FORMTYPE_XFA_FOREGROUND:
                text = page.get_textpage()
                try:
                    if not _PLACEHOLDER.search(text.get_text_bounded()):
                        return
                finally:
                    text.close()
        finally:
            page.close()
    raise PageError(
        f"{name}: the PDF is a dynamic XFA form, which only Adobe's viewer draws; print it to a "
        "new PDF there"
    )


def _widgets(page: Any) -> bool:
    """Whether the page has form fields."""
    import pypdfium2.raw as pdfium

    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        pdfium.FPDFPage_CloseAnnot(annotation)
        if kind == pdfium.FPDF_ANNOT_WIDGET:
            return True
    return False


def _render(document: Any, index: int, source: str, limits: PageLimits) -> NDArray[np.uint8]:
    page = document[index]
    try:
        scale = _scale(document, page, index, limits.dpi / 72)
        width, height = (math.ceil(side * scale) for side in page.get_size())
        limits.admit(source, width, height)
        page = _with_fields(document, page, index)
        bitmap = page.render(scale=scale, rev_byteorder=True)
        try:
            return np.array(bitmap.to_numpy()[:, :, :3])
        finally:
            bitmap.close()
    finally:
        page.close()


def _with_fields(document: Any, page: Any, index: int) -> Any:
    """The page with its fields drawn where merging or splitting lost the form's list of them."""
    import pypdfium2.raw as pdfium

    if document.formenv is not None or not _widgets(page):
        return page
    pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY)
    page.close()
    return document[index]


def _scale(document: Any, page: Any, index: int, scale: float) -> float:
    """Pixels a unit of the page: by its /UserUnit, and no coarser than the scan on a small page.

    A page smaller than A4 is drawn at the resolution of its scan, up to the pixels of A4.
    """
    scale *= _user_unit(document, index)
    width, height = page.get_size()
    room = _A4_LONG * scale / max(width, height, 1.0)
    return max(scale, min(_scan_scale(page, width * height), room)) if room > scale else scale


def _scan_scale(page: Any, area: float) -> float:
    """Pixels a unit of the images on a page, 0 where they cover less than half of it."""
    import pypdfium2.raw as pdfium

    covered = pixels = 0.0
    for image in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4):
        left, bottom, right, top = image.get_bounds()
        width, height = image.get_px_size()
        covered += max(0.0, right - left) * max(0.0, top - bottom)
        pixels += width * height
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
