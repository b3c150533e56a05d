"""Questions about ordinary fields whose answer nobody printed: yes, no, how many, which is more."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations
from random import Random

from pinpoint_data.generator.page_builder import FormField, answered
from pinpoint_data.generator.synthetic_page import Box, SyntheticQuestion
from pinpoint_data.word_lists import groups

MAX_QUESTIONS = 3
WORDINGS = groups("label_questions", "derived")
_NUMBER = re.compile(r"(?:[$€£]|USD|RM)?\s?(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?\s?%?")


def number(text: str) -> float | None:
    """What a printed number is worth; None when it is not one number alone."""
    match = _NUMBER.fullmatch(text.strip())
    return float(match[1].replace(",", "") + (match[2] or "")) if match else None


def ask(
    rng: Random, fields: Sequence[FormField], limit: int = MAX_QUESTIONS
) -> list[SyntheticQuestion]:
    """Up to `limit` questions about fields whose labels are printed once."""
    times = Counter(field.label.lower() for field in fields)
    alone = [f for f in fields if f.role == "label" and f.label and times[f.label.lower()] == 1]
    asked: list[SyntheticQuestion] = []
    for field in rng.sample(alone, min(len(alone), 3)):
        made = _about(rng, field, alone)
        asked += [made] if made is not None else []
    asked += [*_same(rng, alone), *_columns(rng, fields)]
    rng.shuffle(asked)
    return asked[:limit]


def _about(rng: Random, field: FormField, others: Sequence[FormField]) -> SyntheticQuestion | None:
    label, support = field.label, field.label_spans

    def yes_no(wording: str, yes: bool, **slots: str) -> SyntheticQuestion:
        text, said = rng.choice(WORDINGS[wording]), "yes" if yes else "no"
        if "blank" in text or "empty" in text:
            said = "no" if yes else "yes"
        text = text.format(label=label, **slots)
        value = field.value if field.text else support
        return answered(text, value, support, "yes_no", said=said, label=label)

    if not field.text or rng.random() < 0.15:
        return yes_no("filled", bool(field.text))
    worth = number(field.text)
    if worth is not None and worth >= 2 and len(field.text) < 14:
        limit = _round(worth * rng.choice((0.3, 0.5, 0.8, 1.3, 2.0, 4.0)))
        more = rng.random() < 0.6
        if limit == worth:
            return None
        return yes_no("more" if more else "less", (worth > limit) == more, limit=f"{limit:,}")
    if len(field.text) > 40:
        return None
    rivals = [f.text for f in others if f.text and f.text.lower() != field.text.lower()]
    rivals = [text for text in rivals if len(text) <= 40]
    # A wrong value that looks like the right one is the better question.
    numeric = any(c.isdigit() for c in field.text)
    rivals = [text for text in rivals if any(c.isdigit() for c in text) == numeric] or rivals
    if rng.random() < 0.5:
        return yes_no("is", True, value=field.text)
    return yes_no("is", False, value=rng.choice(rivals)) if rivals else None


def _round(value: float) -> int:
    """A limit as people say it: one or two leading digits."""
    scale: int = 10 ** max(0, len(str(int(value))) - 2)
    return max(1, round(value / scale)) * scale


def _same(rng: Random, fields: Sequence[FormField]) -> list[SyntheticQuestion]:
    """Whether two dates or two names are the same."""
    words = ("date", "name", "address", "phone", "number")
    word = rng.choice(words)
    pool = [f for f in fields if f.text and word in f.label.lower()]
    if len(pool) < 2:
        return []
    equal = [(a, b) for a, b in combinations(pool, 2) if a.text.lower() == b.text.lower()]
    first, second = rng.choice(equal) if equal else rng.sample(pool, 2)
    said = "yes" if first.text.lower() == second.text.lower() else "no"
    text = rng.choice(WORDINGS["same"]).format(a=first.label, b=second.label)
    support = [*first.label_spans, *second.label_spans]
    return [answered(text, [*first.value, *second.value], support, "comparison", said=said)]


def _columns(rng: Random, fields: Sequence[FormField]) -> list[SyntheticQuestion]:
    """How many rows a column fills, and which of two rows holds more."""
    columns: dict[tuple[str, Box], list[FormField]] = defaultdict(list)
    for field in fields:
        sums = re.search(r"\btotals?\b", field.section, re.I)
        if field.role == "cell" and field.label_spans and field.section_spans and not sums:
            columns[field.label, field.label_spans[0].box].append(field)
    labels = Counter(label for label, _ in columns)
    asked = []
    for (label, _), cells in columns.items():
        filled = [cell for cell in cells if cell.text]
        if labels[label] > 1 or rng.random() > 0.4:
            continue
        if rng.random() < 0.4 and 1 < len(filled) <= 20:
            values = [span for cell in filled for span in cell.value]
            text, said = rng.choice(WORDINGS["rows"]).format(label=label), str(len(filled))
            head = cells[0].label_spans
            asked.append(answered(text, values, head, "count", said=said, label=label))
            continue
        worths = [(number(cell.text), cell) for cell in filled]
        rows = Counter(cell.section for cell in filled)
        pool = [(v, c) for v, c in worths if v is not None and rows[c.section] == 1]
        if len(pool) < 2:
            continue
        (x, first), (y, second) = rng.sample(pool, 2)
        if x == y:
            continue
        best = first if x > y else second
        text = rng.choice(WORDINGS["higher"]).format(label=label, a=first.section, b=second.section)
        rows_of = (first, second)
        support = [*first.label_spans, *(s for c in rows_of for s in (*c.section_spans, *c.value))]
        asked.append(answered(text, best.section_spans, support, "comparison", label=label))
    return asked
