"""Pages of a document that were looked at, as one list of regions that questions are asked of.

A page that was not looked at is there without regions, so that page numbers are those of the
document.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.engine import Engine
from pinpoint_edge.generation.prompt import Piece
from pinpoint_edge.retrieval.selection import estimate_tokens
from pinpoint_edge.runtime.timings import Timings, timed
from pinpoint_edge.values.page_locale import PageLocale, guess_locale
from pinpoint_edge.vision.geometry import Quad
from pinpoint_edge.vision.look import LookedPage
from pinpoint_edge.vision.refine import Refined, refine
from pinpoint_edge.vision.regions import Region
from pinpoint_edge.vision.text_layer.agreement import agrees


class LookedPages:
    """The regions of the pages that were looked at.

    `pages`: in order; `regions`: all regions, page by page in reading order; `page_of`: the page
    of each; `geometry` f32 (N,4) and `costs` i32 (N,): of each, the tokens that it is expected to
    add; `is_whole`: whether all pages of the document were looked at.
    """

    def __init__(
        self,
        engine: Engine,
        pages: Sequence[LookedPage],
        kept: dict[Region, Refined],
        is_whole: bool = True,
    ) -> None:
        self.engine = engine
        self.pages: list[LookedPage] = []
        self.regions: list[Region] = []
        for page in pages:
            self.pages.append(replace(page, first=len(self.regions)))
            self.regions += page.regions
        self.page_of = [number for number, page in enumerate(pages) for _ in page.regions]
        self.costs = np.asarray([estimate_tokens(text) for text in self.readings], np.int32)
        self.geometry: NDArray[np.float32] = np.concatenate(
            [np.zeros((0, 4), np.float32), *(page.layout.geometry for page in pages)]
        )
        self.is_whole = is_whole
        self._kept = kept

    @property
    def refined(self) -> dict[int, Refined]:
        """The regions that were read so far, by their index."""
        return {
            index: self._kept[region]
            for index, region in enumerate(self.regions)
            if region in self._kept
        }

    def read(self, index: int) -> Refined:
        """What was read in a region; `refine` it before."""
        return self._kept[self.regions[index]]

    def refine(self, indices: Iterable[int], timings: Timings) -> None:
        """Read these regions at full resolution, unless they were read before."""
        missing = [index for index in indices if self.regions[index] not in self._kept]
        if not missing:
            return
        session = self.engine.stages.session("refine")
        characters = self.engine.characters["refine"]
        widths = self.engine.manifest.host.refine_widths
        with timed(timings, "refine"):
            for number, looked in enumerate(self.pages):
                mine = [index for index in missing if self.page_of[index] == number]
                found = [looked.flat[index - looked.first] for index in mine]
                page, places = looked.view.page, self.geometry[mine]
                read = refine(session, page, found, places, characters, widths)
                for index, own in zip(mine, read, strict=True):
                    line = looked.lines.get(index - looked.first)
                    if line is not None and agrees(line.text, own.transcription):
                        own = replace(own, transcription=line, source="text-layer")
                    self._kept[self.regions[index]] = own

    def part(self, index: int, start: float, end: float) -> Quad:
        """The part of a region between two fractions, 0..1, of its reading direction."""
        looked = self.pages[self.page_of[index]]
        return looked.part(index - looked.first, start, end)

    def text(self, index: int) -> str:
        """The text of a region: that of the page's text layer, or what was read in it."""
        page = self.pages[self.page_of[index]]
        kept = self._kept.get(self.regions[index])
        if kept is not None:
            return kept.transcription.text
        return page.lines[index - page.first].text

    def texts(self, indices: Sequence[int]) -> dict[int, str]:
        """The texts of regions; those that no layer gives are read."""
        unread = {*self.without_text()}
        self.refine([index for index in indices if index in unread], {})
        return {index: self.text(index) for index in indices}

    def without_text(self) -> list[int]:
        """The regions whose text no layer gives, so that they have to be read."""
        return [
            page.first + place
            for page in self.pages
            for place in range(len(page.regions))
            if place not in page.lines
        ]

    @property
    def readings(self) -> list[str]:
        """The rough texts of all regions."""
        return [text for page in self.pages for text in page.glance.readings]

    @cached_property
    def locale(self) -> PageLocale:
        """The locale of the pages, guessed from the first look at them."""
        return guess_locale(self.readings)

    def lines(self, kept: Iterable[int]) -> list[list[Piece]]:
        """The kept regions line by line, as the prompt shows them."""
        chosen = set(kept)
        return [
            [
                Piece(
                    page.first + place,
                    self.text(page.first + place),
                    number,
                    cell=page.layout.cell[place],
                    table=page.layout.table[place],
                )
                for place in line
                if page.first + place in chosen
            ]
            for number, page in enumerate(self.pages)
            for line in page.layout.rows
        ]
