"""A typed value beside the words that an answer quotes."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

ValueType = Literal["date", "amount", "number", "yes-no", "phone", "iban", "email"]


@dataclass(frozen=True)
class Value:
    """An answer as people mean it.

    `type`: which kind of value; `value`: a date as "2025-04-03", an amount or a number as a decimal
    ("1250.00"), yes or no as a bool, a phone number as E.164 ("+4930123456"), an IBAN without
    spaces, an e-mail address; `currency`: ISO 4217, None where the page names none; `unit`: as it
    is written; `alternatives`: what else the words may mean, as 03/04/2025 may be in March or in
    April; `locale`: that of the page, as it was guessed to read them ("en-US").
    """

    type: ValueType
    value: str | bool
    currency: str | None = None
    unit: str | None = None
    alternatives: tuple[str, ...] = ()
    locale: str | None = None

    @property
    def is_ambiguous(self) -> bool:
        """Whether the words may mean something else as well."""
        return bool(self.alternatives)

    @property
    def date(self) -> datetime.date | None:
        """The date, None of other types."""
        return datetime.date.fromisoformat(str(self.value)) if self.type == "date" else None

    @property
    def decimal(self) -> Decimal | None:
        """The amount or number, None of other types."""
        return Decimal(str(self.value)) if self.type in ("amount", "number") else None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values: type, value, currency, unit, alternatives, locale."""
        return {
            "type": self.type,
            "value": self.value,
            "currency": self.currency,
            "unit": self.unit,
            "alternatives": list(self.alternatives),
            "locale": self.locale,
        }
