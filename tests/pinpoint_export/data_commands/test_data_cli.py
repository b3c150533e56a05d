"""`pinpoint-data`: every command on small real files, and on broken ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pinpoint_edge.annotations import load_questions
from pinpoint_edge.commands.group import run
from pinpoint_export.annotating import rows
from pinpoint_export.data_cli import cli

from ...pinpoint_edge import page_files
from ..datasets import made_sets

ROOT = Path(__file__).parents[3]
PATHS = os.pathsep.join(str(ROOT / name) for name in (".", "runtimes", "quantization", "export"))

Data = Callable[..., tuple[int, str, str]]


@pytest.fixture
def data(capsys: pytest.CaptureFixture[str]) -> Data:
    """Run the command line in this process: exit code, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = run(cli, [str(a) for a in arguments], "pinpoint-data")
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def asked(**changes: Any) -> dict[str, Any]:
    return {"image": "a.png", "question": "What is the total?", "answers": ["48.75"], **changes}


def write(path: Path, *lines: Any) -> Path:
    path.write_text("".join((x if isinstance(x, str) else json.dumps(x)) + "\n" for x in lines))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pages a.png and b.png, and lines.jsonl of both."""
    found = []
    for name in ("a.png", "b.png"):
        made_sets.draw(tmp_path / name)
        words = [word for line in made_sets.LINES for word in line]
        lines = [{"box": box, "text": text} for text, box in words]
        found.append({"image": name, "lines": lines})
    write(tmp_path / "lines.jsonl", *found)
    return tmp_path


@pytest.mark.parametrize("name", ["preview", "validate", "import", "annotate", "generate"])
def test_each_command_has_an_example(data: Data, name: str):
    code, out, _ = data(name, "--help")
    assert (code, f"Example: pinpoint-data {name}" in out) == (0, True)


def test_help_and_validate_load_nothing_heavy(folder: Path):
    row = asked(id="1", page=0, width=400, height=300, answer_boxes=[], support_boxes=[])
    qa = write(folder / "qa.jsonl", row)
    code = (
        "import sys; from pinpoint_edge.commands.group import run; "
        "from pinpoint_export.data_cli import cli; run(cli, sys.argv[1:], 'pinpoint-data'); "
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


def test_annotate_fills_in_what_is_missing(folder: Path, data: Data):
    qa = write(
        folder / "mine.jsonl",
        asked(),
        asked(answers=["nothing"], question="And the tax?", id="tax"),
        asked(image="b.png", answers=[]),
    )
    out = folder / "qa.jsonl"
    code, said, _ = data("annotate", qa, "-o", out, "--lines", folder / "lines.jsonl")
    assert (code, "3 rows, 0 left to a person, 1 with boxes" in said) == (0, True)
    first, tax, none = load_questions(out)
    assert (first.id, tax.id, none.id) == ("mine-1", "tax", "mine-3")
    assert (first.width, first.height) == made_sets.SIZE
    assert first.answer_boxes == ((100, 120, 150, 140),)
    assert first.support_boxes == ((20, 120, 80, 140), (100, 120, 150, 140))
    assert (tax.answer_boxes, tax.confidence) == ((), 0.1)
    assert not (folder / "qa.jsonl.part").exists()


def test_low_ones_are_left_to_a_person(folder: Path, data: Data):
    qa = write(folder / "mine.jsonl", asked(), asked(answers=["nothing"]))
    out = folder / "qa.jsonl"
    _, said, _ = data("annotate", qa, "-o", out, "--lines", folder / "lines.jsonl", "--least", 0.5)
    assert "1 rows, 1 left to a person" in said
    (unsure,) = load_questions(folder / "qa.review.jsonl")
    assert unsure.answers == ("nothing",)


def test_broken_lines_are_named_and_the_rest_annotated(folder: Path, data: Data):
    (folder / "c.png").write_bytes(b"no image")
    qa = write(
        folder / "mine.jsonl", "{", asked(image="gone.png"), asked(image="c.png"), asked(answer=1),
        asked(id="x"), asked(id="x"), asked(width=7, height=9), [1],
    )  # fmt: skip
    out = folder / "qa.jsonl"
    arguments = ("annotate", qa, "-o", out, "--lines", folder / "lines.jsonl")
    code, said, _ = data(*arguments, "--json")
    figures = json.loads(said)
    assert (code, figures["rows"], figures["skipped"]) == (0, 1, 7)
    text = " ".join(figures["skipped_lines"])
    for part in (
        "line 1: ", "gone.png: the image is missing", "c.png", "unknown field 'answer'",
        "'x' stands on an earlier line", "is 400, not 7", "this is a list",
    ):  # fmt: skip
        assert part in text, part
    code, _, error = data(*arguments)
    assert (code, "is there already" in error) == (9, True)


def test_boxes_that_are_there_are_kept(folder: Path, data: Data):
    own = asked(answer_boxes=[[1, 2, 30, 40]], support_boxes=[[1, 2, 30, 40]])
    out = folder / "sub"
    out.mkdir()
    data("annotate", write(folder / "m.jsonl", own), "-o", out / "qa.jsonl", "--lines", folder / "lines.jsonl")  # fmt: skip # noqa: E501
    (question,) = load_questions(out / "qa.jsonl")
    assert (question.answer_boxes, question.confidence) == (((1, 2, 30, 40),), None)
    assert question.image == "../a.png"


def test_a_run_that_was_ended_goes_on(folder: Path, data: Data, monkeypatch: pytest.MonkeyPatch):
    lines = [asked(id=str(k), image="ab"[k % 2] + ".png") for k in range(6)]
    qa, out = write(folder / "mine.jsonl", *lines), folder / "qa.jsonl"
    arguments = ("annotate", qa, "-o", out, "--lines", folder / "lines.jsonl")
    data(*arguments)
    whole = out.read_bytes()
    made: list[str] = []
    append = rows.append_line

    def ended(path: Path, line: str) -> None:
        if len(made) == 4:
            with path.open("a") as file:
                file.write(line[:20])
            raise KeyboardInterrupt
        made.append(line)
        append(path, line)

    monkeypatch.setattr(rows, "append_line", ended)
    assert data(*arguments, "--overwrite")[0] == 130

    def counted(path: Path, line: str) -> None:
        made.append(line)
        append(path, line)

    monkeypatch.setattr(rows, "append_line", counted)
    assert out.read_bytes() == whole
    other = write(folder / "other.jsonl", asked())
    code, _, error = data("annotate", other, *arguments[2:], "--overwrite")
    assert (code, "begun with other settings" in error) == (9, True)
    assert data(*arguments, "--overwrite")[0] == 0
    assert out.read_bytes() == whole
    assert len(made) == 7  # the settings and each row once


def test_score_hides_the_boxes(folder: Path, data: Data):
    good = {"answer_boxes": [[100, 120, 150, 140]], "support_boxes": [[20, 120, 80, 140]]}
    bad = {"answer_boxes": [[1, 2, 3, 4]], "support_boxes": []}
    sized = {"width": 400, "height": 300}
    qa = write(folder / "m.jsonl", asked(**good, **sized), asked(image="b.png", **bad, **sized))
    code, said, _ = data("annotate", qa, "--score", "--lines", folder / "lines.jsonl", "--json")
    figures = json.loads(said)
    assert (code, figures["questions"], figures["right"]) == (0, 2, 0.5)
    assert "answer recall" in data("annotate", qa, "--score", "--lines", folder / "lines.jsonl")[1]


def test_annotate_with_a_folder_of_ocr_files(folder: Path, data: Data):
    (folder / "ocr").mkdir()
    (folder / "ocr/a.txt").write_text("100,120,150,120,150,140,100,140,48.75\n")
    qa = write(folder / "m.jsonl", asked(), asked(image="b.png"))
    _, said, _ = data("annotate", qa, "-o", folder / "qa.jsonl", "--ocr", folder / "ocr")
    assert "1 rows" in said
    assert "has no OCR file b.json|.txt|.csv" in said


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ((), "Give either -o OUT.jsonl"),
        (("-o", "x.jsonl", "--score"), "Give either -o OUT.jsonl"),
        (("--score", "--lines", "l.jsonl", "--ocr", "."), "from one place"),
        (("-o", "/nowhere/x.jsonl", "--lines", "l.jsonl"), "l.jsonl"),
    ],
)
def test_options_of_annotate_that_make_no_sense(
    folder: Path, data: Data, options: tuple[str, ...], reason: str
):
    code, _, error = data("annotate", write(folder / "m.jsonl", asked()), *options)
    assert code != 0
    assert reason in error


def reads_the_page(folder: Path, data: Data, *source: object) -> None:
    qa = write(folder / "m.jsonl", asked())
    code, said, error = data("annotate", qa, "-o", folder / "qa.jsonl", *source)
    assert (code, "1 with boxes" in said) == (0, True), error
    (question,) = load_questions(folder / "qa.jsonl")
    x0, y0, x1, y1 = question.answer_boxes[0]
    assert x0 < 120 < x1
    assert y0 < 130 < y1


def test_annotate_reads_pages_with_the_shipped_weights(folder: Path, data: Data):
    reads_the_page(folder, data)


@pytest.mark.slow
def test_annotate_reads_pages_with_a_bundle(folder: Path, data: Data, forms_bundle: Path):
    reads_the_page(folder, data, "--bundle", forms_bundle, "--threads", 1)


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
    made_sets.docvqa(tmp_path / "docvqa")
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
    made_sets.docvqa(tmp_path)
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
        assert len(question.sheets) == 3
        assert [sheet.page for sheet in question.sheets] == [0, 1, 2]
        assert question.sheets[question.page] == question
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


def test_whole_asks_the_pdf_what_was_asked_about_a_picture_of_its_page(
    data: Data, tmp_path: Path
) -> None:
    sheets = [Image.new("RGB", (200, 100 + 50 * number), "white") for number in range(3)]
    (tmp_path / "pdfs").mkdir()
    sheets[0].save(
        tmp_path / "pdfs" / "a.pdf", save_all=True, append_images=sheets[1:], resolution=72
    )
    sheets[1].save(tmp_path / "a_p1.png")
    sheets[1].save(tmp_path / "b_p0.png")
    page = {"page": 1, "width": 200, "height": 150, "answers": ["48.75"], "question": "Total?"}
    boxes = {"answer_boxes": [[10, 20, 60, 40]], "support_boxes": [[10, 20, 60, 40]]}
    file = write(
        tmp_path / "qa.jsonl",
        {"id": "1", "image": "a_p1.png", **page, **boxes},
        {"id": "2", "image": "b_p0.png", **page, **boxes},
    )
    out = tmp_path / "made" / "whole.jsonl"
    out.parent.mkdir()
    call = ("whole", file, "--pdfs", tmp_path / "pdfs", "-o", out)
    code, said, _ = data(*call, "--json")
    assert code == 0
    assert json.loads(said) == {"out": str(out), "questions": 1, "documents": 1, "left_out": 1}
    (question,) = load_questions(out)
    # Pages are opened at 144 dots an inch, twice the size of the picture.
    assert [(s.image, s.page, s.width, s.height) for s in question.sheets] == [
        ("../pdfs/a.pdf", 0, 400, 200),
        ("../pdfs/a.pdf", 1, 400, 300),
        ("../pdfs/a.pdf", 2, 400, 400),
    ]
    assert question.page == 1
    assert question.answer_boxes == question.support_boxes == ((20, 40, 120, 80),)
    assert data("validate", out, "--open")[0] == 0
    code, _, error = data(*call)
    assert code != 0
    assert "there already" in error


def test_whole_says_which_page_a_pdf_lacks_and_when_it_has_none(data: Data, tmp_path: Path) -> None:
    picture = Image.new("RGB", (200, 100), "white")
    picture.save(tmp_path / "a.pdf")
    picture.save(tmp_path / "a_p4.png")
    page = {"id": "1", "image": "a_p4.png", "page": 4, "width": 200, "height": 100}
    row = {**page, **asked(image="a_p4.png"), "answer_boxes": [], "support_boxes": []}
    file = write(tmp_path / "qa.jsonl", row)
    code, _, error = data("whole", file, "--pdfs", tmp_path, "-o", tmp_path / "out.jsonl")
    assert code != 0
    assert "a.pdf has no page 4" in error
    assert not (tmp_path / "out.jsonl").exists()
    (tmp_path / "a.pdf").unlink()
    code, _, error = data("whole", file, "--pdfs", tmp_path, "-o", tmp_path / "out.jsonl")
    assert code != 0
    assert "has no PDF of a page" in error


def text_pdf(*texts: str) -> bytes:
    """A PDF of pages of 72x72 points, each with a line of text at (10, 30) from its lower left."""
    font = 3 + 2 * len(texts)
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(len(texts)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(texts)} >>".encode(),
    ]
    for number, text in enumerate(texts):
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 72] /Contents {4 + 2 * number} 0 R"
            f" /Resources << /Font << /F {font} 0 R >> >> >>".encode(),
            page_files.stream(f"BT /F 8 Tf 10 30 Td ({text}) Tj ET".encode()),
        ]
    helvetica = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    return page_files.pdf([*objects, helvetica])


def test_whole_marks_where_other_pages_say_the_answer_too(data: Data, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(text_pdf("No 48.75", "No 48.751", "No 48.75"))
    Image.new("RGB", (144, 144), "white").save(tmp_path / "a_p0.png")
    page = {"id": "1", "image": "a_p0.png", "page": 0, "width": 144, "height": 144}
    boxes = {"answer_boxes": [[40, 68, 80, 84]], "support_boxes": [[40, 68, 80, 84]]}
    file = write(tmp_path / "qa.jsonl", {**page, **asked(image="a_p0.png"), **boxes})
    assert data("whole", file, "--pdfs", tmp_path, "-o", tmp_path / "out.jsonl")[0] == 0
    (question,) = load_questions(tmp_path / "out.jsonl")
    assert [len(sheet.alt_answer_boxes) for sheet in question.sheets] == [0, 0, 1]
    ((x0, y0, x1, y1),) = question.sheets[2].alt_answer_boxes
    assert 18 <= x0 < 24 < 70 < x1 < 110
    assert 60 < y0 < 76 < y1 < 92
