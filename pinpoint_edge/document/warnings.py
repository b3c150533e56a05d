"""What makes an answer doubtful whatever the models say: a page that could hardly be read."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Literal

from pinpoint_edge.document.looked import LookedPages
from pinpoint_edge.generation.confidence import mean_probability
from pinpoint_edge.result import Answer
from pinpoint_edge.vision.geometry import text_size

Warning = Literal["empty-page", "little-text", "hard-to-read", "language", "turned"]
"""No text, few characters, letters that the recogniser doubts, a question that is not in Latin
script, a page that lay sideways or upside down and was turned."""

MEANING: dict[str, str] = {
    "empty-page": "no text was found",
    "little-text": "hardly any text was found",
    "hard-to-read": "the text is hard to read: blurred, small or faint",
    "language": "questions in this script are not understood",
    "turned": "the page was turned to be read",
}
BLIND: frozenset[str] = frozenset({"empty-page", "little-text", "hard-to-read", "language"})
"""Warnings with which "not found" says little."""
MOST_BLIND = 0.5  # the most confidence of "not found" then

FEW = 20  # letters and digits of a page
LEGIBLE = 0.9  # mean character probability; sharp print has .97 and more
LINES = 8  # that are read where nothing else was
LATIN = 0.5  # least share of a question's letters


def warned(answer: Answer, pages: LookedPages, question: str) -> Answer:
    """Return the answer with its warnings; "not found" is then no surer than MOST_BLIND.

    The pages are those that it was looked for on; an answer that was found is warned of its own.
    """
    looked = pages.pages if answer.page is None else [pages.pages[answer.page]]
    legible = answer.signals.legible if answer.signals else 1.0
    text = "".join(reading for page in looked for reading in page.glance.readings)
    found: list[Warning] = []
    if not any(page.regions for page in looked):
        found.append("empty-page")
    elif sum(character.isalnum() for character in text) < FEW:
        found.append("little-text")
    elif legible < LEGIBLE:
        found.append("hard-to-read")
    if not _is_latin(question):
        found.append("language")
    if any(page.turned for page in looked):
        found.append("turned")
    sure = answer.confidence
    if not answer.found and BLIND & set(found):
        sure = min(sure, MOST_BLIND)
    return replace(answer, warnings=tuple(found), confidence=sure)


def legibility(pages: LookedPages) -> float:
    """Return the mean character probability of a few long lines, for where nothing was read."""
    lines = sorted(
        range(len(pages.regions)),
        key=lambda place: -text_size(pages.regions[place].quad)[0],
    )[:LINES]
    pages.refine(lines, {})
    read = [pages.read(index).transcription.probabilities for index in lines]
    return mean_probability([value for line in read for value in line])


def _is_latin(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    latin = sum("LATIN" in unicodedata.name(character, "") for character in letters)
    return latin >= LATIN * len(letters)
