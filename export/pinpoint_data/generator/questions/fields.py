"""Natural questions, many paraphrases each, for what a page answers and what it does not."""

from collections import Counter
from collections.abc import Sequence
from random import Random

from pinpoint_data.generator.page_builder import FormField, TextSpan, answered, boxes
from pinpoint_data.generator.questions import absent, natural
from pinpoint_data.generator.questions.absent import BY_LABEL, BY_ROLE
from pinpoint_data.generator.synthetic_page import DrawnLine, SyntheticQuestion
from pinpoint_data.generator.text.labels import normalise
from pinpoint_data.word_lists import words

BY_SECTION = words("label_questions", "by_section")
BY_CELL = words("label_questions", "by_cell")
BY_COLUMN = words("label_questions", "by_column")
BY_GROUP = words("label_questions", "by_group")
LETTER_DATE = words("role_questions", "letter_date")
"""The wordings for the date of a letter, which is no receipt's."""
MAX_QUESTIONS = 16
ABSENT_SHARE = 0.15
EMPTY_SHARE = 0.5
NATURAL_SHARE = 0.4
"""How many questions name a label in words of their own."""
_PLAIN = ("label", "item", "empty", "cell", "choice", "column")


def ask(
    rng: Random,
    kind: str,
    fields: Sequence[FormField],
    lines: Sequence[DrawnLine],
    limit: int = MAX_QUESTIONS,
) -> list[SyntheticQuestion]:
    """Up to `limit` questions about a page of `kind`, and a few that it does not answer.

    Roles come first, labels after. A label or role that occurs twice is asked for only together
    with its section, and not at all when no section separates the two.
    """
    keys = [(normalise(f.section), normalise(f.label)) for f in fields]
    shared = Counter(key for key in keys if key[1])
    # One label may name parts with roles of their own, as a period for its two dates.
    rivals = Counter(k for k, f in zip(keys, fields, strict=True) if f.role not in BY_ROLE)
    # The cells of a table share their column's label: it is printed once.
    printed = {(normalise(f.label), f.label_spans[0].box) for f in fields if f.label_spans}
    total = Counter(label for label, _ in printed)
    roles = Counter(f.role for f in fields)
    questions = []
    for key, field in zip(keys, fields, strict=True):
        unnamed = field.role not in BY_ROLE
        if (unnamed and rivals[key] > 1) or (not field.text and rng.random() > EMPTY_SHARE):
            continue
        twice = total[key[1]] > 1 or (not unnamed and shared[key] > 1)
        question = _about(rng, kind, field, twice, alone=roles[field.role] == 1)
        if question is not None:
            questions.append(question)
    first = [q for q in questions if q.field not in _PLAIN]
    rest = [q for q in questions if q.field in _PLAIN]
    rng.shuffle(first)
    rng.shuffle(rest)
    chosen = [*first, *rest][:limit]
    page = f" {normalise(' '.join(line.text for line in lines))} "
    for _ in range(max(1, round(len(chosen) * ABSENT_SHARE * 2 * rng.random()))):
        chosen.append(absent.ask(rng, kind, page, fields))
    rng.shuffle(chosen)
    return chosen


def _about(
    rng: Random, kind: str, field: FormField, twice: bool, alone: bool
) -> SyntheticQuestion | None:
    if field.role in BY_ROLE:
        if not field.text:
            return None
        if not alone:
            return _of_document(rng, field)
        if rng.random() < 0.85 or not field.label or twice:
            dated = kind == "letter" and field.role == "date"
            return _question(rng.choice(LETTER_DATE if dated else BY_ROLE[field.role]), field)
    if not field.label:
        return None
    if field.role == "item":
        return None if twice else _question(f"What is the price of {field.label}?", field)
    wordings: Sequence[str] = BY_LABEL
    section: list[TextSpan] = []
    if field.role == "choice":
        wordings = BY_GROUP
    elif field.role == "column":
        wordings = BY_COLUMN
    elif field.role == "cell":
        wordings, section = BY_CELL, field.section_spans
    elif twice or (field.section and rng.random() < 0.3):
        wordings, section = BY_SECTION, field.section_spans
    if section == [] and (twice or field.role == "cell"):
        return None
    text = rng.choice(wordings).format(label=field.label, section=field.section)
    if field.kind and rng.random() < NATURAL_SHARE:
        if field.role == "cell":
            text = natural.ask_cell(rng, field.label, field.section, field.kind)
        elif wordings is BY_LABEL:
            text = natural.ask(rng, field.label, field.kind)
    return _question(text, field, section)


def _of_document(rng: Random, field: FormField) -> SyntheticQuestion | None:
    """The question for a role that two documents on one page have, by the document's name."""
    wordings = natural.OF_DOCUMENT.get(field.role)
    if wordings is None or not field.section:
        return None
    text = rng.choice(wordings).format(section=field.section)
    return _question(text, field, field.section_spans)


def _question(text: str, field: FormField, section: Sequence[TextSpan] = ()) -> SyntheticQuestion:
    support = [*section, *field.label_spans]
    if not field.text:
        return SyntheticQuestion(text, [], [], boxes(support), "empty", field.label)
    return answered(text, field.value, support, field.role, label=field.label)
