"""The golden documents, found anew from step 5a of docs/bundle.md without the package."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

GOLDEN = json.loads((Path(__file__).parent / "documents/cases.json").read_text(encoding="utf-8"))
STOP = {"what", "is", "the", "of", "are", "and", "how", "much"}


def rows_of(boxes):
    """Rows of boxes of one height that do not overlap: by their tops."""
    return {top: [box for box in boxes if box[1] == top] for top in {box[1] for box in boxes}}


def documents(boxes, indices, rules):
    if len(indices) < 6:
        return None
    heights = sorted(boxes[n][3] - boxes[n][1] for n in indices)
    tall = max(heights[(len(heights) - 1) // 2], 1)
    taken = set()
    for n in indices:
        less = (boxes[n][3] - boxes[n][1]) // 8
        taken |= set(range(boxes[n][0] + less, boxes[n][2] - less))
    spans, start = [], None
    for u in range(min(taken), max(taken) + 1):
        if u not in taken and start is None:
            start = u
        if u in taken and start is not None:
            spans.append((start, u))
            start = None
    spans = [(a, b) for a, b in spans if b - a >= 1.5 * tall]
    for a, b in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        if any(start < a and stop > b for _, start, stop in rules):
            continue
        left = [n for n in indices if (boxes[n][0] + boxes[n][2]) / 2 < (a + b) / 2]
        right = [n for n in indices if n not in left]
        one, other = documents(boxes, left, rules), documents(boxes, right, rules)
        if one and other:
            return one + other
    rows = rows_of([boxes[n] for n in indices])
    paired = sum(len(row) > 1 for row in rows.values())
    return None if spans or len(rows) < 6 or paired < 3 else [indices]


@pytest.mark.parametrize("case", GOLDEN["pages"], ids=lambda case: case["name"])
def test_documents(case):
    everything = list(range(len(case["boxes"])))
    found = documents(case["boxes"], everything, case["rules"]) if everything else None
    assert case["documents"] == (found or [everything])


def test_geometry_on_documents():
    framed = GOLDEN["framed"]
    count = max(framed["documents"]) + 1
    edges = [[1.0, 0.0] for _ in range(count)]
    for (x, _, w, _), number in zip(framed["geometry"], framed["documents"], strict=True):
        edges[number] = [min(edges[number][0], x - w / 2), max(edges[number][1], x + w / 2)]
    meet = [0.0, *((edges[n][1] + edges[n + 1][0]) / 2 for n in range(count - 1)), 1.0]
    for (x, y, w, h), number, got in zip(
        framed["geometry"], framed["documents"], framed["on_documents"], strict=True
    ):
        wide = meet[number + 1] - meet[number]
        wanted = [(x - meet[number]) / wide, y, w / wide, h]
        assert got == pytest.approx(wanted, abs=2e-6)


def trigrams(text):
    words = "".join(c if c.isalnum() else " " for c in text.casefold()).split()
    return {f"^{word}$"[n : n + 3] for word in words for n in range(len(word))}


@pytest.mark.parametrize("case", GOLDEN["named"]["questions"], ids=lambda case: case["question"])
def test_named_documents(case):
    named, texts = set(), GOLDEN["named"]
    for word in case["question"].casefold().rstrip("?").split():
        if word in STOP or len(word) < 4:
            continue
        shares = {0: 0.0, 1: 0.0}
        for text, number in zip(texts["readings"], texts["documents"], strict=True):
            share = len(trigrams(word) & trigrams(text)) / len(trigrams(word))
            shares[number] = max(shares[number], share)
        named |= {n for n in (0, 1) if shares[n] >= 0.6 and shares[1 - n] <= 0.3}
    assert case["names"] == (named.pop() if len(named) == 1 else None)
