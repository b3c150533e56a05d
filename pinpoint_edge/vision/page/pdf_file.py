"""PDF files: their pages are found when the file is opened, and drawn by PDFium when needed."""

from __future__ import annotations

import logging
import math
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import PageError
from pinpoint_edge.vision.page.limits import PageLimits, page_source, pick_pages
from pinpoint_edge.vision.page.pdf_size import pixels_a_unit
from pinpoint_edge.vision.page.pdf_text import PdfText, plain_text, read_text
from pinpoint_edge.vision.page.source import PageFile

# PDFium keeps global state and is not thread-safe.
_PDFIUM_LOCK = threading.RLock()

_PLACEHOLDER = re.compile(r"please wait|adobe\.com/go/|Adobe\s+Reader", re.IGNORECASE)
State = tuple[int, int] | None


@dataclass(frozen=True)
class PdfPage:
    """A page of a PDF file that is drawn when it is needed.

    number: 0-based in the file; width, height, scale: pixels, and pixels a unit of the page; state:
    that of the file when it was opened. The file is opened anew each time, so that nothing stays
    open with a document.
    """

    file: PageFile
    password: str | None
    number: int
    source: str
    width: int
    height: int
    scale: float
    state: State

    def draw(self) -> NDArray[np.uint8]:
        """Draw the page, uint8 (H, W, 3); raises PageError."""
        with self._loaded() as (document, page):
            page = _with_fields(document, page, self.number)
            bitmap = page.render(scale=self.scale, rev_byteorder=True)
            try:
                return np.array(bitmap.to_numpy()[:, :, :3])
            finally:
                bitmap.close()

    def text(self) -> PdfText:
        """Read its text layer, in pixels of the page as it is drawn; raises PageError."""
        with self._loaded() as (document, page):
            page = _with_annotations(document, page, self.number)
            return read_text(page, self.width, self.height)

    def plain_text(self) -> str | None:
        """Read the text of its layer as the file has it; None of one that is plainly no use."""
        with self._loaded() as (document, page):
            return plain_text(_with_annotations(document, page, self.number))

    @contextmanager
    def _loaded(self) -> Iterator[tuple[Any, Any]]:
        if _state(self.file) != self.state:
            raise PageError(
                f"{self.source}: the file was changed or removed while it was open; open it again"
            )
        with _opened(self.file, self.password) as document:
            yield document, document[self.number]


def read_pdf(file: PageFile, limits: PageLimits, password: str | None) -> list[PdfPage]:
    """Find the pages of a PDF that "#number" asks for; raises PageError."""
    name, state = file.name, _state(file)
    with _opened(file, password) as document:
        count = len(document)
        if count == 0:
            raise PageError(f"{name}: the PDF has no pages; export it again")
        chosen = pick_pages(name, file.number, count)
        _refuse_placeholder(document, document.get_formtype(), name)
        found = []
        for index in chosen:
            source = page_source(name, index, count)
            page = document[index]
            try:
                scale = pixels_a_unit(document, page, index, limits.dpi / 72)
                width, height = (math.ceil(side * scale) for side in page.get_size())
            finally:
                page.close()
            limits.admit(source, width, height)
            found.append(PdfPage(file, password, index, source, width, height, scale, state))
        return found


@contextmanager
def _opened(file: PageFile, password: str | None) -> Iterator[Any]:
    """The open file, with PDFium locked; what PDFium raises becomes a PageError."""
    import pypdfium2

    name = file.name
    with _PDFIUM_LOCK:
        try:
            document = pypdfium2.PdfDocument(file.data, password=password)
            try:
                _show_form_values(document)
                yield document
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


def _state(file: PageFile) -> State:
    """Size and time of a file, by which a change is noticed; None of bytes."""
    if not isinstance(file.data, Path):
        return None
    try:
        found = file.data.stat()
    except OSError:
        return -1, -1
    return found.st_size, found.st_mtime_ns


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


def _with_fields(document: Any, page: Any, index: int) -> Any:
    """The page with its fields drawn where merging or splitting lost the form's list of them."""
    if document.formenv is not None or not _widgets(page):
        return page
    return _flat(document, page, index)


def _with_annotations(document: Any, page: Any, index: int) -> Any:
    """The page with its fields and notes as content, whose text is then in its layer."""
    import pypdfium2.raw as pdfium

    if not pdfium.FPDFPage_GetAnnotCount(page):
        return page
    return _flat(document, page, index)


def _flat(document: Any, page: Any, index: int) -> Any:
    import pypdfium2.raw as pdfium

    pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY)
    page.close()
    return document[index]
