"""The pages of a calibration set, without held-out pages.

A search that saw a page of an evaluation would adapt to it, and the measured figure would be void.
A package names held-out pages under the entry-point group `pinpoint_edge.held_out`: a function that
takes a page's file and returns the name of the list that has it, or None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import numpy as np

from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.annotations import MEASURE
from pinpoint_edge.evaluation.dataset import AnnotatedPage, load_dataset

GROUP = "pinpoint_edge.held_out"
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".pdf"})
QUESTIONS = ("What is the total amount?", "What is the date?", "Who is it from?")
"""Questions for a page without annotations; the model's own answers replace the true ones."""

HeldOut = Callable[[Path], str | None]


@dataclass(frozen=True)
class CalibrationPage:
    """A page and its questions: (question, first true answer, or None when it is unknown).

    An answer of "" means that the page does not answer the question. measured: the annotations hold
    the page out for measuring.
    """

    path: str
    questions: tuple[tuple[str, str | None], ...]
    measured: bool = False

    @property
    def file(self) -> Path:
        """The file that holds the page."""
        return Path(re.sub(r"#\d+$", "", self.path))


def sample(
    data: Path, pages: int, *, seed: int = 0, skip_held_out: bool = False
) -> list[CalibrationPage]:
    """Draw pages from an annotation file, a folder of pages or one page.

    Raises DataError when there is none, or for a held-out page unless `skip_held_out` leaves such
    pages out.
    """
    found = _annotated(data) if data.suffix == ".jsonl" else _plain(data)
    kept = without_held_out(found, skip=skip_held_out)
    if not kept:
        raise DataError(f"{data} holds no pages to calibrate on; give it some.")
    order = np.random.default_rng(seed).permutation(len(kept))[:pages]
    return [kept[index] for index in sorted(order)]


def without_held_out(
    found: Sequence[CalibrationPage], *, skip: bool = False
) -> list[CalibrationPage]:
    """Return the pages that are not held out; raises DataError for a held-out one unless `skip`."""
    checks = held_out_checks()
    kept: list[CalibrationPage] = []
    refused: list[tuple[CalibrationPage, str]] = []
    for page in found:
        listed = next((name for check in checks if (name := check(page.file))), None)
        if page.measured:
            listed = listed or "measured only, as its annotations say"
        if listed is None:
            kept.append(page)
        else:
            refused.append((page, listed))
    if refused and not skip:
        page, listed = refused[0]
        raise DataError(
            f"{page.file} is kept for measuring ({listed}), as are {len(refused) - 1} more of "
            f"{len(found)} pages: calibrating on them would void the figures. Take other pages, or "
            "leave these out with --skip-held-out."
        )
    return kept


def held_out_checks() -> list[HeldOut]:
    """Return the installed checks for held-out pages.

    Raises DataError when there are none: this distribution brings one, so its installation is old.
    """
    found = list(entry_points(group=GROUP))
    if not found:
        raise DataError(
            "The lists of pages that are kept for measuring are not installed, so that they cannot "
            "be left out; install this package again (pip install -e .)."
        )
    return [point.load() for point in found]


def calibration_pages(pages: Sequence[AnnotatedPage]) -> list[CalibrationPage]:
    """Return annotated pages with their questions and first true answers."""
    return [
        CalibrationPage(
            page.path,
            tuple((q.question, next(iter(q.answers), "")) for q in page.questions),
            any(q.use == MEASURE for q in page.questions),
        )
        for page in pages
    ]


def _annotated(data: Path) -> list[CalibrationPage]:
    return calibration_pages(load_dataset(data))


def _plain(data: Path) -> list[CalibrationPage]:
    if not data.exists():
        raise DataError(f"{data}: no such file or folder; check the path.")
    files = [data] if data.is_file() else sorted(p for p in data.rglob("*") if p.is_file())
    questions = tuple((question, None) for question in QUESTIONS)
    return [CalibrationPage(str(p), questions) for p in files if p.suffix.lower() in SUFFIXES]
