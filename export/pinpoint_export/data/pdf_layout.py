"""The text lines and form fields of a PDF page, read through PDFium's raw interface."""

from dataclasses import dataclass
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from pinpoint_export.data.sample import Box

MIN_ASPECT = 1.6
"""Fields at least this much wider than high take text; squarer ones are boxes to tick."""


@dataclass(frozen=True)
class TextRun:
    """A line of the text layer; `box` in PDF points from the page's top left."""

    box: Box
    text: str

    @property
    def height(self) -> float:
        """Height of the ink in points."""
        return self.box[3] - self.box[1]


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
    """Joins pieces of one baseline that stand closer than a wide word space."""
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


def widgets(page: Any) -> list[Box]:
    """Rectangles of all form fields in points from the page's top left, top to bottom."""
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
                found.append((x0, y0, x1, y1))
        raw.FPDFPage_CloseAnnot(annotation)
    return sorted(found, key=lambda box: (round(box[1]), box[0]))


def takes_text(widget: Box) -> bool:
    """Whether a field is to be written into rather than ticked."""
    return widget[2] - widget[0] >= MIN_ASPECT * (widget[3] - widget[1])


def open_pdf(path: str) -> Any:
    """A pypdfium2 document; raises its PdfiumError when the file is broken or encrypted."""
    return pdfium.PdfDocument(path)
