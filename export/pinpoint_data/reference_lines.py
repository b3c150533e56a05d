"""The text of a line according to others than the recogniser: people, text layers, labels.

Such texts come with boxes of their own, which are not those of the detector. A region takes the
text of the boxes that it covers when together they are just as wide; else nobody knows what its
crop holds, and it is left out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pinpoint_data.generator.pdf_layout import open_pdf, text_runs
from pinpoint_edge.errors import DataError

Box = tuple[float, float, float, float]
DPI = 144  # of PDF pages, as `pinpoint_edge.vision.page` opens them
COVERED, TOUCHED = 0.6, 0.15
LOOSE = 0.8  # how far, in heights of the line, the ends may be apart
GAP = 0.15  # of the height: pieces closer than this may be one word or two


@dataclass(frozen=True)
class ReferenceLine:
    """A text and the upright box of its ink, in pixels of the page."""

    box: Box
    text: str


def transcribed_lines(path: Path) -> dict[str, list[ReferenceLine]]:
    """Transcribed lines by image name; DataError for a file that holds something else."""
    try:
        pages = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
        return {
            Path(page["image"]).name: [
                ReferenceLine(tuple(line["box"]), line["text"]) for line in page["lines"]
            ]
            for page in pages
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path} holds no transcribed lines ({error!r}): one page a line, with `image` and "
            "`lines` of `box` and `text`."
        ) from error


def text_layer_lines(path: Path) -> list[list[ReferenceLine]]:
    """Lines of the text layer of each page of a PDF."""
    document = open_pdf(str(path))
    scale = DPI / 72
    pages = [
        [ReferenceLine(tuple(scale * v for v in run.box), run.text) for run in text_runs(page)]  # type: ignore[arg-type]
        for page in document
    ]
    document.close()
    return pages


def matched(boxes: Sequence[Box], truths: Sequence[ReferenceLine]) -> list[tuple[int, str]]:
    """Pair regions (their upright boxes) with the text of each, where it is certain."""
    if not truths or not len(boxes):
        return []
    true = np.asarray([truth.box for truth in truths], np.float64)
    pairs = []
    for index, box in enumerate(boxes):
        share = _covered(true, box)
        inside = np.flatnonzero(share >= COVERED)
        if not len(inside) or ((share > TOUCHED) & (share < COVERED)).any():
            continue
        inside = inside[np.argsort(true[inside, 0])]
        found = true[inside]
        height = float((found[:, 3] - found[:, 1]).mean())
        gaps = found[1:, 0] - found[:-1, 2]
        ends = max(abs(found[0, 0] - box[0]), abs(found[-1, 2] - box[2]))
        if ends <= LOOSE * height and (gaps > GAP * height).all():
            pairs.append((index, " ".join(truths[i].text for i in inside)))
    return pairs


def _covered(boxes: NDArray[np.float64], by: Box) -> NDArray[np.float64]:
    low, high = np.maximum(boxes[:, :2], by[:2]), np.minimum(boxes[:, 2:], by[2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return np.asarray(shared / np.maximum(areas, 1e-6))


def is_torn(text: str) -> bool:
    """Whether a text layer tears words apart: a third of its words are single letters."""
    words = text.split()
    return 3 * sum(len(word) == 1 and word.isalpha() for word in words) >= len(words) > 2


def with_case(text: str, reading: str) -> str:
    """Give a transcription in capitals the case of a reading of the same line.

    The characters and spaces stay; a letter that the reading lacks takes the case of the letter
    in its place there, else it stays as it is.
    """
    result = list(text)
    for _, start, stop, first, last in SequenceMatcher(
        None, text.lower(), reading.lower(), autojunk=False
    ).get_opcodes():
        if stop - start == last - first:
            for place, other in zip(range(start, stop), reading[first:last], strict=True):
                if other.islower():
                    result[place] = result[place].lower()
    return "".join(result)
