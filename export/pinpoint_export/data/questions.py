"""Natural questions, many paraphrases each, for what a page tells, and for what it does not tell."""

import re
from collections import Counter
from random import Random

from pinpoint_export.data import labels
from pinpoint_export.data.page_builder import Field, Span
from pinpoint_export.data.paraphrases import BY_LABEL, BY_ROLE, BY_SECTION, KIND_QUESTIONS
from pinpoint_export.data.sample import Box, Line, Question

MAX_QUESTIONS = 16
ABSENT_SHARE = 0.12


def normalise(text: str) -> str:
    """Lower case letters and digits with single spaces between words."""
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def ask(
    rng: Random, kind: str, fields: list[Field], lines: list[Line], limit: int = MAX_QUESTIONS
) -> list[Question]:
    """Up to `limit` questions about a page of `kind`: about roles first, labels, and absent ones.

    Fields whose label or role occurs twice are asked for only together with their section, and not
    at all when no section tells them apart or both hold the same value anyway.
    """
    seen = Counter(normalise(f.label) for f in fields if f.label)
    questions = [q for f in fields if (q := _about(rng, f, seen, fields)) is not None]
    roles = [q for q in questions if q.field not in ("label", "item", "empty")]
    rest = [q for q in questions if q.field in ("label", "item", "empty")]
    rng.shuffle(roles)
    rng.shuffle(rest)
    chosen = roles[:limit]
    chosen += rest[: max(0, limit - len(chosen))]
    absent = max(1, round(len(chosen) * ABSENT_SHARE * 2 * rng.random()))
    page = f" {normalise(' '.join(line.text for line in lines))} "
    for _ in range(absent):
        chosen.append(_absent(rng, kind, page, {f.role for f in fields}))
    rng.shuffle(chosen)
    return chosen


def _about(rng: Random, field: Field, seen: Counter[str], fields: list[Field]) -> Question | None:
    label = normalise(field.label)
    twice = seen[label] > 1
    if field.role in BY_ROLE:
        if sum(f.role == field.role for f in fields) > 1:
            return None
        if rng.random() < 0.85 or not label or twice:
            return _question(rng.choice(BY_ROLE[field.role]), field, field.role)
    if not label:
        return None
    if twice:
        if not field.section:
            return None
        text = rng.choice(BY_SECTION).format(label=field.label, section=field.section)
        return _question(text, field, "label", field.section_spans)
    if field.role == "item":
        return _question(f"What is the price of {field.label}?", field, "item")
    text = rng.choice(BY_LABEL).format(label=field.label)
    name = field.role if field.role in BY_ROLE else "label"
    if not field.text and rng.random() < 0.7:
        return None
    return _question(text, field, name)


def _question(
    text: str, field: Field, name: str, section: list[Span] | None = None
) -> Question:
    answer_boxes = _boxes(field.value)
    support = _boxes((section or []) + field.label_spans)
    if not field.text:
        return Question(text, [], [], support, "empty", field.label)
    support += [box for box in answer_boxes if box not in support]
    return Question(text, [field.text], answer_boxes, support, name, field.label)


def _boxes(spans: list[Span]) -> list[Box]:
    return [span.box for span in spans if span.text]


def _absent(rng: Random, kind: str, page: str, roles: set[str]) -> Question:
    """A question of the page's kind, or of any domain, that the page does not tell."""
    asked = [role for role in KIND_QUESTIONS.get(kind, []) if role not in roles]
    if asked and rng.random() < 0.4:
        role = rng.choice(asked)
        return Question(rng.choice(BY_ROLE[role]), [], [], [], "absent")
    while True:
        label, _ = rng.choice(labels.DOMAINS[rng.choice(list(labels.DOMAINS))])
        if f" {normalise(label)} " not in page:
            text = rng.choice(BY_LABEL).format(label=label)
            return Question(text, [], [], [], "absent", label)
