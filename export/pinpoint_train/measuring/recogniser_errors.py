"""Errors of recognisers on held-out lines, by their kind.

Errors are edits (Levenshtein) of three kinds: `other` are those left when neither spaces nor case
count, `case` those added when case counts, `spaces` those added when spaces count. A set whose
texts have no small letter says nothing about case, so that both sides are folded there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnxruntime as ort
from rich.table import Table

from pinpoint_edge.evaluation.metrics import (
    Estimate,
    bootstrap_interval,
    levenshtein,
    paired_bootstrap,
)
from pinpoint_edge.vision import ctc
from pinpoint_edge.vision.crop import BATCH, COLOUR_FILL, REFINE_HEIGHT, REFINE_WIDTHS
from pinpoint_train.corpus.page_reader import lowered
from pinpoint_train.lines.line_crops import Crop, LineCrop
from pinpoint_train.lines.ocr_teacher import Teacher

Read = Callable[[Sequence[Crop]], list[str]]


@dataclass(frozen=True)
class Errors:
    """Edits from a transcription to the true text, by kind."""

    spaces: int
    case: int
    other: int

    @property
    def total(self) -> int:
        return self.spaces + self.case + self.other


def split_errors(reading: str, true: str) -> Errors:
    """Divide the edits of a transcription by kind: see the module."""
    joined, joined_true = "".join(reading.split()), "".join(true.split())
    other = levenshtein(joined.lower(), joined_true.lower())
    cased = levenshtein(joined, joined_true)
    whole = levenshtein(" ".join(reading.split()), " ".join(true.split()))
    return Errors(whole - cased, cased - other, other)


@dataclass
class ReaderErrors:
    """Errors of one recogniser on one set, line by line, and the seconds it took."""

    errors: list[Errors] = field(default_factory=list)
    seconds: float = 0.0

    def rates(self, lines: Sequence[LineCrop]) -> list[float]:
        """Errors a character, once for each character, so that their mean is the error rate."""
        return [
            error.total / len(line.text)
            for error, line in zip(self.errors, lines, strict=True)
            for _ in line.text
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


def measure(readers: dict[str, Read], lines: Sequence[LineCrop]) -> dict[str, ReaderErrors]:
    """Let all readers read the same lines in turn, a batch each, so that times compare."""
    capitals = not any(c.islower() for line in lines for c in line.text)
    scores = {name: ReaderErrors() for name in readers}
    order = sorted(range(len(lines)), key=lambda i: lines[i].width)
    found: dict[str, dict[int, Errors]] = {name: {} for name in readers}
    for first in range(0, len(order), BATCH):
        part = order[first : first + BATCH]
        crops = [lines[i].pixels() for i in part]
        for name, read in readers.items():
            began = time.perf_counter()
            texts = read(crops)
            scores[name].seconds += time.perf_counter() - began
            for i, text in zip(part, texts, strict=True):
                true = lines[i].text
                pair = (text.upper(), true.upper()) if capitals else (text, true)
                found[name][i] = split_errors(*pair)
    for name, score in scores.items():
        score.errors = [found[name][i] for i in range(len(lines))]
    return scores


@dataclass(frozen=True)
class ErrorSummary:
    """Errors of one recogniser on a set; estimates with their intervals over pages."""

    cer: Estimate
    change: Estimate  # of the character error rate, against the first recogniser
    spaces: int
    case: int
    other: int
    lines_right: int
    milliseconds: float  # a line


def summary(scores: dict[str, ReaderErrors], lines: Sequence[LineCrop]) -> dict[str, ErrorSummary]:
    """The figures of each recogniser on a set, compared with the first one's."""
    pages = [line.page for line in lines for _ in line.text]
    against = next(iter(scores.values())).rates(lines)
    return {
        name: ErrorSummary(
            bootstrap_interval(score.rates(lines), groups=pages),
            paired_bootstrap(score.rates(lines), against, groups=pages),
            sum(e.spaces for e in score.errors),
            sum(e.case for e in score.errors),
            sum(e.other for e in score.errors),
            sum(e.total == 0 for e in score.errors),
            1000 * score.seconds / len(lines),
        )
        for name, score in scores.items()
    }


def show(name: str, rows: dict[str, ErrorSummary], lines: Sequence[LineCrop]) -> Table:
    """The figures of one set as a table; times as ratios to the first recogniser's."""
    pages, characters = len({s.page for s in lines}), sum(len(s.text) for s in lines)
    table = Table(title=f"{name}: {len(lines)} lines, {characters:,} characters, {pages} pages")
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
            f"{row.lines_right / len(lines):.3f}",
            f"{row.milliseconds / unit:.2f}x",
        )
    return table
