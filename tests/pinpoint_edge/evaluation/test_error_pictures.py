"""Mistakes drawn: which are taken, their boxes, and the file that the command writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pinpoint_edge.document.drawing import ANSWER_LINE
from pinpoint_edge.evaluation.contact_sheet import WIDTH
from pinpoint_edge.evaluation.error_classes import by_class
from pinpoint_edge.evaluation.error_pictures import (
    HEIGHT,
    MEANT_LINE,
    choose_mistakes,
    draw_mistakes,
)

from ..bench.made import ELSEWHERE, LABEL, VALUE, prediction, question


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    Image.new("RGB", (100, 100), "white").save(path)
    return path


def has(picture: Image.Image, colour: tuple[int, ...]) -> bool:
    return bool((np.asarray(picture)[:HEIGHT] == colour[:3]).all(-1).any())


def test_some_mistakes_of_each_kind_that_have_a_place_are_taken() -> None:
    said = [
        prediction("0"),
        *(prediction(str(n), answer="12") for n in (1, 2, 3)),
        prediction("4", answer="9", boxes=(LABEL,)),
    ]
    pairs = [(question(p.id), p) for p in said]
    nowhere = question("5", answers=(), answer_boxes=())
    pairs.append((nowhere, prediction("5", boxes=((1e6, 0.0, 1e6 + 9, 9.0),))))
    taken = choose_mistakes(by_class(pairs), 2)
    assert [(kind, q.id) for kind, q, _ in taken] == [
        ("cut short", "1"),
        ("cut short", "2"),
        ("other column", "4"),
    ]


def test_what_was_meant_and_what_was_taken_are_framed_in_their_colours(page: Path) -> None:
    asked = question(page=str(page))
    both = draw_mistakes([("elsewhere", asked, prediction(answer="9", boxes=(ELSEWHERE,)))])
    assert has(both, MEANT_LINE)
    assert has(both, ANSWER_LINE)
    missed = draw_mistakes([("missed", asked, prediction(answer=None, boxes=()))])
    assert has(missed, MEANT_LINE)
    assert not has(missed, ANSWER_LINE)


def test_four_mistakes_stand_in_rows_of_three(page: Path) -> None:
    asked = question(page=str(page), question="What is the total? " * 9)
    one = draw_mistakes([("missed", asked, prediction(answer=None, boxes=()))])
    four = draw_mistakes([("missed", asked, prediction(answer=None, boxes=()))] * 4)
    assert four.width > 3 * WIDTH > one.width
    assert one.height < four.height < 2 * one.height


def test_the_command_draws_a_sheet(
    pinpoint_bench: Callable[..., tuple[int, str, str]], page: Path, tmp_path: Path
) -> None:
    row = {
        "id": "q", "image": "a.png", "question": "?", "answers": ["12.50"], "page": 0,
        "answer_boxes": [VALUE], "support_boxes": [VALUE], "width": 100, "height": 100,
    }  # fmt: skip
    data, kept, sheet = tmp_path / "qa.jsonl", tmp_path / "p.jsonl", tmp_path / "sheet.png"
    data.write_text(json.dumps(row))
    kept.write_text(json.dumps(prediction(answer="12").to_json()) + "\n")
    code, out, _ = pinpoint_bench("errors", kept, "--data", data, "--contact-sheet", sheet)
    assert (code, "cut short" in out) == (0, True)
    assert Image.open(sheet).width > WIDTH
    code, _, err = pinpoint_bench(
        "errors", kept, "--data", data, "--contact-sheet", tmp_path / "s.jpg"
    )
    assert (code, "end its name with .png" in err) == (2, True)
    kept.write_text(json.dumps(prediction().to_json()) + "\n")
    code, _, err = pinpoint_bench(
        "errors", kept, "--data", data, "--contact-sheet", tmp_path / "n.png"
    )
    assert (code, "No answer is wrong" in err) == (2, True)
    assert not (tmp_path / "n.png").exists()
