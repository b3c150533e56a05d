"""Questions that a page does not answer, many of them near to what it does answer."""

from collections.abc import Sequence
from random import Random

from pinpoint_data.generator.page_builder import FormField
from pinpoint_data.generator.questions import natural
from pinpoint_data.generator.synthetic_page import SyntheticQuestion
from pinpoint_data.generator.text import labels
from pinpoint_data.generator.text.labels import normalise
from pinpoint_data.word_lists import groups, lists, words

BY_LABEL = words("label_questions", "by_label")
BY_ROLE = groups("role_questions", "by_role")
"""Role → wordings."""
OPTIONAL = groups("role_questions", "optional")
"""Document kind → roles that a page of it may lack; asking for them then has no answer."""
TRACES = groups("role_questions", "traces")
"""Role → what betrays it on a page even where no field of it was recorded."""
NEAR_SHARE = 0.6
NEAR_KINDS = ("date", "name", "id", "percent", "measure")
"""Kinds of values whose labels differ in meaning when a word of theirs does."""
SAME = [frozenset(group) for group in lists("labels", "same_meaning")]
"""Words that a person may take for one another."""
_PLAIN = frozenset(words("labels", "plain_words"))


def ask(rng: Random, kind: str, page: str, fields: Sequence[FormField]) -> SyntheticQuestion:
    """A question of the page's kind, or for any label, that the page does not answer.

    `page` holds its words in small letters, with a space before and after.
    """
    roles = {field.role for field in fields}
    asked = [
        role
        for role in OPTIONAL.get(kind, ())
        if role not in roles and not any(f" {trace}" in page for trace in TRACES.get(role, ()))
    ]
    if asked and rng.random() < 0.5:
        return SyntheticQuestion(rng.choice(BY_ROLE[rng.choice(asked)]), [], [], [], "absent")
    near = rng.random() < NEAR_SHARE
    printed = {word for field in fields for word in normalise(field.label).split()}
    for attempt in range(400):
        label, value = rng.choice(labels.DOMAINS[rng.choice(list(labels.DOMAINS))])
        own = normalise(label).split()
        if f" {' '.join(own)} " in page or f" {' '.join(own)}s " in page:
            continue
        if near and attempt < 300 and not _is_near(set(own), value, printed, page):
            continue
        by_label = rng.choice(BY_LABEL).format(label=label)
        text = natural.ask(rng, label, value, named=True) if rng.random() < 0.4 else by_label
        return SyntheticQuestion(text, [], [], [], "absent", label)
    raise AssertionError("no page holds every label")


def _is_near(own: set[str], value: str, printed: set[str], page: str) -> bool:
    """Whether a label shares a word with a printed one, and has another that the page lacks."""
    if value not in NEAR_KINDS or not own & printed:
        return False
    telling = own - _PLAIN - printed
    alike = {word for group in SAME if group & telling for word in group}
    return bool(telling) and not any(f" {word}" in page for word in telling | alike)
