"""One cheap look at a whole page: its regions in reading order, each read roughly.

Lines of a text layer that is trusted take the place of those that the detector finds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from pinpoint_edge.bundle import HostParameters
from pinpoint_edge.errors import PageError
from pinpoint_edge.runtime.stages import Stages
from pinpoint_edge.runtime.timings import Timings, timed
from pinpoint_edge.vision.canvas import fit_canvas
from pinpoint_edge.vision.ctc import Transcription
from pinpoint_edge.vision.detect import Detected
from pinpoint_edge.vision.flat import View
from pinpoint_edge.vision.flat.straightener import Straightener
from pinpoint_edge.vision.flat.turn import ReadLines
from pinpoint_edge.vision.geometry import Box, Quad, sub_quad, union
from pinpoint_edge.vision.glance import Glance, glance
from pinpoint_edge.vision.layout import Layout, lay_out
from pinpoint_edge.vision.page import Page
from pinpoint_edge.vision.regions import Region
from pinpoint_edge.vision.text_layer.lines import LayerLine
from pinpoint_edge.vision.text_layer.together import together
from pinpoint_edge.vision.text_layer.trust import Layer, try_layer

TextLayer = Literal["auto", "ignore", "require"]
"""How text layers are used: where they agree with what is seen, never, or on every page."""


@dataclass(frozen=True)
class LookedPage:
    """A page after detect, layout and glance.

    page: as it was opened; regions: on it, in reading order; layout, glance: of each; first: the
    first region's index among those of the whole document; view: the page as it was looked at,
    turned and made flat where needed; flat: the regions on that; parts: that it was looked at in;
    lines: the text of the regions that the page's text layer gives, by their places in reading
    order.
    """

    page: Page
    regions: list[Region]
    layout: Layout
    glance: Glance
    first: int
    view: View
    flat: list[Region]
    parts: int = 1
    lines: Mapping[int, Transcription] = field(default_factory=dict)

    @property
    def turned(self) -> int:
        """Degrees, clockwise, by which the page was turned to be read: 0, 90, 180 or 270."""
        return self.view.turned

    @property
    def straightened(self) -> bool:
        """Whether the page was bent, or seen from the side, and was made flat to be read."""
        return self.view.bend is not None

    def part(self, place: int, start: float, end: float) -> Quad:
        """The part of a region between two fractions, 0..1, of its reading direction."""
        return self.view.to_given(sub_quad(self.flat[place].quad, start, end))

    def cell_boxes(self) -> list[Box]:
        """The boxes of the cells of the layout, in reading order."""
        cells: dict[int, list[Box]] = {}
        for region, number in zip(self.regions, self.layout.cell, strict=True):
            cells.setdefault(number, []).append(region.box)
        return [union(boxes) for boxes in cells.values()]


def look(
    page: Page,
    stages: Stages,
    characters: Mapping[str, Sequence[str]],
    host: HostParameters,
    timings: Timings,
    text_layer: TextLayer = "ignore",
) -> LookedPage:
    """Find a page's regions, order them, and glance at each of them.

    A page without a text layer is turned first where it lies sideways or upside down, and made flat
    where it is bent. characters: the classes of the recogniser and of the glance encoder. Raises
    PageError for a page without a text layer that agrees, where one is required.
    """
    texts: dict[Region, Transcription] = {}
    complete = False
    steps = Straightener(stages, characters, host, timings)
    if text_layer != "ignore" and page.pdf is not None:
        with timed(timings, "text-layer"):
            layer = _tried(page, characters["refine"], steps.reads(page))
        for line in layer.lines or ():
            region = Region(_clipped(line.quad, page), 1.0, page.number)
            texts[region] = line.transcription
        complete = layer.complete
    if text_layer == "require" and not texts:
        why = layer.why_not if page.pdf else "it is a picture"
        raise PageError(
            f"{page.source}: no text layer that can be relied on, {why}; leave out "
            "--text-layer require to have it read as it is seen"
        )
    view = View.of(page)
    if complete:
        found = Detected([*texts], fit_canvas(page.image), ())
    elif texts:
        found = steps.detect(view)
        found = replace(found, regions=together(texts, found.regions))
    else:
        view, found = steps.upright(view)
    looked = _looked(view, found, texts, stages, characters["glance"], host, timings)
    if not texts and steps.is_upside_down(view.page, looked.flat, looked.glance.readings):
        view, found = steps.turned_over(view)
        looked = _looked(view, found, texts, stages, characters["glance"], host, timings)
    return looked


def _looked(
    view: View,
    found: Detected,
    texts: Mapping[Region, Transcription],
    stages: Stages,
    characters: Sequence[str],
    host: HostParameters,
    timings: Timings,
) -> LookedPage:
    """Lay out what was found on a page, and glance at it."""
    page = view.page
    with timed(timings, "layout"):
        size = (page.width, page.height)
        flat, layout = lay_out(found.regions, found.canvas, size, host.reading_order)
    with timed(timings, "glance"):
        seen = glance(stages.session("glance"), page, flat, characters)
    lines = {place: texts[region] for place, region in enumerate(flat) if region in texts}
    for place, transcription in lines.items():
        seen.readings[place] = transcription.text
    given = view.regions_given(flat)
    return LookedPage(view.given, given, layout, seen, 0, view, flat, found.parts, lines)


def _tried(page: Page, characters: Sequence[str], reads: ReadLines) -> Layer:
    def read(lines: Sequence[LayerLine]) -> Sequence[Transcription]:
        return reads([Region(line.quad, 1.0, page.number) for line in lines])

    return try_layer(page, characters, read)


def _clipped(quad: Quad, page: Page) -> Quad:
    return np.clip(quad, 0, np.asarray((page.width, page.height), np.float32))
