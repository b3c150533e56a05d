"""Made-up values: seeded, of their kind, as varied as forms are."""

import re
from datetime import date
from random import Random

import pytest

from pinpoint_data.generator.text import labels
from pinpoint_data.generator.text.vocabulary import DATE_FORMATS, Maker

PAIRS = [pair for domain in labels.DOMAINS.values() for pair in domain]


def test_every_labels_kind_can_be_made() -> None:
    make = Maker(Random(1))
    for kind in {kind for _, kind in PAIRS}:
        assert all(make.value(kind).strip() for _ in range(50)), kind


def test_hundreds_of_labels_without_blanks_or_separators() -> None:
    names = {label for label, _ in PAIRS}
    assert len(names) > 600
    assert all(name == name.strip() and ";" not in name and "\n" not in name for name in names)
    assert all("  " not in name for name in names)


def test_a_listing_has_two_to_seven_lines_of_one_kind() -> None:
    made = [Maker(Random(seed)).value("list").splitlines() for seed in range(200)]
    counts = [len(lines) for lines in made]
    assert {2, 3, 4, 5} <= set(counts) <= set(range(2, 8))
    assert all(line.strip() for lines in made for line in lines)
    assert sum(kind == "list" for _, kind in PAIRS) >= 20


def test_unknown_kind_is_an_error() -> None:
    with pytest.raises(KeyError):
        Maker(Random(0)).value("colour of the sky")


def test_the_same_seed_makes_the_same_values() -> None:
    first, second = Maker(Random(4)), Maker(Random(4))
    assert [first.value("name") for _ in range(20)] == [second.value("name") for _ in range(20)]


def test_date_formats_show_the_day() -> None:
    make = Maker(Random(2))
    make.strip_zeros = False
    for style in DATE_FORMATS:
        text = make.format_date(date(1994, 11, 23), style)
        assert "23" in text
        assert "94" in text
        assert re.search(r"11|Nov", text)


def test_zeros_are_stripped_from_day_and_month_only() -> None:
    make = Maker(Random(2))
    make.strip_zeros = True
    assert make.format_date(date(2005, 3, 4), "%m/%d/%y") == "3/4/05"
    assert make.format_date(date(2005, 3, 4), "%d.%m.%Y") == "4.3.2005"
    assert make.format_date(date(2005, 3, 4), "%b %d, %Y") in ("Mar 4, 2005", "Mar 04, 2005")


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        ("money", r"^(\$ ?|USD |€|£)?[\d,]+(\.\d\d)?$"),
        ("phone", r"\d{3}"),
        ("email", r"^[a-z._0-9]+@[a-z-]+\.[a-z]{2,4}$"),
        ("percent", r"^\d+(\.\d+)? ?%?$"),
        ("time", r"^\d{1,2}:\d\d"),
        ("integer", r"^\d[\d,]*( [a-z]+)?$"),
    ],
)
def test_values_look_like_their_kind(kind: str, pattern: str) -> None:
    for seed in range(30):
        make = Maker(Random(seed))
        make.upper = False
        text = make.value(kind)
        assert re.search(pattern, text), text


def test_addresses_have_one_to_five_lines() -> None:
    make = Maker(Random(3))
    counts = {len(make.address()) for _ in range(200)} | {
        len(make.malaysian_address()) for _ in range(200)
    }
    assert counts <= {1, 2, 3, 4, 5}
    assert len(counts) >= 4


def test_sentences_keep_their_length() -> None:
    make = Maker(Random(5))
    for _ in range(50):
        assert 6 <= len(make.sentence(6, 12).split()) <= 12


def test_labels_are_many_and_each_stands_once_in_its_domain() -> None:
    for pairs in labels.DOMAINS.values():
        names = [label.lower() for label, _ in pairs]
        assert all(names)
        assert len(set(names)) == len(names)
    assert len({label.lower() for pairs in labels.DOMAINS.values() for label, _ in pairs}) > 1500
    for label, options in labels.CHECKS:
        assert label
        assert len({option.lower() for option in options}) == len(options) > 1
    assert all(a and b and a != b for a, b in labels.PARTIES)
