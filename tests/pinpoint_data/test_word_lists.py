"""Word lists are data with a source, read strictly."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from pinpoint_data import word_lists
from pinpoint_edge.errors import DataError

FILES = sorted(word_lists.FOLDER.iterdir())


@dataclass(frozen=True)
class Fact:
    sentence: str
    year: int


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def write(text: str) -> None:
        (tmp_path / "made.toml").write_text(text)
        word_lists._content.cache_clear()

    monkeypatch.setattr(word_lists, "FOLDER", tmp_path)
    yield write
    word_lists._content.cache_clear()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_list_says_where_it_comes_from(path: Path) -> None:
    first, *rest = path.read_text(encoding="utf-8").splitlines()
    assert first.startswith("source = ")
    assert tomllib.loads(first)["source"].endswith(".")
    assert rest


def test_lists_groups_pairs_and_records_are_read(write) -> None:
    write(
        """source = "Made."
colours = ["red", "dark red", "red"]
pairs = [["a", "b"]]
[kinds]
name = ["Owner"]
date = ["Born", "Died"]
[[facts]]
sentence = "It rained."
year = 1990
"""
    )
    assert word_lists.words("made", "colours") == ("red", "dark red", "red")
    assert word_lists.words("made", "kinds", "date") == ("Born", "Died")
    assert word_lists.names("made", "kinds") == ("name", "date")
    assert word_lists.groups("made", "kinds") == {"name": ("Owner",), "date": ("Born", "Died")}
    assert word_lists.pairs("made", "pairs") == (("a", "b"),)
    assert word_lists.records(Fact, "made", "facts") == (Fact("It rained.", 1990),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('colours = ["red"]', "where it comes from"),
        ('source = "Made."\ncolours = [', "cannot be read"),
        ('source = "Made."\ncolours = []', "colours is no list of words"),
        ('source = "Made."\ncolours = "red"', "colours is no list of words"),
        ('source = "Made."\ncolours = [" red"]', "single spaces"),
        ('source = "Made."\ncolours = [3]', "single spaces"),
        ('source = "Made."\nothers = ["red"]', "colours is no list of words"),
    ],
)
def test_a_malformed_list_is_refused(write, text: str, problem: str) -> None:
    write(text)
    with pytest.raises(DataError, match=problem):
        word_lists.words("made", "colours")


def test_records_and_tables_are_checked_as_well(write) -> None:
    write('source = "Made."\npairs = [["a"]]\nfacts = [{ sentence = "It rained." }]\n')
    with pytest.raises(DataError, match="year"):
        word_lists.records(Fact, "made", "facts")
    with pytest.raises(DataError, match="pairs"):
        word_lists.pairs("made", "pairs")
    with pytest.raises(DataError, match="no table"):
        word_lists.groups("made", "kinds")
    with pytest.raises(DataError, match="cannot be read"):
        word_lists.words("missing", "colours")
