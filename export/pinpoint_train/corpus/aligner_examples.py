"""Training examples of the aligner: one question on one page, as the `align` stage would see it.

An example is made anew each time it is drawn, with regions left out, readings misread a little and
geometry shaken, so that no two are alike; its literal-match features are computed once and kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.retrieval import trigrams
from pinpoint_models.aligner import AlignerConfig
from pinpoint_train.corpus.page_features import AlignerQuestion, PageFeatures

READING_TRIGRAMS = 32
INSTRUCTION_TRIGRAMS = 64
MOST_REGIONS = 256

MISREAD = 0.25  # share of the examples whose readings are misread further
THINNED = 0.5  # share whose page loses some regions without support
ORPHANED = 0.05  # share that loses its support and so becomes unanswerable
LOOK_ALIKES = {"0": "o", "o": "0", "1": "l", "l": "1", "5": "s", "s": "5", "8": "b", "b": "8"}
LOOK_ALIKES |= {"e": "c", "c": "e", "n": "h", "h": "n", "i": "l", "t": "f", "f": "t", "u": "v"}

Floats = NDArray[np.float32]


def reading_ids(readings: list[str]) -> NDArray[np.int32]:
    """Trigram ids i32 (N,32) of rough readings."""
    ids = [trigrams.trigram_ids(reading, READING_TRIGRAMS) for reading in readings]
    return np.stack(ids) if ids else np.zeros((0, READING_TRIGRAMS), np.int32)


@dataclass(frozen=True)
class Example:
    """The inputs of `align` for N regions, and which of them support and answer (bool (N,))."""

    question: str
    features: Floats
    trigrams: NDArray[np.int32]
    match: Floats
    geometry: Floats
    mask: Floats
    instruction: NDArray[np.int32]
    support: NDArray[np.bool_]
    answer: NDArray[np.bool_]


class ExampleSource:
    """All questions of some pages, by number, as an aligner of these sizes takes them."""

    def __init__(self, pages: list[PageFeatures], config: AlignerConfig) -> None:
        self.pages = pages
        self.config = config
        self._asked = [
            (number, question)
            for number, page in enumerate(pages)
            for question in page.questions
            if len(page.readings)
        ]
        self._ids: dict[int, NDArray[np.int16]] = {}
        self._match: dict[int, NDArray[np.float16]] = {}

    def __len__(self) -> int:
        return len(self._asked)

    def regions(self, index: int) -> int:
        """Number of regions that the example has at most."""
        return min(len(self.pages[self._asked[index][0]].readings), MOST_REGIONS)

    def example(self, index: int, random: np.random.Generator | None = None) -> Example:
        """Make the example of a question, augmented where a random source is given."""
        number, question = self._asked[index]
        page = self.pages[number]
        order = np.arange(len(page.readings))
        if random is not None and random.random() < MISREAD:
            readings = [misread(reading, random) for reading in page.readings]
            ids = reading_ids(readings)
            match = trigrams.match_features(question.question, readings, page.layout)
        else:
            ids = self._kept_ids(number).astype(np.int32)
            match = self._kept_match(index).astype(np.float32)
        kept = order
        if random is not None:
            kept = _thinned(page, question, order, random)
        if len(kept) > MOST_REGIONS:
            # The stage takes a long page in parts; each part must know when it holds no answer.
            last = len(kept) - MOST_REGIONS
            start = 0 if random is None else int(random.integers(last + 1))
            kept = kept[start : start + MOST_REGIONS]
        features = page.features[kept].astype(np.float32)
        geometry = page.layout.places[kept]
        if random is not None:
            spread = np.float32(0.05 * features.std())
            features += random.standard_normal(features.shape, np.float32) * spread
            geometry = shaken(geometry, random)
        return Example(
            question.question,
            features,
            ids[kept],
            match[kept, : self.config.match],
            geometry[:, : self.config.geometry],
            np.ones(len(kept), np.float32),
            trigrams.instruction_ids(question.question, INSTRUCTION_TRIGRAMS),
            np.isin(kept, question.support) if question.answerable else np.zeros(len(kept), bool),
            np.isin(kept, question.answer) if question.answerable else np.zeros(len(kept), bool),
        )

    def _kept_ids(self, number: int) -> NDArray[np.int16]:
        if number not in self._ids:
            self._ids[number] = reading_ids(self.pages[number].readings).astype(np.int16)
        return self._ids[number]

    def _kept_match(self, index: int) -> NDArray[np.float16]:
        if index not in self._match:
            number, question = self._asked[index]
            page = self.pages[number]
            self._match[index] = trigrams.match_features(
                question.question, page.readings, page.layout
            ).astype(np.float16)
        return self._match[index]


def misread(text: str, random: np.random.Generator) -> str:
    """Misread a few characters: look-alikes, losses and doublings, 6 % of them in all."""
    dice = random.random(len(text))
    out = []
    for character, die in zip(text, dice, strict=True):
        if die > 0.06:
            out.append(character)
        elif die > 0.02:
            out.append(LOOK_ALIKES.get(character, character))
        elif die > 0.01:
            out.append(character * 2)
    return "".join(out)


def shaken(geometry: Floats, random: np.random.Generator) -> Floats:
    """Shift and scale a page's geometry by up to 5 %, and each region by about 0.1 %.

    geometry f32 (N,8): of the regions and of their cells; those of one cell move alike.
    """
    scale = random.uniform(0.95, 1.05, 2).astype(np.float32)
    shift = random.uniform(-0.05, 0.05, 2).astype(np.float32)
    moved = geometry.copy()
    for start in range(0, moved.shape[1], 4):
        moved[:, start : start + 2] = (moved[:, start : start + 2] - 0.5) * scale + 0.5 + shift
        moved[:, start + 2 : start + 4] *= scale
    moved[:, :4] += random.standard_normal((len(moved), 4), np.float32) * np.float32(0.001)
    return moved


def _thinned(
    page: PageFeatures,
    question: AlignerQuestion,
    order: NDArray[np.int64],
    random: np.random.Generator,
) -> NDArray[np.int64]:
    """Regions that stay: all with support, most of the rest; now and then none with support."""
    needed = np.isin(order, [*question.support, *question.answer])
    if question.answerable and needed.any() and random.random() < ORPHANED:
        # Only where the page has the answer nowhere else is it truly gone.
        texts = {page.readings[i] for i in question.answer}
        elsewhere = any(page.readings[i] in texts for i in order[~needed])
        if not elsewhere and not needed.all():
            return order[~needed]
    if random.random() < THINNED:
        stays = random.random(len(order)) >= random.uniform(0.0, 0.4)
        if (stays | needed).any():
            return order[stays | needed]
    return order
