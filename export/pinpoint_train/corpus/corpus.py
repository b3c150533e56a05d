"""The corpus of read pages that trainings draw from: shards of `prepare` and their targets.

The target of a question is what the *recogniser* read where the gold answer stands, because a
grounded answer can only be a verbatim span of the evidence. A question whose answer was misread
beyond recognition teaches nothing and is left out (counted by the caller).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from pinpoint_data.generator.sample import DERIVED
from pinpoint_edge.errors import DataError
from pinpoint_edge.generation.quotable import word_ends, word_starts
from pinpoint_edge.vision.geometry import iou
from pinpoint_edge.vision.regions import TEXT

Box = tuple[float, float, float, float]
SUPPORT_COVER = 0.4
MIN_SIMILARITY = 0.72


@dataclass
class Question:
    """A question on a read page: regions that support it, and the words to answer with."""

    text: str
    support: list[int]
    answer: list[int]
    target: str | None  # None: not on the page
    field: str = ""


@dataclass
class ReadRecord:
    """One page of a shard; arrays are aligned with `texts`."""

    id: str
    kind: str
    size: tuple[int, int]
    texts: list[str]
    confidences: list[float]
    boxes: NDArray[np.float32]
    geometry: NDArray[np.float32]
    rows: list[list[int]]
    pooled: NDArray[np.float16]
    crops: list[NDArray[np.uint8]]
    kinds: list[str]  # of each region: "text", or what mark it is
    questions: list[Question] = field(default_factory=list)
    dropped: int = 0


def shards(folder: Path, names: Iterable[str] | None = None) -> list[Path]:
    """List the complete shards of a folder, by the names of their sets where given."""
    wanted = None if names is None else set(names)
    found = sorted(folder.glob("*-[0-9][0-9][0-9][0-9][0-9].jsonl"))
    if wanted is not None:
        found = [path for path in found if path.stem.rsplit("-", 1)[0] in wanted]
    if not found:
        raise DataError(f"{folder} holds no shard: make some with `pinpoint-distill prepare`.")
    return found


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read the pages of a shard as they are stored, one a line; DataError for a broken line."""
    # Not splitlines: JSON strings may hold U+2028, which it takes for the end of a line.
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if line:
            try:
                yield json.loads(line)
            except ValueError as error:
                raise DataError(
                    f"{path}, line {number} is broken: remove the shard, prepare again."
                ) from error


def read_shard(path: Path) -> Iterator[ReadRecord]:
    """Read the pages of one shard with their targets; DataError for a damaged shard."""
    try:
        with np.load(path.with_suffix(".npz"), allow_pickle=False) as arrays:
            pooled, widths, flat = arrays["pooled"], arrays["widths"], arrays["crops"]
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise DataError(
            f"{path.with_suffix('.npz')} cannot be read ({error}): remove the shard, prepare again."
        ) from error
    ends = np.cumsum(widths.astype(np.int64) * 16)
    pages, at = list(json_lines(path)), 0
    if not sum(len(page["regions"]) for page in pages) == len(pooled) == len(widths):
        raise DataError(f"{path} and its .npz differ in regions: remove the shard, prepare again.")
    for page in pages:
        count = len(page["regions"])
        crops = [
            flat[ends[i] - widths[i] * 16 : ends[i]].reshape(16, widths[i])
            for i in range(at, at + count)
        ]
        record = ReadRecord(
            id=page["id"],
            kind=page["kind"],
            size=(page["size"][0], page["size"][1]),
            texts=[region["text"] for region in page["regions"]],
            confidences=[region["confidence"] for region in page["regions"]],
            boxes=np.asarray([r["box"] for r in page["regions"]], np.float32).reshape(-1, 4),
            geometry=np.asarray([r["geometry"] for r in page["regions"]], np.float32).reshape(
                -1, 4
            ),
            rows=page["rows"],
            pooled=pooled[at : at + count],
            crops=crops,
            kinds=[region.get("kind", TEXT) for region in page["regions"]],
        )
        at += count
        for raw in page["questions"]:
            question = _target(record, raw)
            if question is None:
                record.dropped += 1
            else:
                record.questions.append(question)
        yield record


def _target(record: ReadRecord, raw: dict[str, Any]) -> Question | None:
    if not raw["answers"]:
        return Question(raw["question"], [], [], None, raw.get("field") or "")
    support = supporting(record, raw["support_boxes"])
    if raw.get("field") in DERIVED and _is_derived(raw["answers"][0]):
        # Nobody reads such an answer: it takes all of its support to tell.
        support = sorted(support)
        return Question(raw["question"], support, support, raw["answers"][0], raw["field"])
    answer = supporting(record, raw["answer_boxes"])
    answer = [index for index in answer if record.kinds[index] == TEXT]
    text = " ".join(record.texts[index] for index in answer)
    best, target = 0.0, ""
    for gold in raw["answers"]:
        similarity, span = best_span(text, gold)
        if similarity > best:
            best, target = similarity, span
    if best < MIN_SIMILARITY or not target.strip():
        return None
    support = sorted(set(support) | set(answer))
    return Question(raw["question"], support, answer, target, raw.get("field") or "")


def _is_derived(answer: str) -> bool:
    return answer in ("yes", "no") or (answer.isdecimal() and answer.isascii() and len(answer) < 3)


def supporting(record: ReadRecord, gold: Sequence[Sequence[float]]) -> list[int]:
    """Regions of a page that gold boxes ask for, in reading order.

    A stamp or figure may lie over text that is asked for: a mark must be what a box encloses.
    """
    return [
        index
        for index in covered_regions(record.boxes, gold, record.rows)
        if record.kinds[index] == TEXT
        or any(iou(record.boxes[index].tolist(), box) >= SUPPORT_COVER for box in gold)
    ]


def covered_regions(
    boxes: NDArray[np.float32], gold: Sequence[Sequence[float]], rows: Sequence[Sequence[int]]
) -> list[int]:
    """Regions that share enough area with any gold box, in reading order.

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
    return [index for row in rows for index in row if hit[index]]


def best_span(text: str, gold: str) -> tuple[float, str]:
    """Find the words of `text` closest to `gold`: (similarity 0..1, the words verbatim).

    Case and spaces do not count. Approximate matching after Sellers (1980), then widened to where
    a grounded answer may start and end.
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
