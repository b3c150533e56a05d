"""Makes believable topics: a measure, categories and series that suit it, numbers, a title."""

import math
from random import Random

from pinpoint_data.generator.text.topics import (
    AFFIXES,
    DAYS,
    DIMENSIONS,
    MEASURES,
    MONTHS,
    PLACES,
    SURVEYS,
    Dimension,
    Measure,
    Numbers,
    Topic,
)
from pinpoint_data.generator.text.vocabulary import Maker
from pinpoint_data.word_lists import groups

TITLES = groups("topics", "titles")
"""Kind of topic → titles with slots for its measure, dimension and series."""


def time_dimension(rng: Random, count: int) -> Dimension:
    """`count` years, quarters, months or days that follow one another."""
    draw = rng.random()
    if draw < 0.6 or count > 12:
        first = rng.randint(1985, 2026 - count)
        step = rng.choice((1, 1, 1, 1, 5)) if first + 5 * count < 2027 else 1
        years = tuple(str(first + step * i) for i in range(count))
        return Dimension((), "year", "years", "in", years, True)
    if draw < 0.72 and count <= 8:
        year, first = rng.randint(2008, 2024), rng.randrange(4)
        names = [f"Q{(first + i) % 4 + 1}" for i in range(count)]
        if count > 4:
            names = [f"{name} {year + (first + i) // 4}" for i, name in enumerate(names)]
        return Dimension((), "quarter", "quarters", "in", tuple(names), True)
    if draw < 0.92 or count > 7:
        start, short = rng.randint(0, 12 - count), rng.random() < 0.6
        months = MONTHS[start : start + count]
        names = [name[:3] if short else name for name in months]
        return Dimension((), "month", "months", "in", tuple(names), True)
    short = rng.random() < 0.5
    names = [name[:3] if short else name for name in DAYS[:count]]
    return Dimension((), "day", "days", "on", tuple(names), True)


def _dimension(rng: Random, domain: str, most: int, other: Dimension | None = None) -> Dimension:
    nouns = {other.noun} if other else set()
    fit = [d for d in DIMENSIONS if {domain, "*"} & set(d.domains) and d.noun not in nouns]
    # Dimensions of the domain itself are fewer than those that suit all.
    own = [d for d in fit if domain in d.domains]
    found = rng.choice(own if own and rng.random() < 0.55 else fit)
    most = min(most, len(found.names))
    count = rng.randint(min(3, most), most)
    ordered = any(any(c.isdigit() for c in name) for name in found.names)
    if ordered:
        start = rng.randint(0, len(found.names) - count)
        names = found.names[start : start + count]
    else:
        names = tuple(rng.sample(found.names, count))
    return Dimension(found.domains, found.noun, found.plural, found.preposition, names)


def make_topic(rng: Random, timely: bool, most: int, series: int) -> Topic:
    """A topic of up to `most` categories; of `series` series when that is 2 or more."""
    make = Maker(rng)
    domain = rng.choice(list(MEASURES))
    measure = rng.choice(MEASURES[domain])
    dimension = (
        time_dimension(rng, rng.randint(3, most)) if timely else _dimension(rng, domain, most)
    )
    split = None
    if series > 1:
        if not timely and rng.random() < 0.4:
            year = rng.randint(2001, 2024 - series)
            names = tuple(str(year + i) for i in range(series))
            split = Dimension((), "year", "years", "in", names, True)
        else:
            split = _dimension(rng, domain, series, dimension)
    categories = dimension.names
    lines = len(split.names) if split else 1
    values = tuple(_figures(rng, measure, len(categories), timely) for _ in range(lines))
    numbers, note = _numbers(rng, measure)
    title = _title(rng, make, measure, dimension, split)
    names = split.names if split else ()
    return Topic(title, measure, dimension, categories, values, numbers, split, names, note)


def make_shares(rng: Random, most: int = 7) -> Topic:
    """Shares that add up to 100 %, of a survey or of a measure."""
    make = Maker(rng)
    if rng.random() < 0.5:
        survey = rng.choice(SURVEYS)
        question, names = survey.question, survey.answers[:most]
        if question.endswith("?"):
            dimension = Dimension((), "answer", "answers", "for", names)
            measure = Measure("Share of Answers", 1, 99, 0, "%")
        else:
            dimension = Dimension((), "category", "categories", "for", names)
            measure = Measure("Share", 1, 99, 0, "%")
        title = question
        if rng.random() < 0.2:
            title += f" ({rng.choice(('Survey', 'Poll', 'n = ' + make.digits(3, 4)))})"
    else:
        domain = rng.choice(list(MEASURES))
        measured = rng.choice([m for m in MEASURES[domain] if m.counted])
        dimension = _dimension(rng, domain, most)
        measure = Measure(f"Share of {measured.name}", 1, 99, 0, "%")
        title = rng.choice(TITLES["of_shares"]).format(
            name=measured.name, noun=dimension.noun.title(), year=rng.randint(1998, 2025)
        )
    decimals = 1 if rng.random() < 0.25 else 0
    names = dimension.names
    weights = [rng.uniform(0.2, 1) ** 1.5 + 0.06 for _ in names]
    unit = 10**decimals
    total = sum(weights)
    parts = [max(3 * unit, round(100 * unit * w / total)) for w in weights]
    parts[parts.index(max(parts))] += 100 * unit - sum(parts)
    if rng.random() < 0.5:
        parts.sort(reverse=True)
    values = (tuple(part / unit for part in parts),)
    suffix = "%" if rng.random() < 0.9 else " %"
    return Topic(title, measure, dimension, names, values, Numbers("", suffix, decimals, False))


def _figures(rng: Random, measure: Measure, count: int, timely: bool) -> tuple[float, ...]:
    low, high = measure.low, measure.high
    if high < 4 * low:
        # A narrow range, as of ages or temperatures: shares of a maximum would all be its lowest.
        place, walk = rng.uniform(0.2, 0.8), []
        for _ in range(count):
            walk.append(low + (high - low) * min(1.0, max(0.0, place)))
            place = place + rng.gauss(0, 0.1) if timely else rng.random()
        return tuple(round(value, measure.decimals) for value in walk)
    top = math.exp(rng.uniform(math.log(low + (high - low) * 0.08), math.log(high)))
    if measure.unit == "%":
        top = high
    if not timely:
        parts = [max(low, top * rng.uniform(0.12, 1.0)) for _ in range(count)]
        if rng.random() < 0.35:
            parts.sort(reverse=rng.random() < 0.8)
        return tuple(round(p, measure.decimals) for p in parts)
    value, drift, parts = top * rng.uniform(0.35, 0.9), rng.gauss(0.02, 0.06), []
    for _ in range(count):
        parts.append(round(min(high, max(low, value)), measure.decimals))
        value *= 1 + drift + rng.gauss(0, 0.12)
    return tuple(parts)


def _numbers(rng: Random, measure: Measure) -> tuple[Numbers, str]:
    """The style of the numbers, and the unit's note where the numbers do not carry it."""
    prefix, suffix = AFFIXES.get(measure.unit, ("", ""))
    comma = rng.random() < 0.75
    if measure.unit in AFFIXES and rng.random() < 0.55:
        return Numbers(prefix, suffix, measure.decimals, comma), ""
    return Numbers("", "", measure.decimals, comma), measure.unit


def _title(
    rng: Random, make: Maker, measure: Measure, dimension: Dimension, split: Dimension | None
) -> str:
    if split is not None:
        kind = "of_series_in_time" if split.timely else "of_series"
    else:
        kind = "in_time" if dimension.timely else "of_categories"
    by = split or dimension
    title = rng.choice(TITLES[kind]).format(
        name=measure.name,
        spoken=measure.spoken,
        noun=dimension.noun.title(),
        plural=dimension.plural,
        Plural=dimension.plural.title(),
        first=dimension.names[0],
        last=dimension.names[-1],
        count=len(dimension.names),
        split=by.noun.title(),
        splits=by.plural.title(),
        start=by.names[0],
        end=by.names[-1],
        town=rng.choice(PLACES),
        place=rng.choice(PLACES) if rng.random() < 0.5 else make.company(),
        year=rng.randint(1996, 2025),
    )
    return title.upper() if rng.random() < 0.08 else title
