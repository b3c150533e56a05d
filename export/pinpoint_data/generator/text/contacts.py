"""Names, companies, addresses, telephone numbers and e-mail addresses, made by Faker."""

from functools import cache
from random import Random
from typing import Any

from faker import Factory

from pinpoint_data.word_lists import words

JOBS = words("words", "jobs")
STEMS = words("words", "company_stems")
TRADES = words("words", "company_trades")
FORMS = words("words", "company_forms")
ROADS = words("words", "malaysia", "roads")
TOWNS = words("words", "malaysia", "towns")
MALAYSIAN_FORMS = words("words", "malaysia", "company_forms")
NAMES = ("en_US",) * 8 + ("en_GB", "en_IN", "de_DE", "fr_FR", "es_MX", "it_IT")
"""Locales that names of people come from."""
CAPITALS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


@cache
def _factory(locale: str) -> Any:
    # Each name is as likely as any other: to weigh them by how common they are costs ten times
    # as much, and rare names teach more.
    return Factory.create(locale, use_weighting=False)


class Contacts:
    """Makes what a person or company is known by and reached at, from `rng` alone."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def _faker(self, locale: str = "en_US") -> Any:
        """Faker's generator of a locale, which pages share, drawing from this page's source."""
        generator = _factory(locale)
        generator.random = self.rng
        return generator

    def digits(self, low: int, high: int | None = None) -> str:
        """`low` to `high` random digits, the first one not 0."""
        count = self.rng.randint(low, high or low)
        return str(self.rng.randint(10 ** (count - 1), 10**count - 1))

    def last_name(self) -> str:
        """A family name."""
        return str(self._faker(self.rng.choice(NAMES)).last_name()).replace("ß", "ss")

    def name(self) -> str:
        """A person's name, with initials, titles or in list order at times."""
        r, faker = self.rng, self._faker(self.rng.choice(NAMES))
        # Fonts of capitals alone would make two letters of ß.
        first, last = faker.first_name(), faker.last_name().replace("ß", "ss")
        initial, middle = first[0], r.choice(CAPITALS)
        forms = (f"{first} {last}",) * 5 + (
            f"{initial}. {last}",
            f"{initial}. {middle}. {last}",
            f"{first} {middle}. {last}",
            f"{last}, {first}",
            f"{last}, {first} {middle}.",
            f"Dr. {first} {last}",
            f"{r.choice(('Mr.', 'Mrs.', 'Ms.'))} {last}",
            f"{first} {last}, {r.choice(('Jr.', 'M.D.', 'Ph.D.', 'Esq.'))}",
        )
        return r.choice(forms)

    def company(self) -> str:
        """A company's name, of its founders or of what it trades in."""
        r = self.rng
        if r.random() < 0.3:
            return str(self._faker().company())
        stem = r.choice(STEMS) if r.random() < 0.6 else self.last_name()
        if r.random() < 0.2:
            stem += " " + r.choice((r.choice(STEMS), f"& {self.last_name()}"))
        trade = r.choice(TRADES) if r.random() < 0.8 else ""
        return " ".join(p for p in (stem, trade, r.choice(FORMS)) if p)

    def malaysian_company(self) -> str:
        """A company's name as they are common in Malaysia and Singapore."""
        r = self.rng
        stem = r.choice((r.choice(STEMS), r.choice(ROADS), self.last_name()))
        if r.random() < 0.35:
            stem += " " + r.choice((r.choice(STEMS), self.last_name()))
        return " ".join(p for p in (stem, r.choice(TRADES), r.choice(MALAYSIAN_FORMS)) if p)

    def town(self) -> str:
        """The name of a town."""
        return str(self._faker(self.rng.choice(("en_US", "en_US", "en_GB", "de_DE"))).city())

    def address(self) -> list[str]:
        """An address of one to four lines, mostly North American."""
        r, locale = self.rng, self.rng.choice(("en_US",) * 8 + ("en_GB", "en_CA"))
        faker = self._faker(locale)
        if locale != "en_US":
            return str(faker.address()).splitlines()
        lines = [faker.street_address() if r.random() < 0.85 else f"PO Box {self.digits(2, 5)}"]
        if r.random() < 0.15:
            lines.append(f"{r.choice(('Floor', 'Building', 'Unit', 'Dept.'))} {self.digits(1, 2)}")
        code = faker.postcode() if r.random() < 0.85 else faker.zipcode_plus4()
        lines.append(f"{faker.city()}, {faker.state_abbr()} {code}")
        if r.random() < 0.1:
            lines.append(r.choice(("USA", "United States")))
        return lines

    def phone(self) -> str:
        """A telephone number."""
        faker = self._faker(self.rng.choice(("en_US",) * 7 + ("en_GB", "en_CA", "de_DE")))
        draw = self.rng.random()
        if draw < 0.7:
            faker = self._faker()
        return str(faker.basic_phone_number() if draw < 0.6 else faker.phone_number())

    def email(self) -> str:
        """An e-mail address."""
        faker = self._faker()
        if self.rng.random() < 0.6:
            return str(faker.ascii_company_email())
        return str(faker.ascii_free_email())
