"""What the generator yields: a page image, its lines and its questions, with exact boxes."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]
"""`(x0, y0, x1, y1)` in pixels of the page image, x0 < x1 and y0 < y1."""

DERIVED = frozenset(("yes_no", "count", "comparison", "signed", "stamp"))
"""Fields of questions whose answer may be yes, no or a count, which no line prints."""
BY_ELEMENTS = frozenset(("signed", "stamp"))
"""Fields of questions that take a look at elements, also where there are none."""


@dataclass(frozen=True)
class DrawnLine:
    """One drawn text line.

    `box` is the upright bound of its ink; `quad` the four corners clockwise from the top left of
    the text, which differ from the box where the page is skewed; `kind` one of `title`, `label`,
    `value`, `text`, `table`, `hand`.
    """

    box: Box
    text: str
    kind: str
    quad: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class PageElement:
    """Something on the page that is no text.

    `kind` is `check` (a box, circle or blank to tick), `signature` (or the line for one), `stamp`
    or `figure`; `state` says whether it is ticked or signed, None for the other kinds.
    """

    box: Box
    kind: str
    state: bool | None = None


@dataclass(frozen=True)
class SyntheticQuestion:
    """One question about a page; `answers` is empty when the page has no answer.

    `answer_boxes` are the parts of lines that hold the answer, in the order in which their texts
    join to `answers[0]`; `support_boxes` hold every region that a reader needs (label, section and
    answer); `field` names what is asked for (`total`, `label`, ...; `absent` when unanswerable).
    """

    question: str
    answers: list[str]
    answer_boxes: list[Box]
    support_boxes: list[Box]
    field: str
    label: str = ""


@dataclass(frozen=True)
class SynthPage:
    """One synthetic page: `image` u8 (H, W, 3) RGB, its lines, questions, elements and kind."""

    image: NDArray[np.uint8]
    lines: list[DrawnLine]
    questions: list[SyntheticQuestion] = field(default_factory=list)
    kind: str = ""
    elements: list[PageElement] = field(default_factory=list)

    @property
    def text_questions(self) -> list[SyntheticQuestion]:
        """The questions that the page's words answer, without a look at its elements."""
        elements = {element.box for element in self.elements}
        return [
            question
            for question in self.questions
            if question.field not in BY_ELEMENTS and elements.isdisjoint(question.answer_boxes)
        ]
