"""A resumable log: records line by line in a JSONL file, so that a stopped run can go on.

A line is in the file when `add` returns. A run that is stopped in the middle of a line leaves a
piece without its end; it is cut off before the next line is written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from pinpoint_edge.errors import DataError, OptionError, OutputError
from pinpoint_edge.storage.atomic import check_writable
from pinpoint_edge.storage.json_text import parse_json
from pinpoint_edge.storage.records import encode, examine

Record = TypeVar("Record")


class Log(Generic[Record]):
    """The records of a JSONL file, or of none.

    Args:
        path: a file to go on with, or one to make with the first record; None keeps the records in
            memory alone.
        kind: the dataclass of a record, or `dict` for any JSON object.
        key: returns what a record is about; a later record replaces an earlier one of the same key.
            None: records are numbered from 0.
        by: the digest of what decides the records (weights, settings, questions). It goes into
            every line, so that records of other settings are never taken for these.
        shared: the file may hold records `by` others, which are left alone; otherwise it is stale.
        to_json: returns the JSON object of a record.

    Attributes:
        done: the records by key, in the order of the file.
        resumed: the keys that the file held when it was opened.

    Raises DataError (a line is no such record), OptionError (stale), OutputError (the file cannot
    be read or written).
    """

    def __init__(
        self,
        path: Path | None,
        kind: type[Record],
        key: Callable[[Record], Hashable] | None = None,
        *,
        by: str | None = None,
        shared: bool = False,
        to_json: Callable[[Record], dict[str, Any]] = encode,
    ) -> None:
        self.path = path
        self.done: dict[Hashable, Record] = {}
        self._kind, self._key, self._to_json = kind, key, to_json
        self._by, self._shared = by, shared
        self._torn: int | None = None  # bytes of the whole lines, where a piece follows them
        if path is not None:
            check_writable(path)
            if path.exists():
                self._read(path)
        self.resumed = frozenset(self.done)

    def add(self, record: Record) -> None:
        """Keep a record; it is in the file when this returns. Raises OutputError."""
        if self.path is not None:
            row = self._to_json(record)
            row = row if self._by is None else {"by": self._by, **row}
            line = (json.dumps(row, ensure_ascii=False) + "\n").encode()
            try:
                with self.path.open("ab") as file:
                    if self._torn is not None:
                        file.truncate(self._torn)
                    self._torn = file.seek(0, os.SEEK_END)  # until the line is whole
                    file.write(line)
            except OSError as error:
                raise OutputError(
                    f"{self.path} cannot be written: {error.strerror}; choose another file."
                ) from error
            self._torn = None
        self._keep(record)

    def _keep(self, record: Record) -> None:
        self.done[self._key(record) if self._key else len(self.done)] = record

    def _read(self, path: Path) -> None:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise OutputError(
                f"{path} cannot be read: {error.strerror}; choose another file."
            ) from error
        whole = content.rfind(b"\n") + 1
        self._torn = whole if whole < len(content) else None
        for number, line in enumerate(content[:whole].split(b"\n"), 1):
            if line.strip():
                self._read_line(line, path, number)

    def _read_line(self, line: bytes, path: Path, number: int) -> None:
        try:
            row = parse_json(line)
        except ValueError as error:
            raise _broken(path, number, error) from error
        if self._by is not None:
            by = row.pop("by", None) if isinstance(row, dict) else None
            if not isinstance(by, str):
                raise _broken(path, number, "the digest 'by' is missing")
            if by != self._by:
                if self._shared:
                    return
                raise OptionError(
                    f"{path} belongs to other weights, settings or questions: delete it or name "
                    "another file."
                )
        record, problems = examine(self._kind, row)
        if problems:
            raise _broken(path, number, problems[0])
        self._keep(cast(Record, record))


def _broken(path: Path, number: int, problem: object) -> DataError:
    return DataError(
        f"{path}, line {number}: this is no record of this log ({problem}); remove the line, or "
        "name another file."
    )
