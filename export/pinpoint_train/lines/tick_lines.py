"""Lines with check boxes: the recogniser reads a box as a character, ticked or not.

Generated forms bring their boxes with their states. What stands in one row is cut as a detector
cuts it, together or in parts; a box or circle is `☒` or `☐` in its text, a printed sign such as
`(  )` keeps its brackets around the mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count as endless
from random import Random
from typing import TYPE_CHECKING

from pinpoint_data.generator.composer import Composer
from pinpoint_data.generator.finishing import finish
from pinpoint_data.generator.layouts.forms.choices import check_group
from pinpoint_data.generator.layouts.forms.form import FONTS
from pinpoint_data.generator.layouts.forms.ticks import TickLook
from pinpoint_data.generator.synthetic_page import Box, PageElement, SynthPage
from pinpoint_edge.vision.geometry import union
from pinpoint_train.corpus.tick_evidence import holds_middle
from pinpoint_train.lines.line_crops import LineCrop

if TYPE_CHECKING:
    from pinpoint_train.lines.cutting import Cutter

TICKED, EMPTY = "☒", "☐"
GROUPS = 10  # on a page, where they fit
APART = 2.2  # a gap of more, in heights, always divides a row
DIVIDED = 0.2  # how often a smaller one does
MARGINS = (0.05, 0.3)  # around what is cut, in its height
PLAIN_SHARE = 0.15  # of the lines without a box: the others are known from elsewhere
BLANKS = ("___", "_x_")  # no detector takes one alone for a line
_SIGNS = {
    re.compile(r"\[[ Xx]*\]"): ("[x]", "[ ]"),
    re.compile(r"\([ Xx]*\)"): ("(x)", "( )"),
    re.compile(r"_+[Xx]?_+"): ("_x_", "___"),
}


@dataclass(frozen=True)
class _Piece:
    """Something that is read from left to right; `ticks` when it is a box or a sign."""

    box: Box
    text: str
    ticks: bool = False


def tick_crops(seed: int, count: int, cutter: Cutter) -> Iterator[LineCrop]:
    """`count` or a few more lines of generated forms that hold check boxes."""
    made = 0
    for index in endless():
        if made >= count:
            return
        random = Random(f"ticks{seed}:{index}")
        page = _page(random)
        for line in _lines(page, random):
            boxes = [piece for piece in line if piece.ticks]
            if not boxes and random.random() > PLAIN_SHARE:
                continue
            if len(line) == 1 and boxes and boxes[0].text in BLANKS:
                continue
            box = union([piece.box for piece in line])
            margins = tuple(random.uniform(*MARGINS) * (box[3] - box[1]) for _ in range(4))
            crop = cutter.cut_box(page.image, box, (margins[0], margins[1], margins[2], margins[3]))
            text = " ".join(piece.text for piece in line)
            yield from cutter.keep(crop, text, f"ticks/{index}", "ticks")
            made += bool(boxes)


def _page(random: Random) -> SynthPage:
    """A low page of groups to tick, in one look or in several."""
    width = random.randint(600, 1100)
    size = (width, width * random.uniform(0.4, 0.7))
    page = Composer(random, size, width / random.uniform(36, 60), FONTS, width * 0.05, 20.0)
    look, used = TickLook.random(random, page.theme.ink), set[str]()
    for _ in range(GROUPS):
        check_group(page, used, look if random.random() < 0.7 else None)
    return finish(random, page.canvas, "form")


def _lines(page: SynthPage, random: Random) -> Iterator[list[_Piece]]:
    """The rows of a page that hold a box, divided into lines as a detector may."""
    pieces = sorted(_pieces(page), key=lambda piece: piece.box[0])
    left = [piece for piece in pieces if piece.ticks]
    while left:
        first = left[0]
        middle = (first.box[1] + first.box[3]) / 2
        row = [piece for piece in pieces if piece.box[1] < middle < piece.box[3]]
        left = [piece for piece in left if piece not in row]
        line: list[_Piece] = []
        for piece in row:
            if line:
                high = max(piece.box[3] - piece.box[1], 1.0)
                gap = (piece.box[0] - line[-1].box[2]) / high
                if gap > APART or (gap > 0.4 and random.random() < DIVIDED):
                    yield line
                    line = []
            line.append(piece)
        if line:
            yield line


def _pieces(page: SynthPage) -> Iterator[_Piece]:
    """Printed words and boxes; no word that is circled by hand, which has no box of its own."""
    checks = [element for element in page.elements if element.kind == "check"]
    for line in page.lines:
        held = [element for element in checks if holds_middle(element.box, line.box)]
        sign = held[0] if held and _is_sign_of(line.text) else None
        ringed = any(_is_around(e.box, line.box) for e in checks)
        if sign is not None:
            yield _Piece(line.box, _sign(line.text, sign), ticks=True)
        elif not ringed:
            yield _Piece(line.box, line.text)
    for element in checks:
        if not any(holds_middle(element.box, line.box) for line in page.lines):
            yield _Piece(element.box, TICKED if element.state else EMPTY, ticks=True)


def _is_sign_of(text: str) -> bool:
    return any(pattern.fullmatch(text) for pattern in _SIGNS)


def _sign(text: str, element: PageElement) -> str:
    ticked, empty = next(said for pattern, said in _SIGNS.items() if pattern.fullmatch(text))
    return ticked if element.state else empty


def _is_around(ring: Box, word: Box) -> bool:
    return holds_middle(ring, word) and ring[2] - ring[0] >= word[2] - word[0]
