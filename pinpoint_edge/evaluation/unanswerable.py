"""Questions that a page does not answer, made of labels of other pages of the same set.

A label that is on other pages ("Salesperson: ...", by our own reading), or that another file
asks for, is asked of a page that lacks it. The rules are strict so that no such question is
answerable by accident; a label is asked of a page only when

1. a file asks for it, or two other pages or more print it before a colon: it is no misreading;
2. no word of it is on the page, in whole, in part or with a letter or two misread;
3. neither the page nor its annotated questions have a word of the same meaning (`MEANINGS`);
4. its value is nothing that a page holds without a label, such as a date or a number (`BARE`);
5. none of the values that it has on other pages is on this one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

import numpy as np

from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.dataset import AnnotatedPage, Question
from pinpoint_edge.evaluation.metrics import letters, levenshtein

LONGEST = 40  # characters of a label; what is longer is a sentence of a form
Rows = Sequence[Sequence[str]]  # a page's readings, row by row

_PAIR = re.compile(r"^\W*([A-Za-z][A-Za-z .'/&()#-]{2,28}?)\s*[:：]\s*(\S.*)?$")
_WORD = re.compile(r"[a-z]{3,}")
_ASKING = re.compile(
    r"^(what|who|which|when|where)\b.*?\b(is|are|was|were)\b\s*(the\s+)?", re.IGNORECASE
)
_QUOTED = re.compile(r'"(.+?)"')


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FILLING = _words(
    "the and for number num code type per your our value what who which when where given does say"
)
# Told by their form or place, with or without a label.
BARE = _words(
    "date time day year month tel telephone phone mobile fax email mail web website www http https "
    "url address company name names shop store branch business total subtotal amount price sum "
    "cash change balance paid pay payment due net gross tax gst sst vat rounding round discount "
    "charge charges currency usd qty quantity item items description unit page pages title from "
    "thank thanks note notes remark remarks city state zip postcode country town street location "
    "subject signature signed cost costs sales amt"
)
# Words of one line mean so nearly the same that having one of them may answer for another.
MEANINGS = tuple(map(_words, (
    "contract invoice inv order bill receipt document doc ref reference slip ticket transaction",
    "advertiser client customer sponsor candidate product brand buyer purchaser member sold bill",
    "agency agent buying",
    "start begin from flight period run schedule valid effective",
    "end until through expiry expires flight period run schedule",
    "cashier clerk server operator staff salesperson salesman sales seller user attended served by",
    "station property channel call market media source network",
    "rep representative executive account seller salesperson office contact attention attn",
    "table pax cover covers guest guests seat",
    "counter terminal till pos register machine station",
    "revision version rev alt mod modification",
    "demo demographic rating audience",
    "spots spot unit units ads",
    "estimate est campaign",
    "reg registration roc licence license",
    "print printed created entered entry issued issue",
    "card visa mastercard credit debit approval auth bank",
    "cycle billing calendar broadcast",
    "manufacturer maker supplier vendor distributor",
    "size quantity length weight",
    "region area district division department territory",
)))  # fmt: skip


@dataclass(frozen=True)
class AskedLabel:
    """A label: its words, how it is asked for, the pages that print it, its values elsewhere."""

    text: str
    question: str
    pages: frozenset[str]
    values: frozenset[str]


def with_unanswerable(
    pages: Sequence[AnnotatedPage],
    readings: Mapping[str, Rows],
    labels: Sequence[AskedLabel],
    share: float,
    seed: int = 0,
) -> list[AnnotatedPage]:
    """Add questions until `share` of all is unanswerable; what is so already counts.

    readings: the text of each page, by its path; labels: what may be asked. The same arguments
    give the same questions; labels that were asked least come first, drawn by `seed` among equals.
    Where a page lacks no label its part falls to the next pages. Raises DataError when there are
    too few labels.
    """
    random = np.random.default_rng(seed)
    known = list({letters(label.text): label for label in labels}.values())
    used: Counter[str] = Counter()
    owed, made = 0.0, []
    for page in pages:
        answered = sum(bool(question.answers) for question in page.questions)
        owed += share / (1 - share) * answered - (len(page.questions) - answered)
        order = [known[place] for place in random.permutation(len(known))]
        order.sort(key=lambda label: used[label.text])
        lacking = (label for label in order if lacks(page, readings[page.path], label))
        chosen = list(islice(lacking, max(0, round(owed))))
        owed -= len(chosen)
        used.update(label.text for label in chosen)
        added = [_question(page.questions[0], label) for label in chosen]
        made.append(replace(page, questions=(*page.questions, *added)))
    if owed >= 1:
        raise DataError(
            f"{round(owed)} unanswerable questions could not be made: these {len(pages)} pages "
            f"have {len(known)} labels to be asked for. Give more pages, or a smaller share."
        )
    return made


def find_labels(readings: Mapping[str, Rows]) -> list[AskedLabel]:
    """Return the labels that two pages or more print before a colon, in alphabetical order."""
    texts: dict[str, Counter[str]] = defaultdict(Counter)
    pages: dict[str, set[str]] = defaultdict(set)
    values: dict[str, set[str]] = defaultdict(set)
    for path, rows in readings.items():
        for row in rows:
            for place, line in enumerate(row):
                match = _PAIR.match(line)
                if match is None or not _content(match[1]):
                    continue
                key = letters(match[1])
                value = match[2] or (row[place + 1] if place + 1 < len(row) else "")
                texts[key][match[1].strip()] += 1
                pages[key].add(path)
                values[key].add(letters(value))
    found = []
    for key in sorted(pages):
        if len(pages[key]) >= 2:
            text = texts[key].most_common(1)[0][0].strip(" .")
            asked = f"What is the {text if re.search('[a-z]', text) else text.lower()}?"
            found.append(AskedLabel(text, asked, frozenset(pages[key]), frozenset(values[key])))
    return found


def asked_labels(questions: Iterable[Question]) -> list[AskedLabel]:
    """Return what these questions ask for: the words in quotes, or what follows "What is"."""
    values: dict[str, set[str]] = defaultdict(set)
    for question in questions:
        values[question.question].update(map(letters, question.answers))
    found = []
    for asked in sorted(values):
        quoted = _QUOTED.search(asked)
        text = (quoted[1] if quoted else _ASKING.sub("", asked)).strip(" ?.:")
        if len(text) <= LONGEST:
            found.append(AskedLabel(text, asked, frozenset(), frozenset(values[asked])))
    return found


def lacks(page: AnnotatedPage, rows: Rows, label: AskedLabel) -> bool:
    """Return whether the page surely does not answer what the label asks for (the rules above)."""
    words = _content(label.text)
    if page.path in label.pages or max(map(len, words), default=0) < 4:
        return False
    if _is_bare(words):
        return False
    lines = [line for row in rows for line in row]
    asked = [question.question for question in page.questions]
    there = {word for line in (*lines, *asked) for word in _WORD.findall(line.casefold())}
    whole = letters(" ".join(lines))
    if words & there or any(word in whole for word in words):
        return False
    if _meanings(words) & _meanings(there):
        return False
    if any(_alike(word, other) for word in words for other in there):
        return False
    gold = {letters(answer) for question in page.questions for answer in question.answers}
    return not any(len(value) >= 4 and (value in whole or value in gold) for value in label.values)


def _question(like: Question, label: AskedLabel) -> Question:
    return replace(
        like, id=f"{like.file.stem}-{like.page}-lacks-{letters(label.text)}",
        question=label.question, answers=(), answer_boxes=(), support_boxes=(),
        alt_answer_boxes=(), field="unanswerable",
    )  # fmt: skip


def _content(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold())) - _FILLING


@lru_cache(maxsize=1 << 14)
def _is_bare(words: frozenset[str]) -> bool:
    return any(word == bare or _alike(word, bare) for word in words for bare in BARE)


@lru_cache(maxsize=1 << 18)
def _alike(word: str, other: str) -> bool:
    """Whether one may be a misreading or another form of the other."""
    if min(len(word), len(other)) < 4:
        return False
    if word.startswith(other[:4]) and min(len(word), len(other)) >= 5:
        return True
    allowed = 1 if len(word) < 8 else 2
    return abs(len(word) - len(other)) <= allowed and levenshtein(word, other) <= allowed


def _meanings(words: Iterable[str]) -> set[int]:
    found = set(words)
    return {number for number, line in enumerate(MEANINGS) if found & line}
