"""Synthetic documents of several pages: which questions still have one answer among them."""

from __future__ import annotations

from collections.abc import Sequence

from pinpoint_data.generator.synthetic_page import (
    BY_ELEMENTS,
    DERIVED,
    SyntheticQuestion,
    SynthPage,
)
from pinpoint_edge.evaluation.metrics import letters

# Fields that are asked for by a label alone; any other is asked for in words that fit other pages.
BY_LABEL = frozenset(("label", "cell", "item", "column", "choice"))
NOT_ASKED = DERIVED | BY_ELEMENTS | {"absent", "empty"}


def questions_of_document(pages: Sequence[SynthPage], own: int) -> list[SyntheticQuestion]:
    """The questions about page `own` that no other page of the document could answer as well.

    A question stays when it names a label that no other page has, and, unless it asks by that
    label alone, when no other page has a question of its field.
    """
    others = [page for number, page in enumerate(pages) if number != own]
    # All lines together: a label may take more than one.
    words = ["".join(letters(line.text) for line in page.lines) for page in others]
    fields = {question.field for page in others for question in page.questions}
    return [
        question
        for question in pages[own].questions
        if question.label
        and question.answers
        and question.field not in NOT_ASKED
        and (question.field in BY_LABEL or question.field not in fields)
        and not any(letters(question.label) in text for text in words)
    ]
