"""Annotation files: read strictly, sampled by page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pinpoint_edge.errors import DataError, OptionError
from pinpoint_edge.evaluation.dataset import load_dataset, question_count

Row = dict[str, Any]
NO_BOXES: Row = {"answer_boxes": [], "support_boxes": []}


def row(**changes: Any) -> Row:
    made: Row = {
        "id": "a-1",
        "image": "images/a.png",
        "question": "What is the total?",
        "answers": ["12.50"],
        "answer_boxes": [[50, 10, 90, 20]],
        "support_boxes": [[5, 10, 40, 20], [50, 10, 90, 20]],
        "page": 0,
        "width": 100,
        "height": 60,
    }
    made.update(changes)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    for name in "abcdef":
        Image.new("RGB", (100, 60)).save(tmp_path / f"images/{name}.png")
    return tmp_path


def write(folder: Path, *rows: Row | str) -> Path:
    path = folder / "qa.jsonl"
    lines = [line if isinstance(line, str) else json.dumps(line) for line in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_question_is_read_as_it_stands(folder: Path):
    path = write(folder, row(field="total", alt_answer_boxes=[[0, 0, 5.5, 5]]))
    (page,) = load_dataset(path)
    (question,) = page.questions
    assert page.path == question.path == str(folder / "images/a.png")
    assert (page.width, page.height, question.page, question.field) == (100, 60, 0, "total")
    assert question.answers == ("12.50",)
    assert question.answer_boxes == ((50, 10, 90, 20),)
    assert len(question.support_boxes) == 2
    assert question.alt_answer_boxes == ((0, 0, 5.5, 5),)


def test_unanswerable_questions_and_unmarked_answers_are_fine(folder: Path):
    path = write(
        folder,
        row(answers=[], answer_boxes=[], support_boxes=[]),
        "",
        row(id="a-2", answers=["yes"], answer_boxes=[]),
    )
    assert question_count(load_dataset(path)) == 2


def test_questions_are_grouped_by_page_in_the_order_of_the_file(folder: Path):
    rows = [row(id=f"{k}", image=f"images/{name}.png") for k, name in enumerate("babca")]
    pages = load_dataset(write(folder, *rows))
    assert [[q.id for q in page.questions] for page in pages] == [["0", "2"], ["1", "4"], ["3"]]


def test_page_chooses_a_page_of_a_paged_file_only(folder: Path):
    (folder / "images/form.pdf").write_bytes(b"%PDF-1.7")
    path = write(
        folder,
        row(id="1", image="images/form.pdf", page=2),
        row(id="2", image="images/form.pdf", page=0),
        row(id="3", page=4),  # the image is that page already
    )
    assert [Path(page.path).name for page in load_dataset(path)] == [
        "form.pdf#3",
        "form.pdf#1",
        "a.png",
    ]


def test_turned_photos_are_measured_upright(folder: Path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (60, 100)).save(folder / "images/turned.jpg", exif=exif)
    load_dataset(write(folder, row(image="images/turned.jpg")))
    with pytest.raises(DataError, match="is 100x60 pixels, not 60x100"):
        load_dataset(
            write(folder, row(image="images/turned.jpg", width=60, height=100, **NO_BOXES))
        )


REFUSED: dict[str, tuple[Row | str, str]] = {
    "no json": ('{"id": ', "not JSON"),
    "no object": ("[1, 2]", "expected object, found array"),
    "unknown field": (row(answer="12.50"), "unknown field 'answer'"),
    "missing field": ({k: v for k, v in row().items() if k != "page"}, "'page' is missing"),
    "missing image": (row(image="images/z.png"), "z.png is missing"),
    "another size": (row(image="images/b.png", width=101), "is 100x60 pixels, not 101x60"),
    "box outside": (row(answer_boxes=[[50, 10, 102.5, 20]]), "leaves the page of 100x60"),
    "box left": (row(support_boxes=[[-3, 10, 40, 20]]), "leaves the page"),
    "box inside out": (row(answer_boxes=[[90, 10, 50, 20]]), "with x0 < x1"),
    "box of three": (row(answer_boxes=[[1, 2, 3]]), "expected 4 items"),
    "box of text": (row(answer_boxes=[["1", 2, 3, 4]]), "expected number, found string"),
    "box of nan": (row(answer_boxes=[[float("nan"), 2, 3, 4]]), "NaN is not JSON"),
    "boxes no list": (row(alt_answer_boxes={"a": 1}), "expected array, found object"),
    "answers a string": (row(answers="12.50"), "answers: expected array"),
    "empty answer": (row(answers=[" "]), "a string with text"),
    "boxes of no answer": (row(answers=[]), "answer boxes but no answers"),
    "empty question": (row(question="  "), "question: expected a string with text"),
    "id a number": (row(id=7), "id: expected string"),
    "page negative": (row(page=-1), "page: expected a whole number from 0"),
    "page true": (row(page=True), "page: expected integer, found boolean"),
    "width a fraction": (row(width=99.5), "width: expected integer"),
    "field a list": (row(field=["total"]), "field: expected string"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_broken_lines_are_refused_by_number(folder: Path, name: str):
    line, reason = REFUSED[name]
    with pytest.raises(DataError, match=reason) as failure:
        load_dataset(write(folder, row(id="first"), line))
    assert f"{folder / 'qa.jsonl'}, line 2: " in str(failure.value)


def test_two_pixels_over_the_edge_are_tolerated(folder: Path):
    load_dataset(write(folder, row(answer_boxes=[[-2, -1.5, 102, 62]])))


def test_lines_must_agree_with_each_other(folder: Path):
    with pytest.raises(DataError, match="line 2: the id 'a-1' is taken by line 1"):
        load_dataset(write(folder, row(), row()))
    with pytest.raises(DataError, match=r"line 2: images/a\.png is 90x60 here"):
        load_dataset(write(folder, row(), row(id="2", width=90)))


def test_files_that_are_none(folder: Path):
    with pytest.raises(DataError, match="no such file"):
        load_dataset(folder / "gone.jsonl")
    with pytest.raises(DataError, match="there are no questions"):
        load_dataset(write(folder, ""))
    (folder / "binary.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="UTF-8"):
        load_dataset(folder / "binary.jsonl")
    with pytest.raises(DataError, match="cannot be read"):
        load_dataset(folder)


def test_a_line_separator_inside_a_string_ends_no_line(folder: Path):
    line = json.dumps(row(answers=["one\u2028two"]), ensure_ascii=False)
    (page,) = load_dataset(write(folder, line))
    assert page.questions[0].answers == ("one\u2028two",)


def many(folder: Path) -> Path:
    return write(
        folder,
        *(row(id=f"{name}{k}", image=f"images/{name}.png") for name in "abcdef" for k in range(5)),
    )


def test_limit_takes_whole_pages_by_seed_and_nests(folder: Path):
    path = many(folder)
    twelve = load_dataset(path, limit=12, seed=3)
    assert question_count(twelve) == 12
    assert sorted(len(page.questions) for page in twelve) == [2, 5, 5]
    assert load_dataset(path, limit=12, seed=3) == twelve
    drawn = {tuple(p.path for p in load_dataset(path, limit=10, seed=s)) for s in range(8)}
    assert len(drawn) > 1
    ids = {q.id for page in twelve for q in page.questions}
    more = {q.id for page in load_dataset(path, limit=20, seed=3) for q in page.questions}
    assert ids < more
    assert question_count(load_dataset(path, limit=1000)) == 30
    with pytest.raises(OptionError, match="limit of 0"):
        load_dataset(path, limit=0)


def test_split_keeps_the_listed_images(folder: Path):
    path, split = many(folder), folder / "dev.txt"
    split.write_text("images/c.png\n\n  e.png \n")
    pages = load_dataset(path, split=split)
    assert [Path(page.path).name for page in pages] == ["c.png", "e.png"]
    split.write_text("images/c.png\nimages/q.png\n")
    with pytest.raises(DataError, match=r"line 2: no question is about 'images/q\.png'"):
        load_dataset(path, split=split)
    split.write_text("\n")
    with pytest.raises(DataError, match="lists no image"):
        load_dataset(path, split=split)


def test_fields_keep_their_questions_alone(folder: Path):
    fields = ("total", "date", None, "total")
    path = write(folder, *(row(id=str(n), field=field) for n, field in enumerate(fields)))
    (page,) = load_dataset(path, fields=["total"], limit=5)
    assert [question.id for question in page.questions] == ["0", "3"]
    with pytest.raises(DataError, match=r"about phone; its fields are date, total"):
        load_dataset(path, fields=["total", "phone"])
