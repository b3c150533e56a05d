"""The worst answers of a record with their boxes on the page, or on its outline."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pinpoint_edge.bench.record.record import Box, MeasuredAnswer, Record
from pinpoint_edge.errors import PageError

SHOWN = 6
WIDTH = 420  # pixels of a page in the report
QUALITY = 60


@dataclass(frozen=True)
class WorstAnswer:
    """An answer, its page as a data address where it is at hand, and boxes as x, y, w, h."""

    answer: MeasuredAnswer
    picture: str | None
    gold: tuple[Box, ...]
    said: tuple[Box, ...]


def worst_answers(record: Record, files: Mapping[str, Path]) -> list[WorstAnswer]:
    """Return the answers of the first round with the lowest ANLS, the surest ones first.

    files: paths by the pages' names in the record; those that are missing are drawn as outlines.
    """
    wrong = [a for a in record.answers if a.round == 0 and a.anls < 1]
    wrong.sort(key=lambda a: (a.anls, -a.confidence))
    return [
        WorstAnswer(a, _picture(files.get(a.page), a), _sized(a.gold_boxes), _sized(a.boxes))
        for a in wrong[:SHOWN]
    ]


def _sized(boxes: Sequence[Box]) -> tuple[Box, ...]:
    return tuple((x0, y0, x1 - x0, y1 - y0) for x0, y0, x1, y1 in boxes)


def _picture(path: Path | None, answer: MeasuredAnswer) -> str | None:
    """Return the page, small, as a data address; None where it cannot be drawn as it was asked."""
    if path is None:
        return None
    from PIL import Image

    from pinpoint_edge.vision.page import load_pages

    try:
        page = load_pages(str(path))[0]
        pixels = page.image
    except PageError:
        return None
    if pixels.shape[1::-1] != (answer.width, answer.height):
        return None
    image = Image.fromarray(pixels)
    image.thumbnail((WIDTH, 4 * WIDTH))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}"
