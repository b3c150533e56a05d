"""Answers kept line by line in a JSONL file, so that a run that was ended goes on where it was.

Every line says by whom it was answered (`by`, a digest of what decides the answers), so that the
answers of other weights, another bundle or other questions are never taken for these.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pinpoint_edge.errors import DataError, OptionError
from pinpoint_edge.storage.atomic import append_line, read_lines


@dataclass(frozen=True)
class Said:
    """One answer: its text (None: not found), and whether the page holds it."""

    text: str | None
    found: bool


def key(facts: Mapping[str, object]) -> str:
    """Return the digest of what decides answers, as plain JSON values."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class AnswerLog:
    """The answers that one reader gave, by question; without a path they are only held.

    path: a file to go on with, or one to make. by: the `key` of the reader. shared: the file may
    hold the answers of other readers; otherwise such a file is stale and refused.

    Raises DataError (no answer log), OptionError (stale), OutputError (cannot be written).
    """

    def __init__(self, path: Path | None, by: str, *, shared: bool) -> None:
        self._path, self._by = path, by
        self.answers: dict[str, Said] = {}
        if path is not None and path.exists():
            self._read(path, shared)

    def add(self, question: str, said: Said) -> None:
        """Keep an answer; it is in the file when this returns."""
        self.answers[question] = said
        if self._path is None:
            return
        row = {"by": self._by, "id": question, "text": said.text, "found": said.found}
        append_line(self._path, json.dumps(row, ensure_ascii=False))

    def _read(self, path: Path, shared: bool) -> None:
        for number, line in enumerate(read_lines(path), 1):
            by, question, said = _row(line, f"{path}, line {number}")
            if by == self._by:
                self.answers[question] = said
            elif not shared:
                raise OptionError(
                    f"{path} holds the answers of other weights, settings or questions: delete it "
                    "or name another file."
                )


def _row(line: bytes, where: str) -> tuple[str, str, Said]:
    try:
        row = json.loads(line)
        by, question, text, found = row["by"], row["id"], row["text"], row["found"]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{where}: this is no kept answer ({error}); name another file.") from error
    if not (isinstance(by, str) and isinstance(question, str) and isinstance(found, bool)):
        raise DataError(f"{where}: this is no kept answer; name another file.")
    return by, question, Said(text, found)
