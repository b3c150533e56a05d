"""Frames of a camera or a video, one question: only what changed is read again.

A crop is read alone, so what was read depends on its pixels and nothing else, and can be kept from
frame to frame. Methods that drop tokens inside the model cannot: their tokens saw the whole frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.document.document import Document
from pinpoint_edge.engine import Engine
from pinpoint_edge.errors import OptionError
from pinpoint_edge.result import Answer
from pinpoint_edge.vision.flat import View
from pinpoint_edge.vision.geometry import Box
from pinpoint_edge.vision.glance import Glance, glance
from pinpoint_edge.vision.look import LookedPage
from pinpoint_edge.vision.page import Page, PageInput, load_pages
from pinpoint_edge.vision.refine import Refined
from pinpoint_edge.vision.regions import Region

CELLS = 64  # of a frame's longer side, to find what changed beside the regions
NEW = 12.0  # grey levels by which a cell without a region changes when something appears there
CUT = 16.0  # grey levels by which a frame changes at a cut, or when the camera moves
FALL = 0.2  # of the confidence since the last look, after which it is looked again

Path = Literal["looked", "read", "kept"]
Grey = NDArray[np.uint8]


@dataclass(frozen=True)
class Watched:
    """The answer on one frame, and what was done for it.

    number: of the frame, from 0; path: "looked" at as a whole, or changed regions alone were
    "read", or nothing changed and the answer was "kept"; changed: regions that changed.
    """

    number: int
    answer: Answer
    path: Path
    changed: int = 0


class Watcher:
    """Reads one question from frames, and remembers the last one.

    change: grey levels by which any square of a region may change, on average, without being read
    again; at 0, answers on a steady page are those of the frame alone. every: frames after which
    the whole frame is looked at again in any case. Raises OptionError for values below 0 or 1.
    """

    def __init__(self, engine: Engine, question: str, *, change: float, every: int) -> None:
        if change < 0 or every < 1:
            raise OptionError(f"change {change}, every {every}: give at least 0 and at least 1.")
        self._engine = engine
        self._question = question
        self._change = change
        self._every = every
        self._seen: _Seen | None = None

    def watch(self, frames: Iterable[PageInput]) -> Iterator[Watched]:
        """Answer the question on each frame; raises what `PinPoint.open` and `ask` raise."""
        for number, frame in enumerate(frames):
            (page,) = load_pages(frame)
            yield self._watched(number, page)

    def _watched(self, number: int, page: Page) -> Watched:
        seen = self._seen
        if seen is None or number - seen.looked_at >= self._every:
            return self._look(number, page)
        changed = seen.changed(page.grey, self._change)
        if changed is None:
            return self._look(number, page)
        if not changed:
            return Watched(number, seen.answer, "kept")
        document = self._document(seen, page, changed)
        answer = document.ask(self._question)
        if not answer.found or answer.confidence < seen.sure - FALL:
            return self._look(number, page)
        grey = seen.grey.copy()
        for place in changed:
            rows, columns = _pixels(seen.looked.regions[place].box)
            grey[rows, columns] = page.grey[rows, columns]
        self._seen = replace(
            seen, looked=document.pages[0], grey=grey, kept=_kept(document), answer=answer
        )
        return Watched(number, answer, "read", len(changed))

    def _look(self, number: int, page: Page) -> Watched:
        document = Document(self._engine, [page], {}, text_layer="ignore")
        answer = document.ask(self._question)
        (looked,) = document.pages
        self._seen = _Seen(looked, page.grey, _kept(document), answer, answer.confidence, number)
        return Watched(number, answer, "looked", len(looked.regions))

    def _document(self, seen: _Seen, page: Page, changed: list[int]) -> Document:
        """The frame with the regions of the last one, those that changed glanced at anew."""
        looked, engine = seen.looked, self._engine
        engine.check_process()
        with engine.lock:
            again = [looked.flat[place] for place in changed]
            read = glance(engine.stages.session("glance"), page, again, engine.characters["glance"])
        features, readings = looked.glance.features.copy(), [*looked.glance.readings]
        for slot, place in enumerate(changed):
            features[place], readings[place] = read.features[slot], read.readings[slot]
        frame = replace(looked, page=page, view=View.of(page), glance=Glance(features, readings))
        lost = {looked.regions[place] for place in changed}
        kept = {region: value for region, value in seen.kept.items() if region not in lost}
        return Document(engine, [frame], {}, text_layer="ignore", kept=kept)


@dataclass(frozen=True)
class _Seen:
    """The last frame: what was seen and read, and the pixels that it was read from.

    sure: the confidence after the last look; looked_at: the number of that frame.
    """

    looked: LookedPage
    grey: Grey
    kept: dict[Region, Refined]
    answer: Answer
    sure: float
    looked_at: int

    def changed(self, grey: Grey, change: float) -> list[int] | None:
        """The regions in which a square of their shorter side changed by more than `change`.

        None where the frame does not show the same page with changes in its regions alone; a page
        that was turned or made flat is another when any pixel changed.
        """
        if grey.shape != self.grey.shape:
            return None
        if self.looked.view.page is not self.looked.page:
            return [] if np.array_equal(grey, self.grey) else None
        difference = np.abs(grey.astype(np.int16) - self.grey)
        if difference.mean() > CUT or self._is_new(difference):
            return None
        parts = (difference[_pixels(region.box)] for region in self.looked.regions)
        return [place for place, part in enumerate(parts) if _most(part) > change]

    def _is_new(self, difference: NDArray[np.int16]) -> bool:
        """Whether something appeared beside the regions."""
        side = max(1, max(difference.shape) // CELLS)
        outside = difference.copy()
        for region in self.looked.regions:
            outside[_pixels(region.box, side // 4)] = 0
        height, width = (size // side * side for size in difference.shape)
        cells = outside[:height, :width].reshape(height // side, side, width // side, side)
        return float(cells.mean((1, 3)).max()) > NEW


def _most(part: NDArray[np.int16]) -> float:
    """The greatest mean of the squares along a part of a frame; 0 of nothing."""
    if not part.size:
        return 0.0
    along = part if part.shape[1] >= part.shape[0] else part.T
    starts = np.arange(0, along.shape[1], along.shape[0])
    widths = np.diff([*starts, along.shape[1]])
    sums = np.add.reduceat(along.sum(0, dtype=np.int64), starts)
    return float((sums / (widths * along.shape[0])).max())


def _pixels(box: Box, margin: int = 2) -> tuple[slice, slice]:
    """The rows and columns of a box, with a margin: crops interpolate."""
    x0, y0, x1, y1 = box
    rows = slice(max(0, int(y0) - margin), int(y1) + 1 + margin)
    return rows, slice(max(0, int(x0) - margin), int(x1) + 1 + margin)


def _kept(document: Document) -> dict[Region, Refined]:
    regions = document.regions
    return {regions[index]: value for index, value in document.refined.items()}
