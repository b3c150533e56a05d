"""Word lists: the labels, names, sentences and question wordings that pages are made of.

They are data, in `lists/*.toml`; each file says in `source` where its words come from. An entry
that is twice in a list is drawn twice as often.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pinpoint_edge.errors import DataError
from pinpoint_edge.storage.records import decode

FOLDER = Path(__file__).parent / "lists"
Record = TypeVar("Record")


def words(file: str, *keys: str) -> tuple[str, ...]:
    """The words of the list at `keys` in a file; DataError when it is missing or malformed."""
    return _texts(_value(file, keys), _where(file, keys))


def groups(file: str, *keys: str) -> dict[str, tuple[str, ...]]:
    """The lists of the table at `keys` in a file, by name; DataError as for `words`."""
    return {name: words(file, *keys, name) for name in names(file, *keys)}


def records(kind: type[Record], file: str, *keys: str) -> tuple[Record, ...]:
    """The records of the list at `keys` in a file as dataclasses; DataError as for `words`."""
    rows, where = _value(file, keys), _where(file, keys)
    if not isinstance(rows, list) or not rows:
        raise DataError(f"{where} is no list of records; restore the file.")
    return tuple(decode(kind, row, f"{where}[{number}]") for number, row in enumerate(rows))


def names(file: str, *keys: str) -> tuple[str, ...]:
    """The names in the table at `keys` in a file, in its order; DataError as for `words`."""
    table = _value(file, keys)
    if not isinstance(table, dict) or not table:
        raise DataError(f"{_where(file, keys)} is no table; restore the file.")
    return tuple(table)


def lists(file: str, *keys: str) -> tuple[tuple[str, ...], ...]:
    """The lists of words in the list at `keys` in a file; DataError as for `words`."""
    rows, where = _value(file, keys), _where(file, keys)
    if not isinstance(rows, list) or not rows:
        raise DataError(f"{where} is no list of lists; restore the file.")
    return tuple(_texts(row, f"{where}[{number}]") for number, row in enumerate(rows))


def pairs(file: str, *keys: str) -> tuple[tuple[str, str], ...]:
    """The pairs of words of the list at `keys` in a file; DataError as for `words`."""
    found = lists(file, *keys)
    if any(len(pair) != 2 for pair in found):
        raise DataError(f"{_where(file, keys)} is no list of pairs; restore the file.")
    return tuple((first, second) for first, second in found)


@cache
def _content(file: str) -> dict[str, Any]:
    path = FOLDER / f"{file}.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"The word list {path} cannot be read ({error}); restore it.") from error
    if not isinstance(content.get("source"), str):
        raise DataError(f"The word list {path} does not say where it comes from; give a 'source'.")
    return content


def _value(file: str, keys: tuple[str, ...]) -> Any:
    value: Any = _content(file)
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _where(file: str, keys: tuple[str, ...]) -> str:
    return f"{FOLDER / file}.toml: {'.'.join(keys)}"


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise DataError(f"{where} is no list of words; restore the file.")
    for text in value:
        if not isinstance(text, str) or text != " ".join(text.split()):
            raise DataError(f"{where} holds {text!r}; write words with single spaces between them.")
    return tuple(value)
