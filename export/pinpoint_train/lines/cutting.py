"""Cut line crops out of pages, for training the recogniser and for measuring it.

Every line is cut by the pipeline's own crop. Its text is that of people or of a text layer, or else
the transcription of a teacher where it is sure and roughly agrees with the text in the corpus.
Lines of held-out pages never have a teacher's text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from pinpoint_data.reference_lines import (
    Box,
    ReferenceLine,
    is_torn,
    matched,
    text_layer_lines,
    transcribed_lines,
    with_case,
)
from pinpoint_data.splits import dev_images, is_kept
from pinpoint_edge.errors import DataError, PageError
from pinpoint_edge.evaluation.dataset import load_dataset
from pinpoint_edge.vision.crop import REFINE_HEIGHT, REFINE_WIDTHS, crop_quad, crop_width
from pinpoint_edge.vision.page import load_pages
from pinpoint_edge.vision.resize import resize
from pinpoint_train.corpus.page_reader import PageReader
from pinpoint_train.corpus.shards import json_lines, shards
from pinpoint_train.lines.line_crops import Crop, LineCrop, pack
from pinpoint_train.lines.ocr_teacher import Teacher, accepted, difference

OTHER_LINE = 0.5  # a text that differs this much from the transcription is of another line
SINGLE = 0.22  # width of a line, in heights a character; less means several rows in one box
MARGIN = 0.1  # around the box of a label, in heights

Quad = NDArray[np.float32]


class Cutter:
    """Cuts lines of pages and counts those it left out, by the reason."""

    def __init__(self, characters: Sequence[str], per_page: int) -> None:
        self.known = set("".join(characters))
        self.per_page = per_page
        self.counts: Counter[str] = Counter()
        self._teacher: Teacher | None = None

    @property
    def teacher(self) -> Teacher:
        if self._teacher is None:
            self._teacher = Teacher()
        return self._teacher

    def cut(self, image: NDArray[np.uint8], quad: Quad) -> Crop:
        """Cut a region as the `refine` stage does, without its padding."""
        width = min(crop_width(quad, REFINE_HEIGHT), REFINE_WIDTHS[-1])
        return crop_quad(image, quad, REFINE_HEIGHT, width)

    def cut_box(
        self, image: NDArray[np.uint8], box: Box, margins: tuple[float, float, float, float]
    ) -> Crop:
        """Cut a box with margins (left, top, right, bottom), as far as the image goes."""
        x0, y0, x1, y1 = box
        left, top, right, bottom = margins
        x0, y0, x1, y1 = x0 - left, y0 - top, x1 + right, y1 + bottom
        quad = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float32)
        limits = np.array([image.shape[1], image.shape[0]], np.float32)
        return self.cut(image, np.clip(quad, 0, limits))

    def keep(self, crop: Crop, text: str, page: str, origin: str) -> Iterator[LineCrop]:
        """Give the line, unless its text is empty or cannot be written in our characters."""
        text = " ".join(text.split())
        if not text or not self.known.issuperset(text):
            self.counts["character"] += 1
            return
        self.counts[origin] += 1
        yield pack(crop, text, page, origin)

    def page(
        self,
        page: str,
        image: NDArray[np.uint8],
        regions: Sequence[tuple[Quad, Box, str]],
        truths: list[ReferenceLine] | None,
        origin: str,
    ) -> Iterator[LineCrop]:
        """Line crops of a page from its regions (quad, box, tiny's reading), evenly spread over it.

        Without truths the teacher reads; a page kept from training then gives nothing.
        """
        if truths is None:
            if is_kept(page):
                return
            pairs = [(i, reading) for i, (_, _, reading) in enumerate(regions) if reading.strip()]
        else:
            pairs = matched([box for _, box, _ in regions], truths)
        capitals = truths is not None and not any(c.islower() for t in truths for c in t.text)
        step = max(len(pairs) / self.per_page, 1.0)
        for index, text in (pairs[int(i * step)] for i in range(int(len(pairs) / step))):
            quad, _, reading = regions[index]
            crop = self.cut(image, quad)
            if truths is None:
                said = self.teacher.read(crop)
                why = accepted(said, reading)
                text = said.text
            else:
                why = "torn" if origin == "layer" and is_torn(text) else ""
                why = "other line" if difference(text, reading) > OTHER_LINE else why
                if capitals and not why and not is_kept(page):
                    # SROIE was transcribed in capitals throughout: the case is the teacher's.
                    said = self.teacher.read(crop)
                    why = accepted(said, text)
                    text = with_case(text, said.text)
            if why:
                self.counts[why] += 1
                continue
            yield from self.keep(crop, text, page, origin)


def annotated_crops(folder: Path, corpus: Path, cutter: Cutter) -> Iterator[LineCrop]:
    """Line crops of a prepared set: people's where lines.jsonl is there, else the teacher's."""
    name = folder.resolve().name
    lines = transcribed_lines(folder / "lines.jsonl") if (folder / "lines.jsonl").exists() else None
    for shard in shards(corpus, [name]):
        for record in json_lines(shard):
            file = str(record["id"]).split("/", 1)[1]
            if lines is not None and file not in lines:
                continue
            try:
                image = load_pages([folder / "images" / file])[0].image
            except PageError:
                cutter.counts["broken page"] += 1
                continue
            regions = [
                (np.asarray(r["quad"], np.float32), tuple(r["box"]), str(r["text"]))
                for r in record["regions"]
            ]
            truths = None if lines is None else lines[file]
            origin = "teacher" if truths is None else "human"
            yield from cutter.page(record["id"], image, regions, truths, origin)


def text_layer_crops(folder: Path, reader: PageReader, cutter: Cutter) -> Iterator[LineCrop]:
    """Line crops of PDFs that have a text layer, whose pages are read by `reader`."""
    files = sorted(folder.glob("*.pdf"))
    if not files:
        raise DataError(f"{folder} holds neither qa.jsonl nor PDFs: give a folder with one.")
    for file in files:
        try:
            pages, truths = load_pages([file]), text_layer_lines(file)
        except PageError:
            cutter.counts["broken page"] += 1
            continue
        for number, (page, lines) in enumerate(zip(pages, truths, strict=True), 1):
            if not lines:
                cutter.counts["page without text layer"] += 1
                continue
            seen = reader.read(page.image)
            regions = [
                (region.quad, region.box, text)
                for region, text in zip(seen.regions, seen.texts, strict=True)
            ]
            name = f"{folder.resolve().name}/{file.name}#{number}"
            yield from cutter.page(name, page.image, regions, lines, "layer")


def answer_crops(folder: Path, cutter: Cutter) -> Iterator[LineCrop]:
    """Line crops of the annotated answers of one row, cut by their own boxes."""
    for page in load_dataset(folder / "qa.jsonl"):
        image = load_pages([folder / page.questions[0].image])[0].image
        name = f"{folder.resolve().name}/{Path(page.questions[0].image).name}"
        done = set()
        for question in page.questions:
            if len(question.answer_boxes) != 1 or question.answer_boxes[0] in done:
                continue
            x0, y0, x1, y1 = question.answer_boxes[0]
            text, height = question.answers[0], y1 - y0
            done.add(question.answer_boxes[0])
            if x1 - x0 < SINGLE * height * len(text):
                cutter.counts["several rows"] += 1
                continue
            margin = MARGIN * height
            crop = cutter.cut_box(image, question.answer_boxes[0], (margin,) * 4)
            yield from cutter.keep(crop, text, name, "answer")


def synthetic_crops(seed: int, count: int, cutter: Cutter) -> Iterator[LineCrop]:
    """Generated lines with their exact texts, every second one as an office machine sets it."""
    from pinpoint_data.generator import typed_lines
    from pinpoint_data.generator.crops import random_text
    from pinpoint_data.generator.stream import line_crops
    from pinpoint_data.generator.text.vocabulary import Maker

    for number, (crop, text) in enumerate(islice(line_crops(f"strips{seed}"), count)):
        if number % 2:
            random = Random(f"typed{seed}:{number}")
            crop, text = typed_lines.line(random, random_text(random, Maker(random)))
        height, width = crop.shape[:2]
        width = min(max(round(width * REFINE_HEIGHT / height), 8), REFINE_WIDTHS[-1])
        line = resize(crop, width, REFINE_HEIGHT)
        yield from cutter.keep(line, text, f"synthetic/{number}", "synthetic")


def divided(
    folder: Path, crops: list[LineCrop], *, measured: bool
) -> tuple[str, dict[str, list[LineCrop]]]:
    """The name of a folder's set, and its lines by their side: "train" and "dev".

    measured: all of them are for measuring.
    """
    name = folder.resolve().name
    if measured:
        # A set with a list of its own is measured on that alone.
        listed = name in dev_images()
        dev = [crop for crop in crops if not listed or is_kept(crop.page)]
        return f"{name}-measured", {"train": [], "dev": dev}
    train = [crop for crop in crops if not is_kept(crop.page)]
    return name, {"train": train, "dev": [crop for crop in crops if is_kept(crop.page)]}
