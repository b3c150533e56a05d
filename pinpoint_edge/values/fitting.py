"""Words of a page as values of a schema's fields; what does not fit is told, never bent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from pinpoint_edge.values.page_locale import PageLocale
from pinpoint_edge.values.schema import FORMATS, Field
from pinpoint_edge.values.typed import as_type

ALIKE = 0.8  # of an allowed value: words that are more different are another value


@dataclass(frozen=True)
class Unfit:
    """What was found and is no value of its field: the words, and why they do not fit."""

    text: str
    reason: str

    def to_json(self) -> dict[str, str]:
        """Return plain JSON values: text, reason."""
        return {"text": self.text, "reason": self.reason}


def fit(text: str, field: Field, locale: PageLocale) -> Any:
    """Return words as the JSON value of a field, or as `Unfit`."""
    if field.choices:
        return _choice(text, field)
    if field.type in ("number", "integer"):
        return _number(text, field, locale)
    if field.type == "boolean":
        found = as_type(text, "yes-no", locale)
        return found.value if found else Unfit(text, "neither yes nor no")
    value: Any = text
    if field.type == "string" and field.format in FORMATS:
        kind = "date" if field.format == "date-time" else field.format
        typed = as_type(text, kind, locale)  # type: ignore[arg-type]
        if typed is None:
            return Unfit(text, f"no {field.format}")
        value = typed.value
    if field.pattern and not re.search(field.pattern, str(value)):
        return Unfit(text, f"does not match {field.pattern}")
    if field.type == "array":
        return [part.strip() for part in re.split(r"[;,\n]", text) if part.strip()]
    return value


def _number(text: str, field: Field, locale: PageLocale) -> Any:
    found = as_type(text, "amount", locale) or as_type(text, "number", locale)
    decimal = found.decimal if found else None
    if decimal is None:
        return Unfit(text, "no number")
    if field.type == "integer" and decimal != decimal.to_integral_value():
        return Unfit(text, "no whole number")
    if field.minimum is not None and decimal < field.minimum:
        return Unfit(text, f"less than {field.minimum}")
    if field.maximum is not None and decimal > field.maximum:
        return Unfit(text, f"more than {field.maximum}")
    return int(decimal) if field.type == "integer" else float(decimal)


def _choice(text: str, field: Field) -> Any:
    def likeness(choice: Any) -> float:
        one, other = (re.sub(r"\W+", "", str(each).casefold()) for each in (choice, text))
        return SequenceMatcher(None, one, other, autojunk=False).ratio()

    best = max(field.choices, key=likeness)
    if likeness(best) >= ALIKE:
        return best
    return Unfit(text, "none of " + ", ".join(map(str, field.choices)))
