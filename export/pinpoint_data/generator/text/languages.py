"""Labels, values and questions in German, French, Spanish, Portuguese and Italian."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from pinpoint_data.generator.questions import natural
from pinpoint_data.generator.text.vocabulary import Maker
from pinpoint_data.word_lists import groups, lists

LOCALES = {"de": "de_DE", "fr": "fr_FR", "es": "es_ES", "pt": "pt_PT", "it": "it_IT"}
DATES = {
    "de": ("%d.%m.%Y", "%d.%m.%y", "%d. {month} %Y"),
    "fr": ("%d/%m/%Y", "%d.%m.%Y", "%d {month} %Y"),
    "es": ("%d/%m/%Y", "%d-%m-%Y", "%d de {month} de %Y"),
    "pt": ("%d/%m/%Y", "%d-%m-%Y", "%d de {month} de %Y"),
    "it": ("%d/%m/%Y", "%d.%m.%Y", "%d {month} %Y"),
}
ENGLISH_SHARE = 0.5
"""How many questions about a page in another language are asked in English."""
QUESTIONS = groups("languages", "questions")
ASKED = groups("languages", "asked")
TITLES = groups("languages", "titles")
MONTHS = groups("languages", "months")


@dataclass(frozen=True)
class Term:
    """What a form asks for: its English name, the kind of its value, the labels that print it."""

    english: str
    kind: str
    labels: tuple[str, ...]


def _terms(place: int) -> tuple[Term, ...]:
    rows = lists("languages", "labels")
    return tuple(Term(row[0], row[1], tuple(row[2 + place].split("|"))) for row in rows)


TERMS = {code: _terms(place) for place, code in enumerate(LOCALES)}
"""Language → its terms, in the order of the list."""


class Translator(Maker):
    """Makes values and questions of one language from `rng`."""

    def __init__(self, rng: Random, code: str) -> None:
        super().__init__(rng)
        self.code, self.upper, self.upper_labels = code, False, rng.random() < 0.1
        self.pattern = rng.choice(DATES[code])
        self.unit = rng.choice((" €", " €", " EUR", "", "€ "))
        self._values: dict[str, Callable[[], str]] = {
            "id": self.identifier,
            "date": self.local_date,
            "money": self.local_money,
            "percent": lambda: f"{self._decimal(rng.choice((7, 10, 19, 20, 21, 22, 5.5)), 1)} %",
            "name": lambda: str(self._local().name()),
            "first": lambda: str(self._local().first_name()),
            "last": lambda: str(self._local().last_name()),
            "company": lambda: str(self._local().company()),
            "address": lambda: str(self._local().address()),
            "town": lambda: str(self._local().city()),
            "phone": lambda: str(self._local().phone_number()),
            "email": lambda: str(self._local().email()),
            "integer": lambda: str(rng.randint(1, 9999)),
            "measure": lambda: (
                f"{self._decimal(rng.uniform(1, 900), 1)} "
                + rng.choice(("kg", "m²", "kWh", "m³", "cm"))
            ),
        }

    def term_value(self, kind: str) -> str:
        """A value of a term's kind; KeyError for another kind."""
        # Fonts of capitals alone would make two letters of ß.
        return self._values[kind]().replace("ß", "ss")

    def local_date(self) -> str:
        """A date as the language writes it."""
        day = self.day(1970, 2025)
        month = MONTHS[self.code][day.month - 1]
        return day.strftime(self.pattern.replace("{month}", month))

    def local_money(self) -> str:
        """An amount with a decimal comma and the page's sign of the currency."""
        number = self._decimal(self.amount(1, 50_000), 2)
        return f"{self.unit}{number}" if self.unit == "€ " else f"{number}{self.unit}"

    def ask(self, term: Term, label: str) -> str:
        """A question for a term that the page prints as `label`, in its language or in English."""
        if self.rng.random() < ENGLISH_SHARE:
            plain = f"What is the {term.english.lower()}?"
            return self.rng.choice((plain, natural.ask(self.rng, term.english, term.kind)))
        wordings = QUESTIONS[self.code]
        special = ASKED.get(f"{self.code}_{term.kind}", ())
        if special and self.rng.random() < 0.4:
            wordings = special
        said = label if self.rng.random() < 0.6 else label.lower()
        return self.rng.choice(wordings).format(label=said)

    def _local(self) -> Any:
        return self._faker(LOCALES[self.code])

    def _decimal(self, value: float, places: int) -> str:
        text = f"{value:,.{places}f}"
        point = " " if self.code == "fr" else "."
        return text.replace(",", "\0").replace(".", ",").replace("\0", point)
