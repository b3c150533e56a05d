"""The annotation format: one page and several, everything wrong with a line, and back to JSON."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.annotations import load_questions, parse, read_lines

Row = dict[str, Any]


def row(**changes: Any) -> Row:
    made: Row = {
        "id": "a-1",
        "image": "a.png",
        "question": "What is the total?",
        "answers": ["12.50"],
        "answer_boxes": [[50, 10, 90, 20]],
        "support_boxes": [[5, 10, 40, 20], [50, 10, 90, 20]],
        "page": 1,
        "width": 100,
        "height": 60,
    }
    made.update(changes)
    return made


def other(**changes: Any) -> Row:
    return {"image": "b.png", "page": 0, "width": 100, "height": 60, **changes}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in "abc":
        Image.new("RGB", (100, 60)).save(tmp_path / f"{name}.png")
    return tmp_path


def write(folder: Path, *rows: Row | str) -> Path:
    path = folder / "qa.jsonl"
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows))
    return path


def test_a_question_about_several_pages(folder: Path):
    pages = [other(support_boxes=[[1, 2, 30, 9]]), other(image="c.png", page=2)]
    (question,) = load_questions(write(folder, row(other_pages=pages)))
    assert [sheet.image for sheet in question.all_pages] == ["b.png", "a.png", "c.png"]
    assert question.paths == tuple(str(folder / f"{name}.png") for name in "bac")
    assert question.other_pages[0].support_boxes == ((1, 2, 30, 9),)
    assert question.other_pages[1].answer_boxes == ()


def test_pages_of_one_pdf(folder: Path):
    (folder / "form.pdf").write_bytes(b"%PDF-1.7")
    line = row(image="form.pdf", other_pages=[other(image="form.pdf", height=80)])
    (question,) = load_questions(write(folder, line))
    assert [Path(path).name for path in question.paths] == ["form.pdf#1", "form.pdf#2"]


def test_all_problems_of_a_line_are_told(folder: Path):
    line = row(
        answer_boxes=[[50, 20, 60, 10], [1, 2, 3]],
        answers=[""],
        total="12.50",
        other_pages=[other(image="z.png", page=-1, colour="red")],
        confidence=1.5,
    )
    del line["question"]
    (read,) = read_lines(write(folder, line))
    assert read.question is None
    expected = (
        "unknown field 'total'",
        "answer_boxes[0]: expected [x0, y0, x1, y1] with x0 < x1",
        "answer_boxes[1]: expected 4 items, found 3",
        "the field 'question' is missing",
        "answers[0]: expected a string with text",
        "other_pages[0]: unknown field 'colour'",
        "other_pages[0].page: expected a whole number from 0 up, found -1",
        "confidence: expected a number from 0 to 1, found 1.5",
    )
    assert len(read.problems) == len(expected)
    for part in expected:
        assert any(part in problem for problem in read.problems), (part, read.problems)


def test_all_boxes_that_leave_their_page_are_told(folder: Path):
    outside = [[50, 10, 500, 20]]
    line = row(support_boxes=outside, other_pages=[other(answer_boxes=outside)])
    (read,) = read_lines(write(folder, line))
    assert len(read.problems) == 2


def test_good_lines_are_read_among_broken_ones(folder: Path):
    missing = row(id="3", image="z.png")
    lines = list(read_lines(write(folder, row(), "{", row(), missing, "[" * 99999)))
    assert [line.number for line in lines] == [1, 2, 3, 4, 5]
    assert [line.question is None for line in lines] == [False, True, True, True, True]
    assert "is taken by line 1" in lines[2].problems[0]
    assert "z.png is missing" in lines[3].problems[0]


REFUSED: dict[str, tuple[Row, str]] = {
    "same page twice": ({"other_pages": [other(page=1)]}, "the same 'page'"),
    "other pages no list": ({"other_pages": other()}, "expected array, found object"),
    "other page no object": ({"other_pages": ["b.png"]}, "expected object, found string"),
    "other page missing": ({"other_pages": [other(image="z.png")]}, "z.png is missing"),
    "other page's size": ({"other_pages": [other(width=99)]}, "is 100x60 pixels, not 99x60"),
    "box outside": ({"other_pages": [other(support_boxes=[[0, 0, 5, 99]])]}, "leaves the page"),
    "answer box elsewhere": (
        {"answers": [], "answer_boxes": [], "other_pages": [other(answer_boxes=[[0, 0, 5, 9]])]},
        "answer boxes but no answers",
    ),
    "use": ({"use": "ship"}, "use: expected \"train\" or \"measure\""),
    "note": ({"note": 3}, "note: expected string"),
    "confidence": ({"confidence": math.nan}, "NaN is not JSON"),
    "a null byte": ({"image": "a\0.png"}, "image: expected a string with text"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_by_line(folder: Path, name: str):
    changes, reason = REFUSED[name]
    with pytest.raises(DataError, match=reason) as failure:
        load_questions(write(folder, row(id="first"), row(**changes)))
    assert "qa.jsonl, line 2: " in str(failure.value)


numbers = st.integers(0, 97).flatmap(
    lambda x: st.tuples(st.just(x), st.integers(0, 57), st.integers(x + 1, 98), st.just(60))
)
boxes = st.lists(numbers.map(list), max_size=3)
texts = st.text(min_size=1).filter(lambda text: text.strip() and "\0" not in text)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    answers = draw(st.lists(texts, max_size=2))
    made = row(
        id=draw(texts),
        question=draw(texts),
        answers=answers,
        answer_boxes=draw(boxes) if answers else [],
        support_boxes=draw(boxes),
    )
    if draw(st.booleans()):
        made["other_pages"] = [other(support_boxes=draw(boxes.filter(bool)))]
    optional = {
        "field": texts,
        "note": texts,
        "confidence": st.floats(0, 1),
        "use": st.just("measure"),
    }
    for name, values in optional.items():
        if draw(st.booleans()):
            made[name] = draw(values)
    return made


@given(rows())
def test_a_question_becomes_its_row_again(made: Row):
    question, problems = parse(json.loads(json.dumps(made)), Path("."))
    assert problems == []
    assert question is not None
    assert question.to_row() == made


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda values: st.lists(values, max_size=4) | st.dictionaries(st.text(), values, max_size=3),
    max_leaves=6,
)


@settings(max_examples=50)
@given(JSON)
def test_whatever_json_holds_is_read_or_refused(value: Any):
    broken = row(**dict.fromkeys(("answer_boxes", "other_pages", "answers", "page"), value))
    question, problems = parse(broken, Path("."))
    assert (question is None) == bool(problems)
    assert parse(value, Path("."))[0] is None
