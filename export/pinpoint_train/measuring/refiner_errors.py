"""`pinpoint-distill refiner-errors`: what recognisers misread on lines kept from training.

Errors are edits (Levenshtein) and are parted: `other` are those left when neither spaces nor case
count, `case` those that come when case counts, `spaces` those that come when spaces count. A set
whose texts know no small letter tells nothing of case, so that both sides are folded there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click
import numpy as np
import onnxruntime as ort
from rich.console import Console
from rich.table import Table

from pinpoint_edge.errors import OptionError
from pinpoint_edge.evaluation.metrics import (
    Estimate,
    bootstrap_interval,
    levenshtein,
    paired_bootstrap,
)
from pinpoint_edge.storage.atomic import write_json
from pinpoint_edge.vision import ctc
from pinpoint_edge.vision.crop import BATCH, COLOUR_FILL, REFINE_HEIGHT, REFINE_WIDTHS
from pinpoint_models.paths import weights_folder
from pinpoint_models.weights import load_characters
from pinpoint_train.corpus.strip_cache import Crop, Strip, read_sets, spread
from pinpoint_train.corpus.vision import lowered
from pinpoint_train.training.teacher import Teacher

Read = Callable[[Sequence[Crop]], list[str]]


@dataclass(frozen=True)
class Errors:
    """Edits from a reading to the true text, by kind."""

    spaces: int
    case: int
    other: int

    @property
    def total(self) -> int:
        return self.spaces + self.case + self.other


def split_errors(reading: str, true: str) -> Errors:
    """Part the edits of a reading: see the module."""
    joined, joined_true = "".join(reading.split()), "".join(true.split())
    other = levenshtein(joined.lower(), joined_true.lower())
    cased = levenshtein(joined, joined_true)
    whole = levenshtein(" ".join(reading.split()), " ".join(true.split()))
    return Errors(whole - cased, cased - other, other)


@dataclass
class Score:
    """Errors of one recogniser on one set, line by line, and the seconds it took."""

    errors: list[Errors] = field(default_factory=list)
    seconds: float = 0.0

    def rates(self, strips: Sequence[Strip]) -> list[float]:
        """Errors a character, once for each character, so that their mean is the error rate."""
        return [
            error.total / len(strip.text)
            for error, strip in zip(self.errors, strips, strict=True)
            for _ in strip.text
        ]


class Tiny:
    """The recogniser of a folder of weights as the pipeline runs it: batches of 8, padded."""

    def __init__(self, weights: Path, characters: Sequence[str], cache: Path) -> None:
        cache.mkdir(parents=True, exist_ok=True)
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._session = ort.InferenceSession(
            lowered("recogniser", weights, cache), options, providers=["CPUExecutionProvider"]
        )
        self._characters = characters

    def __call__(self, crops: Sequence[Crop]) -> list[str]:
        """Read at most 8 crops."""
        widest = max(crop.shape[1] for crop in crops)
        width = next(w for w in REFINE_WIDTHS if w >= widest)
        batch = np.zeros((BATCH, 3, REFINE_HEIGHT, width), np.uint8)
        batch[: len(crops)] = COLOUR_FILL
        used = np.zeros(BATCH, np.int32)
        for slot, crop in enumerate(crops):
            batch[slot, :, :, : crop.shape[1]] = crop.transpose(2, 0, 1)
            used[slot] = crop.shape[1]
        _, classes, _ = self._session.run(None, {"crops": batch, "widths": used})
        return [
            ctc.decode(row, None, self._characters, crop.shape[1] / width).text
            for row, crop in zip(classes, crops, strict=False)
        ]


class Small:
    """PP-OCRv6 small, each line at its own width, which is how it reads best."""

    def __init__(self) -> None:
        self._teacher = Teacher()

    def __call__(self, crops: Sequence[Crop]) -> list[str]:
        return [self._teacher.read(crop).text for crop in crops]


def measure(readers: dict[str, Read], strips: Sequence[Strip]) -> dict[str, Score]:
    """Let all readers read the same lines in turn, a batch each, so that times compare."""
    capitals = not any(c.islower() for strip in strips for c in strip.text)
    scores = {name: Score() for name in readers}
    order = sorted(range(len(strips)), key=lambda i: strips[i].width)
    found: dict[str, dict[int, Errors]] = {name: {} for name in readers}
    for first in range(0, len(order), BATCH):
        part = order[first : first + BATCH]
        crops = [strips[i].crop() for i in part]
        for name, read in readers.items():
            began = time.perf_counter()
            texts = read(crops)
            scores[name].seconds += time.perf_counter() - began
            for i, text in zip(part, texts, strict=True):
                true = strips[i].text
                pair = (text.upper(), true.upper()) if capitals else (text, true)
                found[name][i] = split_errors(*pair)
    for name, score in scores.items():
        score.errors = [found[name][i] for i in range(len(strips))]
    return scores


@dataclass(frozen=True)
class Row:
    """What one recogniser misread of a set; estimates with their intervals over pages."""

    cer: Estimate
    change: Estimate  # of the character error rate, against the first recogniser
    spaces: int
    case: int
    other: int
    lines_right: int
    milliseconds: float  # a line


def summary(scores: dict[str, Score], strips: Sequence[Strip]) -> dict[str, Row]:
    """The figures of each recogniser on a set, compared with the first one's."""
    pages = [strip.page for strip in strips for _ in strip.text]
    against = next(iter(scores.values())).rates(strips)
    return {
        name: Row(
            bootstrap_interval(score.rates(strips), groups=pages),
            paired_bootstrap(score.rates(strips), against, groups=pages),
            sum(e.spaces for e in score.errors),
            sum(e.case for e in score.errors),
            sum(e.other for e in score.errors),
            sum(e.total == 0 for e in score.errors),
            1000 * score.seconds / len(strips),
        )
        for name, score in scores.items()
    }


def show(name: str, rows: dict[str, Row], strips: Sequence[Strip]) -> Table:
    """The figures of one set as a table; times as ratios to the first recogniser's."""
    pages, characters = len({s.page for s in strips}), sum(len(s.text) for s in strips)
    table = Table(title=f"{name}: {len(strips)} lines, {characters:,} characters, {pages} pages")
    for column in ("", "CER", "95 %", "change", "spaces", "case", "other", "lines right", "time"):
        table.add_column(column, justify="right" if column else "left")
    unit = next(iter(rows.values())).milliseconds
    for reader, row in rows.items():
        table.add_row(
            reader,
            f"{row.cer.mean:.4f}",
            f"{row.cer.low:.4f}-{row.cer.high:.4f}",
            f"{row.change.mean:+.4f} ({row.change.low:+.4f} to {row.change.high:+.4f})",
            *map(str, (row.spaces, row.case, row.other)),
            f"{row.lines_right / len(strips):.3f}",
            f"{row.milliseconds / unit:.2f}x",
        )
    return table


@click.command(
    "refiner-errors",
    epilog="Example: pinpoint-distill refiner-errors --strips cache/strips --after runs/refiner",
)
@click.option(
    "--strips",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="What `pinpoint-distill strips` cut; its folder `dev` is read.",
)
@click.option(
    "--before",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the recogniser to compare with; the shipped one by default.",
)
@click.option(
    "--after",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of a fine-tuned recogniser. Repeatable.",
)
@click.option("--set", "names", multiple=True, help="Only these folders of `dev`. Repeatable.")
@click.option("--small/--no-small", default=True, help="Also read with PP-OCRv6 small.")
@click.option("--lines", type=click.IntRange(min=1), default=800, show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it as JSON.")
def main(
    strips: Path,
    before: Path | None,
    after: tuple[Path, ...],
    names: tuple[str, ...],
    small: bool,
    lines: int,
    out: Path | None,
) -> None:
    """Count errors by spaces, case and other on at most --lines lines of each set."""
    characters, cache = load_characters(weights_folder()), strips / "graphs"
    readers: dict[str, Read] = {"tiny": Tiny(before or weights_folder(), characters, cache)}
    for folder in after:
        readers[folder.name] = Tiny(folder, characters, cache)
    if small:
        readers["small"] = Small()
    console = Console(width=120)
    results: dict[str, dict[str, Row]] = {}
    sets = read_sets(strips / "dev")
    if unknown := set(names) - set(sets):
        raise OptionError(f"{strips / 'dev'} holds no {min(unknown)}: choose from {sorted(sets)}.")
    for name in names or sets:
        found = sets[name]
        chosen = spread(found, lines)
        results[name] = summary(measure(readers, chosen), chosen)
        console.print(show(name, results[name], chosen))
    if out is not None:
        write_json(out, {k: {r: asdict(row) for r, row in v.items()} for k, v in results.items()})
