"""The pages of a long document that a question is likely to be about, by the words of their layers.

BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) over the beginnings of
words. Pages whose text is not known are always among them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

MOST = 8  # pages with a text layer that are looked at for a question
STEM = 6  # first letters of a word, so that "invoices" finds "invoice"
SATURATION, LENGTH = 1.2, 0.75  # k1 and b of BM25

# Words of questions rather than of pages.
_QUESTION_WORDS = """
    a an and are as at be by did do does for from had has have how in is it its me of on or our
    please tell that the their there this to was we were what when where which who whom whose why
    with you your
"""
_ASKING = frozenset(_QUESTION_WORDS.split())


def likely_pages(question: str, texts: Sequence[str | None]) -> list[int]:
    """Return the numbers of the pages to look at for a question, ascending.

    texts: of each page, None where it is not known. All pages, where they are few or where no word
    of the question is on any of them.
    """
    known = [number for number, text in enumerate(texts) if text is not None]
    everything = list(range(len(texts)))
    if len(known) <= MOST:
        return everything
    pages = [Counter(_words(texts[number] or "")) for number in known]
    wanted = [word for word in dict.fromkeys(_words(question)) if word not in _ASKING]
    scores = _scores(wanted, pages)
    if max(scores) <= 0.0:
        return everything
    best = sorted(range(len(known)), key=lambda place: (-scores[place], place))[:MOST]
    likely = {known[place] for place in best}
    return [number for number in everything if texts[number] is None or number in likely]


def _scores(wanted: Sequence[str], pages: Sequence[Counter[str]]) -> list[float]:
    lengths = [page.total() for page in pages]
    usual = max(1.0, sum(lengths) / len(pages))
    rarity = {}
    for word in wanted:
        holding = sum(word in page for page in pages)
        rarity[word] = math.log(1 + (len(pages) - holding + 0.5) / (holding + 0.5))
    return [
        sum(
            rarity[word] * page[word] * (SATURATION + 1)
            / (page[word] + SATURATION * (1 - LENGTH + LENGTH * length / usual))
            for word in wanted
        )
        for page, length in zip(pages, lengths, strict=True)
    ]  # fmt: skip


def _words(text: str) -> list[str]:
    return [
        word if word in _ASKING else word[:STEM] for word in re.findall(r"\w+", text.casefold())
    ]
