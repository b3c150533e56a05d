"""The everyday pages are many, are made the same twice, and share no text with a training list."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pinpoint_data.measure_only import committed, is_phrase
from pinpoint_edge.evaluation.annotations import load_questions
from tests.everyday import make_pages
from tests.everyday.make_pages import FIELDS, descriptions, made, main, questions
from tests.everyday.photograph import Paper, Photo


def test_there_are_pages_of_many_kinds_with_every_kind_of_question() -> None:
    pages = list(descriptions())
    kinds = Counter(page["kind"] for page in pages)
    assert len(pages) >= 42
    assert len(kinds) >= 10
    assert min(kinds.values()) >= 3
    assert len({page["name"] for page in pages}) == len(pages)
    asked = Counter(
        line.split("|")[0].strip() for page in pages for line in page["ask"].strip().splitlines()
    )
    assert set(asked) == set(FIELDS)
    assert asked["empty"] >= 30
    assert asked["table"] >= 60


def test_a_page_is_made_the_same_twice_and_passes_the_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []
    for name in ("one", "two"):
        out = tmp_path / name
        monkeypatch.setattr("sys.argv", ["make_pages", str(out), "--only", "ticket-parking"])
        main()
        held.append({file.name: file.read_bytes() for file in out.iterdir()})
    assert held[0] == held[1]
    rows = load_questions(tmp_path / "one/qa.jsonl")
    assert {row.use for row in rows} == {"measure"}
    assert any(not row.answers for row in rows)
    with Image.open(tmp_path / "one/ticket-parking.jpg") as photo:
        grey = np.asarray(photo.convert("L"), np.float64)
    for row in rows:
        for box in row.answer_boxes:
            x0, y0, x1, y1 = map(round, box)
            # Ink fills each box: it is no paper, and its edges are.
            assert grey[y0:y1, x0:x1].min() < 0.6 * np.median(grey[y0:y1, x0:x1])


def test_a_box_is_carried_to_where_its_ink_is_seen() -> None:
    page = {"name": "probe", "body": "p [WWWW@word] and [#### ####@other]", "width": 700}
    flat, photo = made(page | {"folds": "y"})
    assert flat.texts == {"word": ["WWWW"], "other": ["#### ####"]}
    grey = np.asarray(photo.image.convert("L"), np.float64)
    for boxes in flat.boxes.values():
        x0, y0, x1, y1 = map(round, photo.box(boxes[0]))
        ink = grey < grey[y0 - 4 : y1 + 4, x0 - 4 : x1 + 4].max() * 0.7
        assert ink[y0 + 3 : y1 - 3, x0 : x0 + 7].any()
        assert ink[y0 + 3 : y1 - 3, x1 - 7 : x1].any()
        assert not ink[y0 - 4 : y1 + 4, x0 - 5 : x0 - 2].any()


def test_an_unknown_kind_of_question_is_named() -> None:
    page = {"name": "probe", "ask": "odd | Who? | | |"}
    photo = Photo(Image.new("L", (9, 9)), np.eye(3), Paper(9, 9, 0, 0, ()))
    flat = made({"name": "probe", "body": "p [a@b]", "width": 300})[0]
    with pytest.raises(ValueError, match="odd is no kind"):
        list(questions(page, flat, photo))


def test_its_questions_are_known_as_measure_only() -> None:
    asked = [
        line.split("|")[1].strip()
        for page in descriptions()
        for line in page["ask"].strip().splitlines()
    ]
    phrases = [text for text in asked if is_phrase(text)]
    assert committed().phrases(phrases) == list(dict.fromkeys(phrases))


def test_it_uses_nothing_of_the_page_generator() -> None:
    for path in Path(make_pages.__file__).parent.glob("*.py"):
        if not path.name.startswith("test_"):
            assert "pinpoint_data" not in path.read_text(encoding="utf-8")
