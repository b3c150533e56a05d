"""Many documents in one command: results line by line, resumed, at once, with their faults."""

from __future__ import annotations

import csv
import io
import json
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pinpoint_edge.commands.bundle_options import Run
from pinpoint_edge.document.extraction import Extraction
from pinpoint_edge.errors import PageError
from pinpoint_edge.result import Answer
from pinpoint_edge.values.fitting import Unfit

from ..test_cli import ANSWER

Pinpoint = Callable[..., tuple[int, str, str]]


class Reader:
    """Answers a question with itself; refuses what is named bad."""

    def __init__(self, opened: list[str]) -> None:
        self.opened = opened

    def open(self, pages: list[str], **options: object) -> Reader:
        name = Path(pages[0]).name
        self.opened.append(name)
        if "bad" in name:
            raise PageError(f"{pages[0]}: the file is empty; copy it again")
        return self

    def ask(self, question: str, **options: object) -> Answer:
        return replace(ANSWER, text=f'{question} ł, "x"')

    def extract(self, schema: object, **options: object) -> Extraction:
        return Extraction({"total": 12.5}, {}, {"date": Unfit("soon", "no date")})


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were opened, by a reader in the place of a bundle's."""
    found: list[str] = []
    monkeypatch.setattr(Run, "load", lambda self, jobs=1: Reader(found))
    return found


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    for name in ("a.png", "b.png", "c.png"):
        (folder / name).touch()
    return folder


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_ask_a_folder(
    pinpoint: Pinpoint, small_bundle: Path, scans: Path, opened: list[str]
) -> None:
    code, out, err = pinpoint("ask", small_bundle, scans, "What is it?", "--quiet")
    assert (code, err) == (0, "")
    rows = lines(out)
    assert [Path(row["file"]).name for row in rows] == ["a.png", "b.png", "c.png"]
    assert list(rows[0])[:2] == ["file", "question"]
    assert {"text", "found", "kind", "confidence", "page", "boxes"} <= set(rows[0])
    assert rows[0]["text"] == 'What is it? ł, "x"'
    assert "document 3 of 3" in pinpoint("ask", small_bundle, scans, "What is it?")[2]


def test_questions_of_stdin_and_of_a_list(
    pinpoint: Pinpoint,
    small_bundle: Path,
    scans: Path,
    opened: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("One?\nTwo?\n"))
    # Two pages are one document, with two questions.
    pages = (scans / "a.png", scans / "b.png")
    code, out, _ = pinpoint("ask", small_bundle, *pages, "--questions", "-", "-q")
    assert (code, [row["question"] for row in lines(out)]) == (0, ["One?", "Two?"])
    assert opened == ["a.png"]
    path = scans / "list.jsonl"
    path.write_text('{"file": "a.png", "question": "Own?"}\n{"file": "b.png"}\n')
    code, out, _ = pinpoint("ask", small_bundle, path, "Given?", "-q")
    assert [(row["file"], row["question"]) for row in lines(out)] == [
        ("a.png", "Own?"),
        ("b.png", "Given?"),
    ]
    code, _, err = pinpoint("ask", small_bundle, path)
    assert (code, "There is no question" in err) == (4, True)


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_fault_costs_one_document_and_is_tried_again(
    pinpoint: Pinpoint, small_bundle: Path, scans: Path, opened: list[str], jobs: int
) -> None:
    (scans / "bad.png").touch()
    out = scans.parent / "out.jsonl"
    command = ("ask", small_bundle, scans, "What?", "-o", out, "-q", "--jobs", jobs)
    code, printed, err = pinpoint(*command)
    assert (code, printed) == (1, "")
    assert err.startswith("error[page]: ")
    assert err.count("\n") == 1
    assert [Path(row["file"]).name for row in lines(out.read_text())] == ["a.png", "b.png", "c.png"]
    assert sorted(opened) == ["a.png", "b.png", "bad.png", "c.png"]
    opened.clear()
    assert pinpoint(*command)[0] == 1
    assert opened == ["bad.png"]


def test_a_stopped_run_goes_on(
    pinpoint: Pinpoint, small_bundle: Path, scans: Path, opened: list[str]
) -> None:
    out = scans.parent / "out.jsonl"
    command = ("ask", small_bundle, scans, "What?", "-q", "-o", out)
    assert pinpoint(*command)[0] == 0
    whole = out.read_bytes()
    second = whole.index(b"\n") + 1
    out.write_bytes(whole[: second + 20])  # stopped within the second line
    opened.clear()
    assert pinpoint(*command)[0] == 0
    assert opened == ["b.png", "c.png"]
    assert out.read_bytes() == whole
    opened.clear()
    assert pinpoint("ask", small_bundle, scans, "More?", "-q", "-o", out)[0] == 0
    assert len(lines(out.read_text())) == 6
    code, _, err = pinpoint(*command, "--coverage", "0.5")
    assert (code, "belongs to other weights, settings" in err) == (2, True)


def test_csv(pinpoint: Pinpoint, small_bundle: Path, scans: Path, opened: list[str]) -> None:
    fields, out = scans.parent / "f.json", scans.parent / "out.csv"
    fields.write_text('{"total": "What is the total?", "date": "When?"}')
    command = ("extract", small_bundle, scans, "--fields", fields, "-q")
    assert pinpoint(*command, "-o", out)[0] == 0
    assert (
        sorted(path.name for path in scans.parent.iterdir())
        == [*("cache", "f.json", "out.csv", "scans", "small")]
        or not out.with_name("out.csv.partial").exists()
    )
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["field"] for row in rows] == ["total", "date"] * 3
    assert rows[0]["question"] == "What is the total?"
    assert rows[0]["text"] == 'What is the total? ł, "x"'
    assert json.loads(rows[0]["boxes"]) == [[10.0, 20.0, 110.0, 44.5]]
    code, printed, _ = pinpoint(*command, "--format", "csv")
    assert (code, list(csv.DictReader(io.StringIO(printed)))) == (
        0,
        rows,
    )
    code, _, err = pinpoint(*command, "-o", out)
    assert (code, "out.csv: replaced" in err) == (0, True)


def test_results_into_a_pipe(
    pinpoint: Pinpoint, small_bundle: Path, scans: Path, opened: list[str], tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_text("utf-8")))
    reader.start()
    assert pinpoint("ask", small_bundle, scans, "What?", "-q", "-o", tmp_path / "pipe")[0] == 0
    reader.join()
    assert len(lines(got[0])) == 3


@pytest.mark.parametrize(
    ("more", "code", "reason"),
    [
        (("What?", "-o", "x.json"), 2, "JSON lines or CSV"),
        (("What?", "--annotate", "x.png"), 2, "draws one answer"),
        (("a.png",), 2, "name of a file"),
    ],
)
def test_refused(
    pinpoint: Pinpoint,
    small_bundle: Path,
    scans: Path,
    opened: list[str],
    monkeypatch: pytest.MonkeyPatch,
    more: tuple[str, ...],
    code: int,
    reason: str,
) -> None:
    monkeypatch.chdir(scans)
    found, out, err = pinpoint("ask", small_bundle, ".", *more)
    assert (found, out, reason in err) == (code, "", True)
    assert opened == []


def test_outputs_that_are_inputs(
    pinpoint: Pinpoint, small_bundle: Path, scans: Path, opened: list[str]
) -> None:
    page, fields = scans / "a.png", scans.parent / "f.json"
    fields.write_text('{"a": "b?"}')
    for command in (
        ("ask", small_bundle, page, "What?", "--annotate", page),
        ("ask", small_bundle, f"{page}#1", "What?", "--annotate", page),
        ("ask", small_bundle, page, "What?", "-o", page),
        ("ask", small_bundle, page, "--questions", fields, "-o", fields),
        ("ask", small_bundle, scans, "What?", "-o", page, "--format", "jsonl"),
        ("extract", small_bundle, page, "--fields", fields, "--output", fields),
        ("extract", small_bundle, page, "--fields", fields, "--out", page),
    ):
        code, _, err = pinpoint(*command)
        assert (code, "is read by this command" in err) == (9, True)
    assert opened == []
    assert page.read_bytes() == b""


def test_a_schema_over_a_folder(
    pinpoint: Pinpoint, small_bundle: Path, scans: Path, opened: list[str], tmp_path: Path
) -> None:
    schema, out = tmp_path / "schema.json", tmp_path / "out.jsonl"
    schema.write_text('{"properties": {"total": {"type": "number"}, "date": {"format": "date"}}}')
    arguments = ("extract", small_bundle, scans, "--schema", schema, "-o", out, "--quiet")
    assert pinpoint(*arguments)[0] == 0
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [row["data"] for row in rows] == [{"total": 12.5}] * len(opened)
    assert rows[0]["unfit"] == {"date": {"text": "soon", "reason": "no date"}}
    count = len(opened)
    assert pinpoint(*arguments)[0] == 0
    assert len(opened) == count, "what is done is not read again"
