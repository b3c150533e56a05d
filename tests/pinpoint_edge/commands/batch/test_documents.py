"""Documents and questions that a command line names."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from pinpoint_edge.commands.batch.documents import (
    Listed,
    check_question,
    listed_documents,
    read_questions,
)
from pinpoint_edge.errors import DataError, OptionError, PageError


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    for name in ("b.png", "a.PDF", "c.heic", ".hidden.png", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/d.tif").touch()
    return tmp_path


def names(found: list[Listed] | None) -> list[str]:
    assert found is not None
    assert all(len(each.pages) == 1 for each in found)
    return [Path(each.name).name for each in found]


def test_pages_alone_are_one_document(scans: Path) -> None:
    pages = [str(scans / "a.PDF"), str(scans / "b.png") + "#1"]
    assert listed_documents(pages, each=False) is None
    assert names(listed_documents(pages, each=True)) == ["a.PDF", "b.png#1"]


def test_a_folder_is_its_pages_in_order(scans: Path) -> None:
    assert names(listed_documents([str(scans)], each=False)) == ["a.PDF", "b.png", "c.heic"]
    (scans / "empty").mkdir()
    with pytest.raises(PageError, match="holds no page"):
        listed_documents([str(scans / "empty")], each=False)


def test_a_pattern(scans: Path) -> None:
    assert names(listed_documents([str(scans / "*")], each=False)) == ["a.PDF", "b.png", "c.heic"]
    assert names(listed_documents([str(scans / "**/*.tif")], each=False)) == ["d.tif"]
    with pytest.raises(PageError, match="no page fits"):
        listed_documents([str(scans / "*.gif")], each=False)
    (scans / "odd[1].png").touch()
    assert listed_documents([str(scans / "odd[1].png")], each=False) is None


def test_a_list(tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl"
    path.write_text(
        '{"file": "a.pdf", "question": "What?"}\n\n'
        '{"pages": ["b.png", "/c.png"], "questions": ["One?", "Two?"], "note": 3}\n'
    )
    assert listed_documents([str(path)], each=False) == [
        Listed("a.pdf", (str(tmp_path / "a.pdf"),), ("What?",)),
        Listed("b.png", (str(tmp_path / "b.png"), "/c.png"), ("One?", "Two?")),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "line 1 is not valid JSON"),
        ("[]", "line 1: .*expected"),
        ("{}", "line 1: .*name one document"),
        ('{"file": 3}', "line 1: file"),
        ('{"pages": []}', "name one document"),
        ('{"file": "a", "pages": ["b"]}', "name one document"),
        ('{"file": "a", "question": ""}', "line 1: question: expected a text"),
        ('{"file": "a", "questions": "b"}', "line 1: questions"),
        ("", "names no document"),
    ],
)
def test_broken_lists(tmp_path: Path, line: str, reason: str) -> None:
    (tmp_path / "list.jsonl").write_text(line)
    with pytest.raises(DataError, match=reason):
        listed_documents([str(tmp_path / "list.jsonl")], each=False)


def test_a_question_that_is_a_file_is_refused(scans: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(scans)
    for question in ("b.png", "notes.txt", str(scans / "a.PDF"), "gone.jpg"):
        with pytest.raises(OptionError, match="is the name of a file; put a question last"):
            check_question(question)
    for question in ("What is in b.png?", "deep", "total", "x" * 10_000, "nul\0"):
        assert check_question(question) == question


def test_questions_of_a_file_and_of_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "q.txt").write_text("\ufeffWhat?\n\n Who? \n", "utf-8")
    assert read_questions(str(tmp_path / "q.txt")) == ("What?", "Who?")
    monkeypatch.setattr("sys.stdin", io.StringIO("Where?\n"))
    assert read_questions("-") == ("Where?",)
    with pytest.raises(DataError, match="holds no question"):
        read_questions("-")
    with pytest.raises(DataError, match="cannot be read"):
        read_questions(str(tmp_path / "none.txt"))
    (tmp_path / "latin").write_bytes(json.dumps("é", ensure_ascii=False).encode("latin-1"))
    with pytest.raises(DataError, match="cannot be read"):
        read_questions(str(tmp_path / "latin"))
