"""`pinpoint-data annotate`: proposals on small real files, and on broken ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pinpoint_edge.evaluation.annotations import load_questions
from pinpoint_edge.storage.resumable_log import Log

from ..datasets import sample_sets
from .calls import Data, asked, write


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
    assert (first.width, first.height) == sample_sets.SIZE
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
    written: list[str] = []
    add = Log.add

    def stopped(log: Log, row: dict) -> None:
        if len(written) == 3:
            with log.path.open("a") as file:
                file.write(json.dumps(row)[:20])
            raise KeyboardInterrupt
        written.append(row["id"])
        add(log, row)

    monkeypatch.setattr(Log, "add", stopped)
    assert data(*arguments, "--overwrite")[0] == 130

    def counted(log: Log, row: dict) -> None:
        written.append(row["id"])
        add(log, row)

    monkeypatch.setattr(Log, "add", counted)
    assert out.read_bytes() == whole
    other = write(folder / "other.jsonl", asked())
    code, _, error = data("annotate", other, *arguments[2:], "--overwrite")
    assert (code, "other weights, settings or questions" in error) == (2, True)
    assert data(*arguments, "--overwrite")[0] == 0
    assert out.read_bytes() == whole
    assert written == list("012345")  # each once


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
