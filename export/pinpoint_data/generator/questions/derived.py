"""Questions about ordinary fields whose answer nobody printed: yes, no, how many, which is more."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from random import Random

from pinpoint_data.generator.page_builder import FormField, TextSpan
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
    label = field.label
    support = _boxes(field.label_spans)
    if not field.text or rng.random() < 0.15:
        text = rng.choice(WORDINGS["filled"])
        empty = "blank" in text or "empty" in text
        answers = _boxes(field.value) or support
        said = "yes" if bool(field.text) != empty else "no"
        boxes = list(dict.fromkeys([*support, *answers]))
        return SyntheticQuestion(text.format(label=label), [said], answers, boxes, "yes_no", label)
    answers = _boxes(field.value)
    support += [box for box in answers if box not in support]
    worth = number(field.text)
    if worth is not None and worth >= 2 and len(field.text) < 14:
        limit = _round(worth * rng.choice((0.3, 0.5, 0.8, 1.3, 2.0, 4.0)))
        more = rng.random() < 0.6
        if limit == worth:
            return None
        text = rng.choice(WORDINGS["more" if more else "less"]).format(
            label=label, limit=f"{limit:,}"
        )
        said = "yes" if (worth > limit) == more else "no"
        return SyntheticQuestion(text, [said], answers, support, "yes_no", label)
    if len(field.text) > 40:
        return None
    same = rng.random() < 0.5
    rivals = [f.text for f in others if f.text and f.text.lower() != field.text.lower()]
    rivals = [text for text in rivals if len(text) <= 40]
    # A wrong value that looks like the right one is the better question.
    numeric = any(c.isdigit() for c in field.text)
    rivals = [text for text in rivals if any(c.isdigit() for c in text) == numeric] or rivals
    if not same and not rivals:
        return None
    value = field.text if same else rng.choice(rivals)
    text = rng.choice(WORDINGS["is"]).format(label=label, value=value)
    return SyntheticQuestion(text, ["yes" if same else "no"], answers, support, "yes_no", label)


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
    equal = [
        (a, b)
        for i, a in enumerate(pool)
        for b in pool[i + 1 :]
        if a.text.lower() == b.text.lower()
    ]
    first, second = rng.choice(equal) if equal else rng.sample(pool, 2)
    said = "yes" if first.text.lower() == second.text.lower() else "no"
    answers = _boxes([*first.value, *second.value])
    support = list(dict.fromkeys([*_boxes([*first.label_spans, *second.label_spans]), *answers]))
    text = rng.choice(WORDINGS["same"]).format(a=first.label, b=second.label)
    return [SyntheticQuestion(text, [said], answers, support, "comparison")]


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
            support = _boxes([*cells[0].label_spans, *(s for c in filled for s in c.value)])
            answers = _boxes([span for cell in filled for span in cell.value])
            text = rng.choice(WORDINGS["rows"]).format(label=label)
            asked.append(
                SyntheticQuestion(text, [str(len(filled))], answers, support, "count", label)
            )
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
        answers = _boxes(best.section_spans)
        spans: list[TextSpan] = [
            *first.label_spans,
            *first.section_spans,
            *second.section_spans,
            *first.value,
            *second.value,
        ]
        asked.append(
            SyntheticQuestion(text, [best.section], answers, _boxes(spans), "comparison", label)
        )
    return asked


def _boxes(spans: Sequence[TextSpan]) -> list[Box]:
    return list(dict.fromkeys(span.box for span in spans if span.text))
