"""JSON text: parsed strictly, and digested in one canonical form."""

from __future__ import annotations

import hashlib
import json
from typing import cast


def parse_json(raw: bytes | str) -> object:
    """Parse JSON strictly: UTF-8, no duplicate key, no NaN or Infinity; raises ValueError."""
    text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
    try:
        return cast(
            object, json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        )
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def json_digest(values: object) -> str:
    """Return the SHA-256 of plain JSON values as hexadecimal digits; the order of keys is free."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        raise ValueError(f"key {', '.join(twice)} occurs twice in one object")
    return found


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
