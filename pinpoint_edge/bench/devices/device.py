"""The names of devices, and what is taken to one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from pinpoint_edge.bench.record.record import Record
from pinpoint_edge.errors import OptionError
from pinpoint_edge.evaluation.annotations import PageBoxes
from pinpoint_edge.evaluation.dataset import AnnotatedPage

Step = Callable[[str, int], Callable[[object], None]]


@dataclass(frozen=True)
class Job:
    """A run on a device: the bundle, the questions, and the options of `pinpoint-bench run`."""

    bundle: Path
    pages: Sequence[AnnotatedPage]
    options: tuple[str, ...]


class Device(Protocol):
    """A device that runs a job and gives its record back."""

    def measure(self, job: Job, step: Step) -> Record:
        """Run a job; raises DeviceError and what the run itself ends with."""
        ...


def parse(text: str) -> tuple[str, str]:
    """Return the kind and the address of a device: local or ssh:USER@HOST.

    Raises OptionError.
    """
    kind, _, address = text.partition(":")
    if text == "local":
        return text, ""
    if kind == "ssh" and address and not address.startswith("-"):
        return kind, address
    if kind == "adb":
        raise OptionError(
            "--device adb: there is no runner for Android's shell yet. Measure in the app, or over "
            "ssh:USER@HOST with Python in Termux."
        )
    raise OptionError(f"--device {text}: give local or ssh:USER@HOST.")


def write_data(pages: Sequence[AnnotatedPage], folder: Path) -> dict[str, str]:
    """Copy pages into a folder with an annotation file, qa.jsonl; return their names there.

    The keys are the names there, the values those of the original annotations.
    """
    names: dict[Path, str] = {}
    originals: dict[str, str] = {}

    def moved(page: PageBoxes) -> PageBoxes:
        if page.file not in names:
            names[page.file] = f"{len(names):04}{page.file.suffix.lower()}"
            shutil.copyfile(page.file, folder / names[page.file])
        name = names[page.file]
        originals[name] = page.image
        return replace(page, image=name)

    with (folder / "qa.jsonl").open("w", encoding="utf-8") as file:
        for question in (question for page in pages for question in page.questions):
            others = tuple(moved(other) for other in question.other_pages)
            there = replace(question, image=moved(question).image, other_pages=others)
            file.write(json.dumps(there.to_row(), ensure_ascii=False) + "\n")
    return originals


def with_names(record: Record, kind: str, originals: dict[str, str]) -> Record:
    """Return a device's record with the names of the original annotations."""
    return replace(
        record,
        device=replace(record.device, kind=kind),
        answers=tuple(replace(a, page=originals.get(a.page, a.page)) for a in record.answers),
        sustained=tuple(replace(p, page=originals.get(p.page, p.page)) for p in record.sustained),
    )
