"""Which of several documents on one page a question names: "the total of the Willow receipt"."""

from __future__ import annotations

from collections.abc import Sequence

from pinpoint_edge.retrieval.trigrams import content, trigrams_of

SHORTEST = 4  # characters of a word that names
NAMED, NOT_NAMED = 0.6, 0.3  # shares of its trigrams, in a region of one document and of no other


def named_document(question: str, readings: Sequence[str], documents: Sequence[int]) -> int | None:
    """The document that words of a question name, None where none or several are named.

    readings: the rough texts of a page's regions; documents: of each. A word of the question's
    content names a document when a region there has NAMED of its trigrams and no region of another
    document more than NOT_NAMED.
    """
    numbers = sorted(set(documents))
    if len(numbers) < 2:
        return None
    texts = [set(trigrams_of(reading)) for reading in readings]
    named = set()
    for word in content(question).split():
        wanted = set(trigrams_of(word))
        if len(word) < SHORTEST:
            continue
        best = dict.fromkeys(numbers, 0.0)
        for text, number in zip(texts, documents, strict=True):
            best[number] = max(best[number], len(wanted & text) / len(wanted))
        most = max(numbers, key=lambda number: best[number])
        others = [best[number] for number in numbers if number != most]
        if best[most] >= NAMED and max(others) <= NOT_NAMED:
            named.add(most)
    return named.pop() if len(named) == 1 else None
