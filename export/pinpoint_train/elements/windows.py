"""The pool that the element head is trained on: windows of the detector's maps of many pages.

A page costs a look of the backbone and a windowful of its maps little memory, so that pages are
looked at once, by several workers, and their windows trained on many times.
"""

from __future__ import annotations

import hashlib
import itertools
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from pinpoint_data.generator import irs, stream
from pinpoint_edge.vision.page import load_pages
from pinpoint_models.detector import Detector
from pinpoint_train.elements.samples import ElementSample, sample_of, without_boxes

IRS_SHARE = 0.3
PLAIN_SHARE = 0.15
FIRST_PAGES = 2
SIDE = 64  # of a window, in pixels of the backbone's finest map
WINDOWS, ABOUT_ELEMENTS = 7, 3  # of a page
PART = 20  # pages a worker makes at once
EMPTY = 0.2  # share of generated pages that may hold no element
TRIES = 4
OFTEN = {"form": 10, "receipt": 2, "invoice": 3, "letter": 3, "table": 1, "chart": 2,
         "infographic": 2, "report": 2, "agreement": 4, "order": 2}  # fmt: skip


@dataclass(frozen=True)
class Window:
    """A training item: f16 (96, 64, 64) maps, i8 targets and f16 weights (4, 128, 128)."""

    maps: NDArray[np.float16]
    target: NDArray[np.int8]
    weight: NDArray[np.float16]


def is_away(name: str) -> bool:
    """Whether a form's pages are kept for measuring, by a hash of its name."""
    return int(hashlib.sha256(f"marks {name}".encode()).hexdigest(), 16) % 10 == 0


@dataclass(frozen=True)
class Sources:
    """Sources of pages beside the generator: IRS forms, images of pages without check boxes."""

    forms: Sequence[Path] = ()
    plain: Sequence[Path] = ()


def draws(seed: int, sources: Sources) -> Callable[[np.random.Generator], ElementSample]:
    """Give the function that draws one page: generated, plain, or of a form not kept away."""
    kinds = list(OFTEN)
    chances = np.array(list(OFTEN.values())) / sum(OFTEN.values())
    mine = [form for form in sources.forms if not is_away(form.name)]

    def draw(random: np.random.Generator) -> ElementSample:
        number = int(random.integers(1 << 31))
        if mine and random.random() < IRS_SHARE:
            form = mine[int(random.integers(len(mine)))]
            # Pages are made in turn; further ones hold few boxes and would take their time.
            place = int(random.integers(FIRST_PAGES))
            pages = irs.pages(form, f"marks{seed}:{number}")
            for page in itertools.islice(pages, place, place + 1):
                return sample_of(page)
        if sources.plain and random.random() < PLAIN_SHARE:
            image = sources.plain[int(random.integers(len(sources.plain)))]
            return without_boxes(load_pages([image])[0].image)
        empty = random.random() < EMPTY
        for attempt in range(TRIES):
            kind = kinds[int(random.choice(len(kinds), p=chances))]
            page = stream.page(f"marks{seed}", number + attempt, [kind])
            if page.elements or empty:
                break
        return sample_of(page)

    return draw


def windows(text: Detector, sample: ElementSample, random: np.random.Generator) -> Iterator[Window]:
    """Windows of a page: some about elements, which cover little of a page, the others anywhere."""
    with torch.no_grad():
        maps = torch.cat(text.features(sample.image[None]), 1)[0].half().numpy()
    height, width = maps.shape[1:]
    places = torch.nonzero((sample.target == 1).any(0)).numpy() // 2
    for number in range(WINDOWS):
        if len(places) and number < ABOUT_ELEMENTS:
            middle = places[int(random.integers(len(places)))] + random.integers(-20, 21, 2)
        else:
            middle = random.integers(0, (height, width))
        top, left = np.clip(middle - SIDE // 2, 0, (height - SIDE, width - SIDE)).tolist()
        inside = slice(2 * top, 2 * (top + SIDE)), slice(2 * left, 2 * (left + SIDE))
        yield Window(
            maps[:, top : top + SIDE, left : left + SIDE].copy(),
            sample.target[:, *inside].numpy().astype(np.int8),
            sample.weight[:, *inside].numpy().astype(np.float16),
        )


def made_windows(seed: int, sources: Sources, weights: str, numbers: range) -> list[Window]:
    """Windows of the drawn pages of these numbers; a worker's part of the pool."""
    torch.set_num_threads(1)
    text, draw = Detector.load(weights), draws(seed, sources)
    found: list[Window] = []
    for number in numbers:
        random = np.random.default_rng([seed, number])
        found += windows(text, draw(random), random)
    return found


def pool_of(seed: int, sources: Sources, weights: Path, pages: int, workers: int) -> list[Window]:
    """Windows of `pages` pages, the same for the same seed whatever the number of workers."""
    parts = [range(i, min(i + PART, pages)) for i in range(0, pages, PART)]
    make = partial(made_windows, seed, sources, str(weights))
    found: list[Window] = []
    with ExitStack() as stack:
        one_by_one: Callable[..., Iterable[list[Window]]] = map
        if workers > 1:
            context = multiprocessing.get_context("spawn")
            one_by_one = stack.enter_context(context.Pool(workers)).imap
        for number, part in enumerate(one_by_one(make, parts), 1):
            found += part
            print(f"{number} of {len(parts)} parts of the pool: {len(found)} windows", flush=True)
    return found
