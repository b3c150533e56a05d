"""The text lines and form fields of a PDF page, read through PDFium's raw interface."""

import ctypes
from dataclasses import dataclass
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from pinpoint_data.generator.synthetic_page import Box

MIN_ASPECT = 1.6
"""Fields at least this much wider than high take text; squarer ones have no room for any."""
_OTHER_BUTTONS = 1 << 15 | 1 << 16
"""Flags of a button field (PDF 32000-1, table 226): radio buttons and push buttons."""


@dataclass(frozen=True)
class TextRun:
    """A line of the text layer; `box` in PDF points from the page's top left."""

    box: Box
    text: str

    @property
    def height(self) -> float:
        """Height of the ink in points."""
        return self.box[3] - self.box[1]


@dataclass(frozen=True)
class Widget:
    """A form field on the page; `box` in PDF points from the page's top left.

    `kind` is "check" for a check box, else the field's type in the PDF ("Tx", "Ch", "Btn" for
    other buttons), "" where a parent of the field holds it.
    """

    box: Box
    kind: str

    @property
    def takes_text(self) -> bool:
        """Whether the field is to be written into rather than ticked."""
        x0, y0, x1, y1 = self.box
        return self.kind not in ("check", "Btn") and x1 - x0 >= MIN_ASPECT * (y1 - y0)


def text_runs(page: Any) -> list[TextRun]:
    """Lines of the text layer of a pypdfium2 page, words joined where their gap is small."""
    _, page_height = page.get_size()
    text_page = page.get_textpage()
    pieces = []
    for index in range(text_page.count_rects()):
        left, bottom, right, top = text_page.get_rect(index)
        text = " ".join(text_page.get_text_bounded(left, bottom, right, top).split())
        if text and right - left > 0.5 and top - bottom > 0.5:
            pieces.append(TextRun((left, page_height - top, right, page_height - bottom), text))
    text_page.close()
    return _join(pieces)


def _join(pieces: list[TextRun]) -> list[TextRun]:
    """Joins pieces of one baseline that are closer than a wide word space."""
    runs: list[TextRun] = []
    for piece in pieces:
        last = runs[-1] if runs else None
        if last is not None and _continues(last, piece):
            box = (
                last.box[0],
                min(last.box[1], piece.box[1]),
                piece.box[2],
                max(last.box[3], piece.box[3]),
            )
            runs[-1] = TextRun(box, f"{last.text} {piece.text}")
        else:
            runs.append(piece)
    return runs


def _continues(last: TextRun, piece: TextRun) -> bool:
    tall = max(last.height, piece.height)
    gap = piece.box[0] - last.box[2]
    overlap = min(last.box[3], piece.box[3]) - max(last.box[1], piece.box[1])
    shorter = min(last.height, piece.height)
    return -1.0 < gap < 0.55 * tall and overlap > 0.6 * shorter and tall < 1.8 * shorter


def widgets(page: Any) -> list[Widget]:
    """All form fields of a page, top to bottom."""
    _, page_height = page.get_size()
    found = []
    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        rectangle = raw.FS_RECTF()
        if raw.FPDFAnnot_GetSubtype(annotation) == raw.FPDF_ANNOT_WIDGET and raw.FPDFAnnot_GetRect(
            annotation, rectangle
        ):
            x0, x1 = sorted((rectangle.left, rectangle.right))
            y0, y1 = sorted((page_height - rectangle.top, page_height - rectangle.bottom))
            if x1 - x0 > 2 and y1 - y0 > 2:
                found.append(Widget((x0, y0, x1, y1), _kind(annotation)))
        raw.FPDFPage_CloseAnnot(annotation)
    return sorted(found, key=lambda widget: (round(widget.box[1]), widget.box[0]))


def _kind(annotation: Any) -> str:
    # Read from the annotation itself: PDFium's look-up of the type needs a form environment,
    # which warns of every XFA form.
    size = raw.FPDFAnnot_GetStringValue(annotation, b"FT", None, 0)
    buffer = ctypes.create_string_buffer(size)
    wide = ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR))
    raw.FPDFAnnot_GetStringValue(annotation, b"FT", wide, size)
    name = buffer.raw.decode("utf-16-le").rstrip("\0")
    flags = ctypes.c_float(0.0)
    raw.FPDFAnnot_GetNumberValue(annotation, b"Ff", flags)
    return "check" if name == "Btn" and not int(flags.value) & _OTHER_BUTTONS else name


def open_pdf(path: str) -> Any:
    """A pypdfium2 document; raises its PdfiumError when the file is broken or encrypted."""
    return pdfium.PdfDocument(path)
