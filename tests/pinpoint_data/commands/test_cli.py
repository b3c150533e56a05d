"""`pinpoint-data`: its other commands on small real files, and on broken ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from pinpoint_edge.evaluation.annotations import load_questions

from ..datasets import sample_sets
from .calls import Data, asked, write

ROOT = Path(__file__).parents[3]
PATHS = os.pathsep.join(str(ROOT / name) for name in (".", "runtimes", "quantization", "export"))


@pytest.mark.parametrize("name", ["preview", "validate", "import", "annotate", "generate", "whole"])
def test_each_command_has_an_example(data: Data, name: str):
    code, out, _ = data(name, "--help")
    assert (code, f"Example: pinpoint-data {name}" in out) == (0, True)


def test_help_and_validate_load_nothing_heavy(folder: Path):
    row = asked(id="1", page=0, width=400, height=300, answer_boxes=[], support_boxes=[])
    qa = write(folder / "qa.jsonl", row)
    code = (
        "import sys; from pinpoint_edge.commands.group import run; "
        "from pinpoint_data.cli import cli; run(cli, sys.argv[1:], 'pinpoint-data'); "
        "print(*(name.split('.')[0] for name in sys.modules))"
    )
    for arguments, heavy in (
        (["--help"], {"numpy", "PIL", "torch"}),
        (["validate", qa], {"torch"}),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": PATHS},
        )  # fmt: skip
        assert not heavy & set(done.stdout.splitlines()[-1].split())


def test_validate_tells_everything(folder: Path, data: Data):
    row = asked(id="1", page=0, width=400, height=300, answer_boxes=[], support_boxes=[])
    boxes = [[0, 0, 900, 9]]
    (folder / "c.png").write_bytes((folder / "a.png").read_bytes()[:200])
    qa = write(
        folder / "qa.jsonl", row, row, row | {"id": "2", "answer_boxes": boxes, "colour": 1},
        row | {"id": "3", "image": "gone.png"}, row | {"id": "4", "width": 401}, "x",
        row | {"id": "5", "image": "c.png"}, row | {"id": "6", "image": "b.png", "answers": [" "]},
    )  # fmt: skip
    code, said, _ = data("validate", qa)
    assert code == 1
    problems = said.splitlines()[:-1]
    numbers = [int(line.split(", line ")[1].split(":")[0]) for line in problems]
    assert numbers == [2, 3, 3, 4, 5, 6, 8]
    assert "7 problems; 2 of 8 lines are right: 2 questions, 2 pages" in said
    code, said, _ = data("validate", qa, "--open", "--json")
    figures = json.loads(said)
    assert (code, len(figures["problems"]), figures["counts"]["questions"]) == (1, 8, 2)
    assert "c.png" in figures["problems"][6]["problem"]


def test_validate_is_content(folder: Path, data: Data):
    row = asked(id="1", page=0, width=400, height=300, answer_boxes=[], support_boxes=[])
    code, said, _ = data("validate", write(folder / "qa.jsonl", row), "--open")
    assert code == 0
    assert "1 answered without boxes" in said
    code, said, _ = data("validate", write(folder / "qa.jsonl", ""))
    assert (code, "there are no questions" in said) == (1, True)
    assert data("validate", folder / "gone.jsonl")[0] == 8


def test_import_a_set(tmp_path: Path, data: Data):
    sample_sets.docvqa(tmp_path / "docvqa")
    out = tmp_path / "qa.jsonl"
    code, said, _ = data("import", "docvqa", tmp_path / "docvqa", "-o", out)
    assert code == 0
    assert "2 rows, 0 review, 4 skipped, 1 boxes proposed, 1 answer not found" in said
    assert "non-commercial" in said
    assert all(question.use == "measure" for question in load_questions(out))
    assert data("validate", out)[0] == 0
    arguments = ("import", "docvqa", tmp_path / "docvqa", "-o", out, "--overwrite", "--json")
    figures = json.loads(data(*arguments, "--use", "train", "--least", 0.5)[1])
    assert (figures["rows"], figures["review"], figures["use"]) == (1, 1, "train")
    assert len(figures["skipped_records"]) == 4
    assert load_questions(out)[0].use == "train"


def test_import_of_a_folder_that_is_none(tmp_path: Path, data: Data):
    out = tmp_path / "qa.jsonl"
    code, _, error = data("import", "funsd", tmp_path, "-o", out)
    assert (code, "holds no training_data/annotations" in error) == (8, True)
    sample_sets.docvqa(tmp_path)
    code, _, error = data("import", "docvqa", tmp_path, "-o", out, "--split", "test")
    assert (code, "gave no question" in error) == (8, True)
    assert data("import", "squad", tmp_path, "-o", out)[0] == 2
    assert not out.exists()


def test_generate_the_same_pages_again(tmp_path: Path, data: Data):
    arguments = ("generate", "--count", 2, "--seed", "t", "--kinds", "receipt", "-o")
    code, said, _ = data(*arguments, tmp_path / "one", "--json")
    figures = json.loads(said)
    assert (code, figures["pages"]) == (0, 2)
    questions = load_questions(tmp_path / "one/qa.jsonl")
    assert len(questions) == figures["questions"] > 2
    assert {question.image for question in questions} == {f"images/t-0000{k}.jpg" for k in (0, 1)}
    data(*arguments, tmp_path / "two")
    for name in ("qa.jsonl", "images/t-00000.jpg", "images/t-00001.jpg"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    code, _, error = data(*arguments, tmp_path / "two")
    assert (code, "is there already" in error) == (9, True)
    assert data("generate", "--count", 1, "--kinds", "novel", "-o", tmp_path / "x")[0] == 2
    assert not (tmp_path / "x").exists()


def test_pages_bound_to_documents_are_asked_what_one_of_them_answers(tmp_path: Path, data: Data):
    arguments = ("--count", 6, "--pages", 3, "--seed", "d", "--kinds", "receipt,form", "-o")
    assert data("generate", *arguments, tmp_path / "made")[0] == 0
    questions = load_questions(tmp_path / "made/qa.jsonl")
    assert questions
    for question in questions:
        assert len(question.all_pages) == 3
        assert [sheet.page for sheet in question.all_pages] == [0, 1, 2]
        assert question.all_pages[question.page] == question
        assert question.answers


def test_preview_of_generated_pages(tmp_path: Path, data: Data):
    code, said, _ = data("preview", "receipt", "--count", 2, "-o", tmp_path / "sheet.png")
    assert (code, "2 pages" in said) == (0, True)
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 800


def test_preview_of_annotated_pages_marks_boxes(folder: Path, data: Data):
    row = asked(id="1", page=1, width=400, height=300)
    row |= {"answer_boxes": [[100, 120, 150, 140]], "support_boxes": [[20, 120, 80, 140]]}
    other = {"image": "b.png", "page": 0, "width": 400, "height": 300}
    pages = [other | {"support_boxes": [[20, 20, 170, 40]]}]
    qa = write(folder / "qa.jsonl", row | {"other_pages": pages}, "broken")
    code, said, _ = data("preview", qa, "-o", folder / "sheet.png")
    assert (code, "2 pages" in said, "skipped: line 2" in said) == (0, True, True)
    with Image.open(folder / "sheet.png") as sheet:
        colours = {pixel for _, pixel in sheet.convert("RGB").getcolors(10**6) or ()}
    assert {(0, 72, 220), (235, 160, 0)} <= colours


def test_preview_that_cannot_be(folder: Path, data: Data):
    assert data("preview", "-o", folder / "sheet.pdf")[0] == 2
    assert data("preview", "novel", "-o", folder / "sheet.png")[0] == 2
    assert data("preview", write(folder / "e.jsonl", "x"), "-o", folder / "sheet.png")[0] == 2
    assert not (folder / "sheet.png").exists()
