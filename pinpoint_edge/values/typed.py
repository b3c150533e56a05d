"""The value of an answer: its type by the question and by its own form."""

from __future__ import annotations

import re

from pinpoint_edge.values.contacts import find_email, find_iban, find_phone
from pinpoint_edge.values.dates import find_dates, without_dates
from pinpoint_edge.values.numbers import find_amount, find_number
from pinpoint_edge.values.page_locale import PageLocale
from pinpoint_edge.values.value import Value, ValueType

# Words of a question that ask for a type; the first that fits counts.
_ASKED: tuple[tuple[ValueType | None, str], ...] = (
    ("email", r"e-?mail|mail address|correo|courriel"),
    ("iban", r"\biban\b"),
    ("phone", r"phone|\btel\b|\bfax\b|mobile|cell number|hotline|telefon|téléphone|teléfono"),
    ("date", r"\bdate\b|\bwhen\b|\bday\b|birthday|\bborn\b|\bexpir|\bdue by\b|datum|\bfecha\b"
             r"|\bdata\b|\bwann\b"),
    (None, r"number|\bno\b\.?|\bcode\b|\bid\b|reference|licen[cs]e|serial|address|zip|postal"
           r"|nummer|\bwho\b|\bname\b"),
    ("amount", r"amount|total|price|cost|\bfee|\btax\b|\bvat\b|balance|\bsum\b|\bpaid\b|\bpay\b"
               r"|\bowe|salary|income|\brent\b|charge|discount|deposit|how much|betrag|preis|summe"
               r"|montant|prix|importe|precio|valor|preço|importo|prezzo"),
    ("number", r"how many|quantity|weight|length|height|width|volume|area|temperature|percent"
               r"|\brate\b|duration|\bage\b|score|wie viele|combien|cuánt|quant"),
)  # fmt: skip
_YES = frozenset({"yes", "ja", "oui", "sí", "si", "sim", "sì", "true", "y"})
_NO = frozenset({"no", "nein", "non", "não", "false", "nee", "n"})
_WHETHER = re.compile(r"(?:is|are|was|were|do|does|did|has|have|had|can|will|ist|sind|hat)\b", re.I)
_COUNT = re.compile(r"number of|no\. of|count of", re.IGNORECASE)


def asked_type(question: str) -> tuple[bool, ValueType | None]:
    """Whether a question asks for a certain type, and which: None is a name or a code."""
    if _COUNT.search(question):
        return True, "number"
    for kind, words in _ASKED:
        if re.search(words, question, re.IGNORECASE):
            return True, kind
    return False, None


def value_of(text: str, question: str, locale: PageLocale) -> Value | None:
    """Return the value of an answer's words, None where they are a name or a code.

    The question says which type is meant; without it, words that can be nothing else are typed.
    """
    known, kind = asked_type(question)
    if kind == "date" and (found := as_type(text, "date", locale)):
        return found
    if _WHETHER.match(question.strip()) and (found := as_type(text, "yes-no", locale)):
        return found
    if known and kind is not None:
        found = as_type(text, kind, locale)
        if found is None and kind in ("amount", "number"):
            other: ValueType = "number" if kind == "amount" else "amount"
            found = as_type(text, other, locale)
        return found
    return None if known else _evident(text, locale)


def as_type(text: str, kind: ValueType, locale: PageLocale) -> Value | None:
    """Return the words as a value of one type, None where they are none."""
    text = text.strip()
    if kind == "date":
        dates = find_dates(text, locale)
        if len(dates) != 1:
            return None
        first, *others = (date.isoformat() for date in dates[0])
        return Value("date", first, alternatives=tuple(others), locale=locale.name)
    if kind == "amount":
        if (amount := find_amount(text, locale)) is None:
            return None
        (first, *others), currency = amount
        own = currency or locale.currency
        return Value("amount", first, own, None, tuple(others), locale.name)
    if kind == "number":
        if (number := find_number(text, locale)) is None:
            return None
        (first, *others), unit = number
        return Value("number", first, None, unit, tuple(others), locale.name)
    if kind == "yes-no":
        word = text.casefold().rstrip(".,!")
        return Value("yes-no", word in _YES) if word in _YES | _NO else None
    found = {
        "phone": lambda: find_phone(text, locale.region),
        "iban": lambda: find_iban(text),
        "email": lambda: find_email(text),
    }[kind]()
    if found is None:
        return None
    return Value(kind, found, locale=locale.name if kind == "phone" else None)


def _evident(text: str, locale: PageLocale) -> Value | None:
    """The value of words that are nothing else: 12/05/2024, 12.50 EUR, 40 kg, a@b.example."""
    if found := as_type(text, "email", locale) or as_type(text, "iban", locale):
        return found
    if not without_dates(text) and (found := as_type(text, "date", locale)):
        return found
    if (amount := find_amount(text, locale)) and amount[1]:
        return as_type(text, "amount", locale)
    if (number := find_number(text, locale)) and number[1]:
        return as_type(text, "number", locale)
    return as_type(text, "phone", locale) if text.strip().startswith("+") else None
