"""The four vision stages as functions over host arrays: batching, padding and bucket choice.

Each function says which tensors go in and out; the contracts of the graphs themselves are in
docs/bundle.md. Sessions are loaded on first use, so that opening a bundle costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.retrieval import trigrams
from pinpoint_edge.vision import ctc, elements, regions
from pinpoint_edge.vision.canvas import fit_canvas
from pinpoint_edge.vision.crop import (
    GLANCE_HEIGHT,
    GLANCE_WIDTHS,
    REFINE_HEIGHT,
    REFINE_WIDTHS,
    batch_crops,
)
from pinpoint_edge.vision.page import Page
from pinpoint_runtimes import KVCache, Session

READING_TRIGRAMS = 32
INSTRUCTION_TRIGRAMS = 64
ALIGN_SIZES = (64, 256)
GLANCE_FEATURES = (4, 96)

Timings = dict[str, float]


class StageSource(Protocol):
    """Where sessions come from: a bundle loaded by a runtime, or the reference in torch."""

    def session(self, stage: str) -> Session:
        """Give the session of a vision stage, loading it on first use."""

    def kv_cache(self, capacity: int) -> KVCache:
        """Give a decode session with an empty cache of `capacity` tokens."""

    def close(self) -> None:
        """Free all sessions."""


@contextmanager
def timed(timings: Timings, stage: str) -> Iterator[None]:
    """Add the milliseconds of the block to `timings[stage]`."""
    start = time.perf_counter()
    try:
        yield
    finally:
        timings[stage] = timings.get(stage, 0.0) + (time.perf_counter() - start) * 1e3


@dataclass(frozen=True)
class Glance:
    """What a first cheap look gave for N regions: features f32 (N,4,96) and rough readings."""

    features: NDArray[np.float32]
    readings: list[str]


@dataclass(frozen=True)
class Refined:
    """A region read at full resolution: its visual token f32 (d_llm,) and its transcription."""

    visual: NDArray[np.float32]
    transcription: ctc.Transcription


def detect(session: Session, page: Page) -> list[regions.Region]:
    """Find the regions of a page: lines of text, and marks where the bundle finds them."""
    canvas = fit_canvas(page.image)
    image = np.ascontiguousarray(canvas.image.transpose(2, 0, 1)[None])
    maps = session.run({"image": image})
    mark_map = maps.get("mark_map")  # a bundle without a head for marks has none
    return elements.find_all(maps["text_map"], mark_map, canvas.scale, page.image, page.number)


def glance(
    session: Session, page: Page, found: Sequence[regions.Region], characters: Sequence[str]
) -> Glance:
    """Look at all regions of a page at 16 pixels height; a mark is read as its kind."""
    features = np.zeros((len(found), *GLANCE_FEATURES), np.float32)
    readings = [""] * len(found)
    quads = [region.quad for region in found]
    for indices, crops, used in batch_crops(
        page.image, quads, GLANCE_HEIGHT, GLANCE_WIDTHS, grey=True
    ):
        seen = session.run({"crops": crops, "widths": used})
        for slot, index in enumerate(indices):
            features[index] = seen["features"][slot]
            if found[index].kind != regions.TEXT:
                readings[index] = found[index].kind
                continue
            readings[index] = ctc.decode(seen["reading"][slot], None, characters).text
    return Glance(features, readings)


def align(
    session: Session,
    instruction: str,
    seen: Glance,
    geometry: NDArray[np.float32],
    rows: Sequence[Sequence[int]],
) -> NDArray[np.float32]:
    """Score every region of one page against the instruction.

    Returns f32 (N,): logits relative to the null region, so that 0 is as likely as "none" and
    parts and pages can be compared. More regions than the largest size are aligned in parts.
    """
    count = len(seen.readings)
    if count == 0:
        return np.zeros(0, np.float32)
    match = trigrams.match_features(instruction, seen.readings, geometry, rows)
    ids = np.stack([trigrams.trigram_ids(text, READING_TRIGRAMS) for text in seen.readings])
    question = trigrams.instruction_ids(instruction, INSTRUCTION_TRIGRAMS)
    relevance = np.zeros(count, np.float32)
    order = np.concatenate([np.asarray(row, np.int64) for row in rows])
    for start in range(0, count, ALIGN_SIZES[-1]):
        part = order[start : start + ALIGN_SIZES[-1]]
        size = next(size for size in ALIGN_SIZES if size >= len(part))
        scores = session.run(
            {
                "features": _padded(seen.features[part], size),
                "trigrams": _padded(ids[part], size),
                "match": _padded(match[part], size),
                "geometry": _padded(geometry[part], size),
                "mask": _padded(np.ones(len(part), np.float32), size),
                "instruction": question,
            }
        )["relevance"]
        relevance[part] = scores[: len(part)] - scores[size]
    return relevance


def refine(
    session: Session,
    page: Page,
    found: Sequence[regions.Region],
    geometry: NDArray[np.float32],
    characters: Sequence[str],
) -> list[Refined]:
    """Read regions of one page again at full resolution; a mark is read as what it is called."""
    result: dict[int, Refined] = {}
    quads = [region.quad for region in found]
    for indices, crops, used in batch_crops(
        page.image, quads, REFINE_HEIGHT, REFINE_WIDTHS, grey=False
    ):
        out = session.run(
            {"crops": crops, "geometry": _padded(geometry[indices], len(crops)), "widths": used}
        )
        for slot, index in enumerate(indices):
            if found[index].kind != regions.TEXT:
                line = elements.transcription(found[index])
            else:
                line = ctc.decode(
                    out["classes"][slot, :, 0],
                    out["probabilities"][slot, :, 0],
                    characters,
                    used[slot] / crops.shape[3],
                )
            result[index] = Refined(out["visual"][slot].copy(), line)
    return [result[index] for index in range(len(found))]


def _padded(rows: NDArray[np.generic], size: int) -> NDArray[np.generic]:
    """Pad the first axis with zeros up to `size`."""
    padding = np.zeros((size - len(rows), *rows.shape[1:]), rows.dtype)
    return np.concatenate([rows, padding])
