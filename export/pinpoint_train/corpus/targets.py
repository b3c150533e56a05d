"""The target of a question: the words that the recogniser read where the gold answer is printed.

An answer of the pipeline can only be a verbatim span of the evidence. A question whose answer was
misread beyond recognition teaches nothing and is left out; readers of the corpus count these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_data.generator.synthetic_page import DERIVED
from pinpoint_edge.generation.quotable import word_ends, word_starts
from pinpoint_train.corpus.page import CorpusPage, CorpusQuestion

SUPPORT_COVER = 0.4
MIN_SIMILARITY = 0.72


def target_of(page: CorpusPage, raw: dict[str, Any]) -> CorpusQuestion | None:
    """The question of a stored record with its target; None where that was misread."""
    if not raw["answers"]:
        return CorpusQuestion(raw["question"], [], [], None, raw.get("field") or "")
    support = covered_regions(page.boxes, raw["support_boxes"])
    if raw.get("field") in DERIVED and _is_derived(raw["answers"][0]):
        # Such an answer is printed nowhere: it follows from all of its support.
        support = sorted(support)
        return CorpusQuestion(raw["question"], support, support, raw["answers"][0], raw["field"])
    answer = covered_regions(page.boxes, raw["answer_boxes"])
    text = " ".join(page.texts[index] for index in answer)
    best, target = 0.0, ""
    for gold in raw["answers"]:
        similarity, span = best_span(text, gold)
        if similarity > best:
            best, target = similarity, span
    if best < MIN_SIMILARITY or not target.strip():
        return None
    support = sorted(set(support) | set(answer))
    return CorpusQuestion(raw["question"], support, answer, target, raw.get("field") or "")


def _is_derived(answer: str) -> bool:
    return answer in ("yes", "no") or (answer.isdecimal() and answer.isascii() and len(answer) < 3)


def covered_regions(boxes: NDArray[np.float32], gold: Sequence[Sequence[float]]) -> list[int]:
    """Regions that share enough area with any gold box.

    Enough is 40 % of the smaller of the two, because a detected line may hold a label and its value
    while the gold box holds the value alone, and a gold box may hold several lines.
    """
    if len(boxes) == 0 or not gold:
        return []
    targets = np.asarray(gold, np.float32)
    low = np.maximum(boxes[:, None, :2], targets[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], targets[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    smaller = np.minimum(
        np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)[:, None],
        np.prod(targets[:, 2:] - targets[:, :2], axis=1)[None],
    )
    hit = (shared / np.maximum(smaller, 1e-6) >= SUPPORT_COVER).any(axis=1)
    return [int(index) for index in np.flatnonzero(hit)]


def best_span(text: str, gold: str) -> tuple[float, str]:
    """Find the words of `text` closest to `gold`: (similarity 0..1, the words verbatim).

    Case and spaces do not count. Approximate matching after Sellers (1980), then widened to where
    an answer may start and end.
    """
    kept = [index for index, char in enumerate(text) if not char.isspace()]
    pattern = "".join(gold.casefold().split())
    if not kept or not pattern:
        return 0.0, ""
    compact = "".join(text[index].casefold()[:1] for index in kept)
    end, distance = _best_end(compact, pattern)
    length, _ = _best_end(compact[:end][::-1], pattern[::-1], anchored=True)
    start = max(end - length, 0)
    if end <= start:
        return 0.0, ""
    first, last = kept[start], kept[end - 1] + 1
    first = max((place for place in word_starts(text) if place <= first), default=0)
    last = min((place for place in word_ends(text) if place >= last), default=len(text))
    return max(1.0 - distance / len(pattern), 0.0), text[first:last]


def _best_end(text: str, pattern: str, anchored: bool = False) -> tuple[int, int]:
    """End of the best match of `pattern` in `text` and its edit distance; `anchored`: from 0."""
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    steps = np.arange(len(codes) + 1)
    row = steps.copy() if anchored else np.zeros(len(codes) + 1, np.int64)
    for index, char in enumerate(pattern, 1):
        diagonal = row[:-1] + (codes != ord(char))
        best = np.concatenate([[index], np.minimum(diagonal, row[1:] + 1)])
        row = np.minimum.accumulate(best - steps) + steps
    end = int(np.argmin(row))
    return end, int(row[end])
