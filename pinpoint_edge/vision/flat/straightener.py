"""The steps that bring a page upright and flat: detect, turn, flatten, detect again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pinpoint_edge.bundle import HostParameters
from pinpoint_edge.runtime.stages import Stages
from pinpoint_edge.runtime.timings import Timings, timed
from pinpoint_edge.vision.ctc import Transcription
from pinpoint_edge.vision.detect import Detected, detect_page
from pinpoint_edge.vision.flat.bend import find_bend
from pinpoint_edge.vision.flat.turn import (
    ReadLines,
    is_upside_down,
    quarters_of,
    with_upward_lines,
)
from pinpoint_edge.vision.flat.view import View
from pinpoint_edge.vision.geometry import text_size
from pinpoint_edge.vision.page import Page
from pinpoint_edge.vision.refine import refine
from pinpoint_edge.vision.regions import Region

FLATTENED = 2  # most rounds


@dataclass(frozen=True)
class Straightener:
    """Brings pages upright and flat.

    characters: the classes of the recogniser; timings: where the time goes, as "detect".
    """

    stages: Stages
    characters: Mapping[str, Sequence[str]]
    host: HostParameters
    timings: Timings

    def detect(self, view: View) -> Detected:
        """Find the regions of a page as it is looked at."""
        with timed(self.timings, "detect"):
            return detect_page(self.stages.session("detect"), view.page)

    def upright(self, view: View) -> tuple[View, Detected]:
        """The page with its lines running across, straight, and what is found on it."""
        found = self.detect(view)
        with timed(self.timings, "detect"):
            quarters = quarters_of(found.regions, self.reads(view.page))
        if quarters:
            view = View.of(view.given, quarters)
            found = self.detect(view)
        return self._flat(view, found)

    def turned_over(self, view: View) -> tuple[View, Detected]:
        """The page turned by a half, and flat, and what is found on it."""
        view = View.of(view.given, view.quarters + 2)
        return self._flat(view, self.detect(view))

    def is_upside_down(self, page: Page, found: Sequence[Region], readings: Sequence[str]) -> bool:
        """Whether a page is upside down; readings: the rough texts of its regions."""
        with timed(self.timings, "detect"):
            return is_upside_down(found, readings, self.reads(page))

    def _flat(self, view: View, found: Detected) -> tuple[View, Detected]:
        """The page made flat, and what is found on it; a strong bend takes several rounds."""
        for _ in range(FLATTENED):
            with timed(self.timings, "detect"):
                tall = _line_height(found.regions) * found.canvas.scale
                bend = find_bend(found.components, found.canvas, tall, view.page.width)
                if bend is None:
                    break
                view = view.flattened(bend)
            found = self.detect(view)
        with timed(self.timings, "detect"):
            regions = with_upward_lines(found.regions, self.reads(view.page))
        return view, replace(found, regions=regions)

    def reads(self, page: Page) -> ReadLines:
        """Transcribes regions of a page in the direction of their quads."""

        def read(found: Sequence[Region]) -> list[Transcription]:
            session = self.stages.session("refine")
            nowhere = np.zeros((len(found), 4), np.float32)
            characters, widths = self.characters["refine"], self.host.refine_widths
            refined = refine(session, page, found, nowhere, characters, widths)
            return [each.transcription for each in refined]

        return read


def _line_height(found: Sequence[Region]) -> float:
    """The median of the heights of the lines of text; 0 without any."""
    heights = [text_size(region.quad)[1] for region in found]
    return float(np.median(heights)) if heights else 0.0
