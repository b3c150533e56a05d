"""Agreements: values in running text keep their boxes, and every clause can be asked for."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinpoint_data.generator.fonts import load, pick
from pinpoint_data.generator.layouts.business import agreement
from pinpoint_data.generator.layouts.business.clauses import CLAUSES, SLOT
from pinpoint_data.generator.layouts.business.running_text import TextPiece, break_lines, flow
from pinpoint_data.generator.page_builder import PageCanvas

WORDS = st.lists(st.text("abcXYZ019.,", min_size=1, max_size=9), min_size=1, max_size=40)


@given(WORDS, st.integers(40, 400), st.integers(0, 30))
@settings(deadline=None)
def test_lines_hold_all_words_in_order(words: list[str], width: int, indent: int) -> None:
    text, font = " ".join(words), load(pick(Random(1)), 14)
    lines = break_lines(text, font, width, indent)
    assert " ".join(text[a:b] for a, b in lines) == text
    for number, (start, end) in enumerate(lines):
        room = width - (indent if number == 0 else 0)
        assert font.width(text[start:end]) <= room + 2 or " " not in text[start:end]


@given(WORDS, WORDS, WORDS, st.integers(80, 400))
@settings(deadline=None)
def test_a_value_is_found_whole_wherever_lines_break(
    before: list[str], value: list[str], after: list[str], width: int
) -> None:
    canvas, font = PageCanvas(500, 2000), load(pick(Random(1)), 14)
    pieces = [
        TextPiece(" ".join(before) + " "),
        TextPiece(" ".join(value), "sum"),
        TextPiece(" " + " ".join(after)),
    ]
    found, lines, low = flow(canvas, (20, 20, width), pieces, font, (0, 0, 0))
    assert " ".join(span.text for span in found["sum"]) == " ".join(value)
    assert " ".join(line.text for line in lines) == "".join(piece.text for piece in pieces)
    for span in found["sum"]:
        (line,) = [n for n in lines if n.box[1] == span.box[1] and span.text in n.text]
        assert line.box[0] - 2 <= span.box[0] < span.box[2] <= line.box[2] + 2
    assert low > lines[-1].box[1]


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.heading)
def test_every_clause_asks_for_slots_that_it_has(clause) -> None:  # type: ignore[no-untyped-def]
    names = {name for _, name in SLOT.findall(clause.text)}
    assert set(clause.questions) == names
    assert all(text.endswith(("?", ".")) for texts in clause.questions.values() for text in texts)


def test_names_of_slots_and_wordings_are_used_once() -> None:
    names = [name for clause in CLAUSES for name in clause.questions]
    wordings = [t for clause in CLAUSES for texts in clause.questions.values() for t in texts]
    assert len(set(names)) == len(names)
    assert len(set(wordings)) == len(wordings)


def test_parties_are_asked_for_with_what_they_are_called() -> None:
    parties = 0
    for seed in range(24):
        canvas = agreement.draw(Random(seed))
        printed = " ".join(line.text for line in canvas.lines)
        for question in canvas.questions:
            if question.answers:
                assert set(question.answer_boxes) < set(question.support_boxes) or (
                    question.field == "date"
                )
            if question.field == "party":
                parties += 1
                assert question.answers[0].split()[0] in printed
            assert (question.field == "absent") == (question.answers == [])
    assert parties >= 16
