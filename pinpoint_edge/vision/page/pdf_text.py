"""The text layer of a PDF page: its characters, where they are drawn, and what else is drawn."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.vision.page.pdf_size import object_bounds, page_objects

SCANNED = 0.5  # of a page under images: its layer was made by a recogniser
NAMELESS = 0.1  # of the characters: fonts that do not say which they are

_STRAIGHT = 2.0  # degrees: text that is tilted by more follows no side of the page
_HYPHEN = 0x2  # PDFium's code of a hyphen at the end of a line
_FINE = 1000.0  # parts of a pixel in which PDFium maps points
_RULE = 3.0  # points: a shape thinner than this is a rule
_TICK_BOX = (4.0, 24.0)  # points: sides of a shape that may be a box to tick
_MAX_SEGMENTS = 4000  # of a path that is looked through


@dataclass(frozen=True, eq=False)
class PdfText:
    """The characters of a page in the file's order, without white space.

    texts: each, a ligature as its letters, "" where the file does not say which it is; boxes f32
    (N,4): of their ink, in pixels of the drawn page; cells f32 (N,4): those with the height of the
    font; turns (N,): clockwise quarters from upright, -1 for another angle; fonts (N,): numbers of
    their fonts; spaced (N,): after a space or in a new line of the file; unseen (N,): drawn without
    ink. images: share of the page under images; drawn: whether it shows more than text, straight
    rules and large frames.
    """

    texts: list[str]
    boxes: NDArray[np.float32]
    cells: NDArray[np.float32]
    turns: NDArray[np.int8]
    fonts: NDArray[np.int32]
    spaced: NDArray[np.bool_]
    unseen: NDArray[np.bool_]
    images: float
    drawn: bool


def read_text(page: Any, width: int, height: int) -> PdfText:
    """Read the text layer of a loaded page that is drawn with this many pixels."""
    images, drawn = _drawings(page)
    textpage = page.get_textpage()
    try:
        return _characters(page, textpage, width, height, images, drawn)
    finally:
        textpage.close()


def plain_text(page: Any) -> str | None:
    """The text of a loaded page in the file's order, None where it is plainly no use."""
    if _drawings(page)[0] >= SCANNED:
        return None
    textpage = page.get_textpage()
    try:
        text: str = textpage.get_text_range()
    finally:
        textpage.close()
    letters = sum(letter.isalnum() for letter in text)
    unknown = sum(not _text(ord(letter)) for letter in text if not letter.isspace())
    return text if letters and unknown <= NAMELESS * (letters + unknown) else None


def _characters(
    page: Any, textpage: Any, width: int, height: int, images: float, drawn: bool
) -> PdfText:
    import pypdfium2.raw as pdfium

    raw = textpage.raw
    sides = [ctypes.c_double() for _ in range(4)]
    left, right, bottom, top = sides
    loose = pdfium.FS_RECTF()
    texts: list[str] = []
    found: list[tuple[float, ...]] = []
    fonts: dict[int, int] = {}
    spaced, last, font, unseen = True, 0, 0, False
    flags: list[tuple[int, bool, bool]] = []
    for index in range(pdfium.FPDFText_CountChars(raw)):
        code = pdfium.FPDFText_GetUnicode(raw, index)
        generated = pdfium.FPDFText_IsGenerated(raw, index)
        if (generated or _is_space(code)) and code != _HYPHEN:
            spaced = True
            continue
        if not pdfium.FPDFText_GetCharBox(raw, index, left, right, bottom, top):
            continue
        item = pdfium.FPDFText_GetTextObject(raw, index)
        address = _address(item)
        if address != last:
            last = address
            mode = pdfium.FPDFTextObj_GetTextRenderMode(item) if address else 0
            unseen = mode in (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)
            font = fonts.setdefault(_address(pdfium.FPDFTextObj_GetFont(item)), len(fonts))
        unknown = pdfium.FPDFText_HasUnicodeMapError(raw, index) == 1
        texts.append("" if unknown else _text(code))
        angle = pdfium.FPDFText_GetCharAngle(raw, index)
        ink = (left.value, bottom.value, right.value, top.value)
        cell = ink
        if pdfium.FPDFText_GetLooseCharBox(raw, index, loose):
            cell = (
                min(left.value, loose.left),
                min(bottom.value, loose.bottom),
                max(right.value, loose.right),
                max(top.value, loose.top),
            )
        found.append((*ink, *cell, angle))
        flags.append((font, spaced, unseen))
        spaced = False
    values = np.asarray(found, np.float64).reshape(-1, 9)
    origin, matrix = _mapping(page, width, height)
    corners = [values[:, first : first + 2] @ matrix.T + origin for first in (0, 2, 4, 6)]
    boxes = np.concatenate([np.minimum(*corners[:2]), np.maximum(*corners[:2])], 1)
    cells = np.concatenate([np.minimum(*corners[2:]), np.maximum(*corners[2:])], 1)
    # PDFium counts angles clockwise, in a page whose y points up.
    directions = np.stack([np.cos(values[:, 8]), -np.sin(values[:, 8])], 1) @ matrix.T
    kept = np.asarray(flags, np.int32).reshape(-1, 3)
    return PdfText(
        texts,
        boxes.astype(np.float32),
        cells.astype(np.float32),
        _turns(directions),
        kept[:, 0],
        kept[:, 1].astype(np.bool_),
        kept[:, 2].astype(np.bool_),
        images,
        drawn,
    )


def _address(pointer: Any) -> int:
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0


def _is_space(code: int) -> bool:
    return code < 0x110000 and chr(code).isspace()


def _text(code: int) -> str:
    """The text of a code point; "" of one that stands for no character of its own."""
    if code in (_HYPHEN, 0xAD):
        return "-"
    if not 0x20 <= code < 0x110000 or 0xD800 <= code < 0xF900 or code in (0xFFFD, 0xFFFE, 0xFFFF):
        return ""
    ligatures = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl"}
    return ligatures.get(code, chr(code))


def _mapping(page: Any, width: int, height: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Origin (2,) and matrix (2,2) from the page's units to pixels of the drawn page."""
    import pypdfium2.raw as pdfium

    def device(x: float, y: float) -> NDArray[np.float64]:
        across, down = ctypes.c_int(), ctypes.c_int()
        size = (int(width * _FINE), int(height * _FINE))
        pdfium.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down)
        return np.asarray([across.value, down.value]) / _FINE

    # Long steps, because PDFium rounds to whole numbers.
    origin = device(0.0, 0.0)
    step = 1000.0
    matrix = np.stack([device(step, 0.0) - origin, device(0.0, step) - origin], 1) / step
    return origin, matrix


def _turns(directions: NDArray[np.float64]) -> NDArray[np.int8]:
    """Clockwise quarters of reading directions (N,2) on the drawn page, -1 between them."""
    degrees = np.degrees(np.arctan2(directions[:, 1], directions[:, 0]))
    quarters = np.round(degrees / 90.0)
    straight = np.abs(degrees - 90.0 * quarters) <= _STRAIGHT
    return np.where(straight, quarters % 4, -1).astype(np.int8)


def _drawings(page: Any) -> tuple[float, bool]:
    """The share of the page under images, and whether it shows more than text and rules."""
    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    covered, drawn, holder = 0.0, False, 0.0
    for item, kind in page_objects(page):
        left, bottom, right, top = object_bounds(item)
        area = max(0.0, right - left) * max(0.0, top - bottom)
        if kind == pdfium.FPDF_PAGEOBJ_FORM:
            holder = area
        elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            # Within a form an image is measured in the form's own units, often 1 x 1.
            covered, drawn = covered + max(area, holder if area <= 1.0 else 0.0), True
        elif kind == pdfium.FPDF_PAGEOBJ_SHADING or (
            kind == pdfium.FPDF_PAGEOBJ_PATH and not drawn and not _is_rules(item)
        ):
            drawn = True
    return min(1.0, covered / max(width * height, 1.0)), drawn


def _is_rules(path: Any) -> bool:
    """Whether a path is made of straight rules and large frames alone."""
    import pypdfium2.raw as pdfium

    left, bottom, right, top = object_bounds(path)
    if min(right - left, top - bottom) <= _RULE:
        return True
    count = pdfium.FPDFPath_CountSegments(path)
    if count > _MAX_SEGMENTS:
        return False
    x, y = ctypes.c_float(), ctypes.c_float()
    shapes: list[list[tuple[float, float]]] = []
    for index in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        if kind == pdfium.FPDF_SEGMENT_BEZIERTO:
            return False
        if kind == pdfium.FPDF_SEGMENT_MOVETO or not shapes:
            shapes.append([])
        elif min(abs(x.value - shapes[-1][-1][0]), abs(y.value - shapes[-1][-1][1])) > 0.1:
            return False  # a slanted line
        shapes[-1].append((x.value, y.value))
    return not any(_may_be_a_tick_box(shape) for shape in shapes)


def _may_be_a_tick_box(shape: list[tuple[float, float]]) -> bool:
    across, down = zip(*shape, strict=True)
    width, height = max(across) - min(across), max(down) - min(down)
    least, most = _TICK_BOX
    small, large = min(width, height), max(width, height)
    return bool(least <= small <= large <= min(most, 2 * small))
