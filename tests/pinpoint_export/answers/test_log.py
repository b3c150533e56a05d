"""Answers that survive the end of a run."""

from __future__ import annotations

import json

import pytest

from pinpoint_edge.errors import DataError, OptionError, OutputError
from pinpoint_export.answers.log import AnswerLog, Said, key

FOUND, LOST = Said("48.75 \u20ac", True), Said(None, False)


def test_a_log_goes_on_where_it_ended(tmp_path):
    path = tmp_path / "answers.jsonl"
    log = AnswerLog(path, "me", shared=False)
    log.add("a", FOUND)
    log.add("b", LOST)
    assert AnswerLog(path, "me", shared=False).answers == {"a": FOUND, "b": LOST}


def test_a_line_that_was_being_written_is_dropped(tmp_path):
    path = tmp_path / "answers.jsonl"
    AnswerLog(path, "me", shared=False).add("a", FOUND)
    with path.open("a") as file:
        file.write('{"by": "me", "id": "b", "te')
    log = AnswerLog(path, "me", shared=False)
    log.add("c", LOST)
    assert AnswerLog(path, "me", shared=False).answers == {"a": FOUND, "c": LOST}


def test_answers_of_others_are_refused_or_passed_over(tmp_path):
    path = tmp_path / "answers.jsonl"
    AnswerLog(path, "me", shared=True).add("a", FOUND)
    AnswerLog(path, "you", shared=True).add("a", LOST)
    assert AnswerLog(path, "you", shared=True).answers == {"a": LOST}
    with pytest.raises(OptionError, match="other weights"):
        AnswerLog(path, "you", shared=False)


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        "[]",
        '{"by": "me"}',
        json.dumps({"by": 1, "id": "a", "text": None, "found": True}),
    ],
)
def test_another_file_is_refused_with_its_line(tmp_path, line):
    path = tmp_path / "answers.jsonl"
    AnswerLog(path, "me", shared=False).add("a", FOUND)
    with path.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(DataError, match="line 2"):
        AnswerLog(path, "me", shared=False)


def test_a_place_that_cannot_be_written(tmp_path):
    log = AnswerLog(tmp_path / "no folder" / "answers.jsonl", "me", shared=False)
    with pytest.raises(OutputError, match="cannot be written"):
        log.add("a", FOUND)


def test_a_key_names_all_that_decides():
    assert key({"a": 1, "b": 2}) == key({"b": 2, "a": 1})
    assert key({"a": 1}) != key({"a": 2})
