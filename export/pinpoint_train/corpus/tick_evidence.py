"""Which questions about elements the lines of a page answer: boxes are read as characters."""

from __future__ import annotations

from collections.abc import Sequence

from pinpoint_data.generator.synthetic_page import PageElement, SyntheticQuestion, SynthPage
from pinpoint_edge.vision.geometry import Box, area, intersection
from pinpoint_edge.vision.regions import Region

TICKED = ("☒", "[x]", "(x)", "_x_", "[X]", "(X)", "_X_")
EMPTY = ("☐", "[ ]", "( )", "()", "[]", "__")
BESIDE = 2.0  # pixels: a line may begin in the midst of its first box
SIGNED = 0.15  # share of a signature's place that some line covers


def reads_evidence(
    regions: Sequence[Region], texts: Sequence[str], page: SynthPage, question: SyntheticQuestion
) -> bool:
    """Whether the lines that were read show the elements that a question is about.

    A check box needs a line around it with a sign of its state; a signature a line on its place,
    and a place without a signature none. Whether a page is stamped no line shows.
    """
    if question.field == "stamp":
        return False
    needed = {*question.support_boxes, *question.answer_boxes}
    return all(
        _is_read(element, regions, texts) for element in page.elements if element.box in needed
    )


def _is_read(element: PageElement, regions: Sequence[Region], texts: Sequence[str]) -> bool:
    if element.kind == "signature":
        own = max(area(element.box), 1.0)
        covered = max((intersection(r.box, element.box) for r in regions), default=0.0) / own
        return (covered >= SIGNED) == bool(element.state)
    if element.kind != "check":
        return False
    around = [
        t for r, t in zip(regions, texts, strict=True) if holds_middle(r.box, element.box, BESIDE)
    ]
    signs = TICKED if element.state else EMPTY
    return any(sign in text for text in around for sign in signs)


def holds_middle(outer: Box, inner: Box, beside: float = 0.0) -> bool:
    """Whether a box holds the middle of another, or has it at most `beside` pixels to its side."""
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] - beside <= x <= outer[2] + beside and outer[1] <= y <= outer[3]
