"""No question that is made is answerable by accident, and the same arguments make the same ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.annotations import Question
from pinpoint_edge.evaluation.dataset import AnnotatedPage, load_dataset
from pinpoint_edge.evaluation.unanswerable import (
    AskedLabel,
    asked_labels,
    find_labels,
    lacks,
    with_unanswerable,
)
from pinpoint_edge.reader import PinPoint

READ = {
    "a": [["Corner Bakery"], ["Cashier: Ann", "Pump: 4"], ["Total:", "48.75"]],
    "b": [["Northern Timber"], ["Cashier: Bob"], ["Species: oak"], ["Grade: A2"], ["Pump: 7"]],
    "c": [["Hill Garage"], ["Species:", "pine"], ["Grade", "B"], ["Mechanlc", "Joe"]],
    "d": [["Lake Diner"], ["Mechanic: Moe"], ["Grade: C19"], ["Species:", "fir"]],
    "e": [["Sea Mill"], ["Mechanic: Ann"], ["Grade: C17"]],
}


def page(name: str, asked: str = "What is the total?", answer: str = "48.75") -> AnnotatedPage:
    question = Question(
        image=name, file=Path(name), page=0, width=100, height=100,
        answer_boxes=((1, 1, 9, 9),), support_boxes=(), alt_answer_boxes=(), id=f"{name}-1",
        question=asked, answers=(answer,), field=None,
    )  # fmt: skip
    return AnnotatedPage(name, 100, 100, (question,))


PAGES = [page(name) for name in READ]


def label(text: str, *values: str) -> AskedLabel:
    return AskedLabel(text, f"What is the {text}?", frozenset(), frozenset(values))


def test_labels_stand_on_two_pages_before_a_colon():
    found = {each.text: each for each in find_labels(READ)}
    assert sorted(found) == ["Cashier", "Grade", "Mechanic", "Pump", "Species"]
    assert found["Species"].pages == {"b", "c", "d"}
    assert found["Species"].values == {"oak", "pine", "fir"}
    assert found["Cashier"].question == "What is the Cashier?"


def test_other_files_are_asked_as_they_ask():
    question = PAGES[0].questions[0]
    asked = [
        replace(question, question='What is the value of "Brand:"?', answers=("Kent",)),
        replace(question, question="Who is the advertiser?"),
        replace(question, question=f'What is the value of "{"long " * 20}"?'),
    ]
    assert [(each.text, each.question) for each in asked_labels(asked)] == [
        ("Brand", 'What is the value of "Brand:"?'),
        ("advertiser", "Who is the advertiser?"),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Pump", "it stands there"),
        ("Pumps", "another form of it stands there"),
        ("Casher", "a letter apart"),
        ("Operator", "the cashier may be meant"),
        ("Baker", "part of a word"),
        ("Phone", "told without a label"),
        ("Tolal", "a misread label of what is told without one"),
        ("No", "no word to look for"),
    ],
)
def test_what_a_page_may_tell_is_not_asked(text: str, why: str):
    assert not lacks(PAGES[0], READ["a"], label(text)), why


def test_annotated_questions_and_values_count_as_what_the_page_tells():
    assert lacks(PAGES[0], READ["a"], label("Species", "oak"))
    assert not lacks(page("a", "What is the species?"), READ["a"], label("Species", "oak"))
    assert not lacks(PAGES[0], READ["a"], label("Species", "cornerbakery"))
    assert not lacks(page("a", answer="Norway oak"), READ["a"], label("Species", "norwayoak"))
    # A label read elsewhere on the page's own list is its own.
    own = replace(label("Species"), pages=frozenset({"a"}))
    assert not lacks(PAGES[0], READ["a"], own)


def test_a_share_of_all_questions_is_made_and_the_same_again():
    labels = find_labels(READ)
    made = with_unanswerable(PAGES, READ, labels, 0.5, seed=3)
    questions = [question for each in made for question in each.questions]
    added = [question for question in questions if not question.answers]
    assert len(added) == 5
    assert len({question.id for question in questions}) == len(questions)
    for each in made:
        texts = " ".join(" ".join(row) for row in READ[each.path]).casefold()
        for question in each.questions[1:]:
            assert question.question.removeprefix("What is the ").strip("?").casefold() not in texts
            assert not question.answer_boxes
    assert with_unanswerable(PAGES, READ, labels, 0.5, seed=3) == made
    # What has no answer already counts.
    assert with_unanswerable(made, READ, labels, 0.5) == made
    with pytest.raises(DataError, match="smaller share"):
        with_unanswerable(PAGES, READ, labels[:1], 0.9)


def test_the_command_writes_annotations_that_load(
    pinpoint_bench: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
):
    from PIL import Image

    class Reader:
        def open(self, paths: tuple[str, ...]) -> Reader:
            self.rows = READ[Path(paths[0]).stem]
            return self

        def transcribe(self) -> list[list[str]]:
            return self.rows

        def __enter__(self) -> Reader:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(PinPoint, "load", lambda *_, **__: Reader())
    (tmp_path / "in").mkdir()
    with (tmp_path / "in/qa.jsonl").open("w") as file:
        for each in PAGES:
            Image.new("RGB", (100, 100)).save(tmp_path / f"in/{each.path}.png")
            row = each.questions[0].to_row() | {"image": f"{each.path}.png"}
            file.write(json.dumps(row) + "\n")
    out = tmp_path / "out.jsonl"
    code, printed, err = pinpoint_bench(
        "unanswerable", "bundle", "--data", tmp_path / "in/qa.jsonl", "--share", "0.5",
        "--output", out,
    )  # fmt: skip
    assert code == 0, err
    assert "10 questions, 5 of them added" in printed
    made = load_dataset(out)
    assert [each.questions[0].image for each in made][:1] == ["in/a.png"]
    assert sum(not q.answers for each in made for q in each.questions) == 5
