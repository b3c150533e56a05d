"""Lines cut by the boxes that people or a text layer give them, without any stage of the reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pinpoint_data.reference_lines import (
    ReferenceLine,
    is_torn,
    text_layer_lines,
    transcribed_lines,
    with_case,
)
from pinpoint_data.splits import is_kept
from pinpoint_edge.errors import PageError
from pinpoint_edge.vision.page import load_pages
from pinpoint_train.lines.line_crops import LineCrop
from pinpoint_train.lines.ocr_teacher import accepted, difference

if TYPE_CHECKING:
    from pinpoint_train.lines.cutting import Cutter

MARGINS = (0.1, 0.3)  # around a box, in its height: detectors leave that much
PAGES = 4  # of a PDF
OTHER_LINE = 0.5  # as in `cutting`
SHORTEST = 6  # pixels of a line's height
_LEADERS = re.compile(r"[._]( ?[._]){3}")


def crops_by_own_boxes(folder: Path, cutter: Cutter) -> Iterator[LineCrop]:
    """Lines of the folder's lines.jsonl where it has one, else of the text layers of its PDFs."""
    return (transcribed if (folder / "lines.jsonl").exists() else in_text_layers)(folder, cutter)


def transcribed(folder: Path, cutter: Cutter) -> Iterator[LineCrop]:
    """Transcribed lines of the folder's lines.jsonl."""
    for file, lines in transcribed_lines(folder / "lines.jsonl").items():
        try:
            image = load_pages([folder / "images" / file])[0].image
        except PageError:
            cutter.counts["broken page"] += 1
            continue
        yield from _cut(f"{folder.resolve().name}/{file}", image, lines, "human", cutter)


def in_text_layers(folder: Path, cutter: Cutter) -> Iterator[LineCrop]:
    """Lines of the text layers of a folder of PDFs, of the first PAGES pages each."""
    for file in sorted(folder.glob("*.pdf")):
        try:
            pages, truths = load_pages([file])[:PAGES], text_layer_lines(file)[:PAGES]
        except PageError:
            cutter.counts["broken page"] += 1
            continue
        for number, (page, lines) in enumerate(zip(pages, truths, strict=True), 1):
            name = f"{folder.resolve().name}/{file.name}#{number}"
            yield from _cut(name, page.image, lines, "layer", cutter)


def _cut(
    page: str, image: NDArray[np.uint8], lines: list[ReferenceLine], origin: str, cutter: Cutter
) -> Iterator[LineCrop]:
    """Line crops of at most `per_page` lines, evenly spread over the page."""
    random = np.random.default_rng([len(lines), *page.encode()])
    capitals = origin == "human" and not any(c.islower() for line in lines for c in line.text)
    fitting = [line for line in lines if _fits(line)]
    step = max(len(fitting) / cutter.per_page, 1.0)
    for line in (fitting[int(i * step)] for i in range(int(len(fitting) / step))):
        left, top, right, bottom = random.uniform(*MARGINS, 4) * (line.box[3] - line.box[1])
        crop = cutter.cut_box(image, line.box, (left, top / 2, right, bottom / 2))
        text = line.text
        if capitals and not is_kept(page):
            said = cutter.teacher.read(crop)
            why, text = accepted(said, text), with_case(text, said.text)
        elif origin == "layer":
            # Some layers are shifted against the page that they describe.
            far = difference(cutter.teacher.read(crop).text, text) > OTHER_LINE
            why = "other line" if far else ""
        else:
            why = ""
        if why:
            cutter.counts[why] += 1
            continue
        yield from cutter.keep(crop, text, page, origin)


def _fits(line: ReferenceLine) -> bool:
    """Whether a line is high enough, runs across, and holds words rather than dots."""
    x0, y0, x1, y1 = line.box
    upright = x1 - x0 > 0.3 * (y1 - y0) * len(line.text)
    return (
        y1 - y0 >= SHORTEST
        and upright
        and not is_torn(line.text)
        and not _LEADERS.search(line.text)
    )
