"""Lines for fine-tuning the recogniser and for measuring it: `pinpoint-distill strips`.

Every strip is cut by the pipeline's own crop. Its text is, in this order, what people or a text
layer say that stands there, or what PP-OCRv6 small reads where it is sure and where tiny, which
read the same line in the corpus, roughly agrees. Lines of pages kept from training go to `dev`,
and never hold a teacher's reading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from pinpoint_data.splits import dev_images, is_kept
from pinpoint_data.transcriptions import (
    Box,
    Truth,
    human_lines,
    is_torn,
    layer_lines,
    matched,
    with_case,
)
from pinpoint_edge.errors import DataError, OptionError, PageError
from pinpoint_edge.evaluation.dataset import load_dataset
from pinpoint_edge.vision.crop import REFINE_HEIGHT, REFINE_WIDTHS, crop_quad, crop_width
from pinpoint_edge.vision.page import load_pages
from pinpoint_edge.vision.regions import TEXT
from pinpoint_edge.vision.resize import resize
from pinpoint_models.paths import weights_folder
from pinpoint_models.weights import load_characters
from pinpoint_train.corpus.corpus import json_lines, shards
from pinpoint_train.corpus.rare_scripts import rare_strips
from pinpoint_train.corpus.strip_cache import Crop, Strip, pack, write_strips
from pinpoint_train.corpus.vision import PageReader
from pinpoint_train.training.teacher import Teacher, accepted, difference

OTHER_LINE = 0.5  # a truth so far from what was read there belongs to another line
SINGLE = 0.22  # width of a line, in heights a character; less means several rows in one box
MARGIN = 0.1  # around the box of a label, in heights

Quad = NDArray[np.float32]


class Cutter:
    """Cuts strips of pages and keeps count of what it left out, and why."""

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

    def keep(self, crop: Crop, text: str, page: str, origin: str) -> Iterator[Strip]:
        """Give the strip, unless its text is empty or cannot be written in our characters."""
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
        truths: list[Truth] | None,
        origin: str,
    ) -> Iterator[Strip]:
        """Strips of a page from its regions (quad, box, tiny's reading), evenly spread over it.

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


def annotated(folder: Path, corpus: Path, cutter: Cutter) -> Iterator[Strip]:
    """Strips of a prepared set: people's where lines.jsonl is there, else the teacher's."""
    name = folder.resolve().name
    lines = human_lines(folder / "lines.jsonl") if (folder / "lines.jsonl").exists() else None
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
                if r.get("kind", TEXT) == TEXT
            ]
            truths = None if lines is None else lines[file]
            origin = "teacher" if truths is None else "human"
            yield from cutter.page(record["id"], image, regions, truths, origin)


def layered(folder: Path, reader: PageReader, cutter: Cutter) -> Iterator[Strip]:
    """Strips of PDFs that have a text layer, whose pages are read here."""
    files = sorted(folder.glob("*.pdf"))
    if not files:
        raise DataError(f"{folder} holds neither qa.jsonl nor PDFs: give a folder with one.")
    for file in files:
        try:
            pages, truths = load_pages([file]), layer_lines(file)
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
                if region.kind == TEXT
            ]
            name = f"{folder.resolve().name}/{file.name}#{number}"
            yield from cutter.page(name, page.image, regions, lines, "layer")


def answers(folder: Path, cutter: Cutter) -> Iterator[Strip]:
    """Strips of the annotated answers that stand in one row, cut by their own boxes."""
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
            x0, y0, x1, y1 = (
                x0 - MARGIN * height,
                y0 - MARGIN * height,
                x1 + MARGIN * height,
                y1 + MARGIN * height,
            )
            quad = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float32)
            limits = np.array([image.shape[1], image.shape[0]], np.float32)
            crop = cutter.cut(image, np.clip(quad, 0, limits))
            yield from cutter.keep(crop, text, name, "answer")


def synthetic(seed: int, count: int, cutter: Cutter) -> Iterator[Strip]:
    """Generated lines with their exact texts, brought to the height of the stage."""
    from pinpoint_data.generator.stream import line_crops

    for number, (crop, text) in enumerate(islice(line_crops(f"strips{seed}"), count)):
        height, width = crop.shape[:2]
        width = min(max(round(width * REFINE_HEIGHT / height), 8), REFINE_WIDTHS[-1])
        strip = resize(crop, width, REFINE_HEIGHT)
        yield from cutter.keep(strip, text, f"synthetic/{number}", "synthetic")


@click.command(
    "strips", epilog="Example: pinpoint-distill strips --corpus cache --data sroie --out strips"
)
@click.option(
    "--corpus",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="What `prepare` read of the annotated folders.",
)
@click.option(
    "--data",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Annotated folder (in the corpus), or folder of PDFs with a text layer. Repeatable.",
)
@click.option(
    "--measure",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Such a folder whose lines all go to dev; of annotations, the answers. Repeatable.",
)
@click.option("--synthetic", "made", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--rare",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Lines in other scripts for dev, drawn with the fonts of this machine.",
)
@click.option("--per-page", type=click.IntRange(min=1), default=30, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--weights",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of detector and recogniser weights.",
)
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
def main(
    corpus: Path | None,
    data: tuple[Path, ...],
    measure: tuple[Path, ...],
    made: int,
    rare: int,
    per_page: int,
    seed: int,
    weights: Path | None,
    out: Path,
) -> None:
    """Cut lines of height 48 with their texts, for `refiner` and `refiner-errors`."""
    source = weights or weights_folder()
    characters = load_characters(source)
    if not (data or measure or made or rare):
        raise OptionError("No lines to cut: give --data, --measure, --synthetic or --rare.")
    for folder in (*data, *measure):
        cutter, name = Cutter(characters, per_page), folder.resolve().name
        if not (folder / "qa.jsonl").exists():
            strips = layered(folder, PageReader(source, out / "graphs"), cutter)
        elif folder in measure:
            strips = answers(folder, cutter)
        elif corpus is not None:
            strips = annotated(folder, corpus, cutter)
        else:
            raise OptionError(f"{folder} is annotated: give the --corpus that read it.")
        found = list(strips)
        if folder in measure:
            # A set with a list of its own is measured on that alone.
            listed = name in dev_images()
            train, dev = [], [s for s in found if not listed or is_kept(s.page)]
            name = f"{name}-measured"
        else:
            train = [s for s in found if not is_kept(s.page)]
            dev = [s for s in found if is_kept(s.page)]
        for side, part in (("train", train), ("dev", dev)):
            if part:
                write_strips(out / side / name, part)
        told = ", ".join(f"{key} {count}" for key, count in sorted(cutter.counts.items()))
        click.echo(f"{name}: {len(train)} to train on, {len(dev)} kept ({told})")
    if made:
        cutter = Cutter(characters, per_page)
        count = write_strips(out / "train" / "synthetic", synthetic(seed, made, cutter))
        click.echo(f"synthetic: {count} to train on")
    if rare:
        for script, lines in rare_strips(characters, rare, seed).items():
            write_strips(out / "dev" / script, lines)
            click.echo(f"{script}: {len(lines)} kept")
