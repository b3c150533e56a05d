"""PDF files, drawn by PDFium to upright RGB pages."""

from __future__ import annotations

import logging
import math
import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import PageError
from pinpoint_edge.vision.page.limits import NamedImage, PageLimits, page_source, pick_pages

# PDFium keeps global state and is not thread-safe.
_PDFIUM_LOCK = threading.Lock()


def read_pdf(path: Path, number: int | None, limits: PageLimits) -> list[NamedImage]:
    """Draw the pages of a PDF that "#number" asks for; raises PageError."""
    import pypdfium2

    with _PDFIUM_LOCK:
        try:
            document = pypdfium2.PdfDocument(path)
            try:
                count = len(document)
                if count == 0:
                    raise PageError(f"{path}: the PDF has no pages; export it again")
                chosen = pick_pages(path, number, count)
                _show_form_values(document)
                return [
                    (source, _render(document[index], source, limits))
                    for index in chosen
                    for source in [page_source(path, index, count)]
                ]
            finally:
                document.close()
        except pypdfium2.PdfiumError as error:
            if "password" in str(error).lower():
                raise PageError(
                    f"{path}: the PDF is encrypted and asks for a password; save a copy without one"
                ) from error
            raise PageError(
                f"{path}: the PDF is broken or has no pages ({error}); export or print it again"
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


def _render(page: Any, source: str, limits: PageLimits) -> NDArray[np.uint8]:
    try:
        scale = limits.dpi / 72
        width, height = (math.ceil(side * scale) for side in page.get_size())
        limits.admit(source, width, height)
        bitmap = page.render(scale=scale, rev_byteorder=True)
        try:
            return np.array(bitmap.to_numpy()[:, :, :3])
        finally:
            bitmap.close()
    finally:
        page.close()
