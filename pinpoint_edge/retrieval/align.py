"""The `align` stage on the host: the relevance of a page's regions to a question."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.retrieval import trigrams
from pinpoint_edge.vision.look import LookedPage
from pinpoint_runtimes import Session

READING_TRIGRAMS = 32
INSTRUCTION_TRIGRAMS = 64
ALIGN_SIZES = (64, 256)


def align(session: Session, question: str, page: LookedPage) -> NDArray[np.float32]:
    """Score every region of one page against the question.

    Returns f32 (N,): logits relative to the null region, so that 0 is as likely as "none" and
    parts and pages can be compared. More regions than the largest size are aligned in parts.
    """
    readings, layout = page.glance.readings, page.layout
    count = len(readings)
    if count == 0:
        return np.zeros(0, np.float32)
    match = trigrams.match_features(question, readings, layout)[:, : _width(session, "match")]
    geometry = layout.places[:, : _width(session, "geometry")]
    ids = np.stack([trigrams.trigram_ids(text, READING_TRIGRAMS) for text in readings])
    instruction = trigrams.instruction_ids(question, INSTRUCTION_TRIGRAMS)
    relevance = np.zeros(count, np.float32)
    order = np.concatenate([np.asarray(row, np.int64) for row in layout.rows])
    for start in range(0, count, ALIGN_SIZES[-1]):
        part = order[start : start + ALIGN_SIZES[-1]]
        size = next(size for size in ALIGN_SIZES if size >= len(part))
        scores = session.run(
            {
                "features": _padded(page.glance.features[part], size),
                "trigrams": _padded(ids[part], size),
                "match": _padded(match[part], size),
                "geometry": _padded(geometry[part], size),
                "mask": _padded(np.ones(len(part), np.float32), size),
                "instruction": instruction,
            }
        )["relevance"]
        relevance[part] = scores[: len(part)] - scores[size]
    return relevance


def _width(session: Session, name: str) -> int:
    """Columns of an input that the stage takes: weights of before the layout step take fewer."""
    width = next(spec.shape[-1] for spec in session.inputs if spec.name == name)
    return int(width)


def _padded(values: NDArray[np.generic], size: int) -> NDArray[np.generic]:
    """Pad the first axis with zeros up to `size`."""
    padding = np.zeros((size - len(values), *values.shape[1:]), values.dtype)
    return np.concatenate([values, padding])
