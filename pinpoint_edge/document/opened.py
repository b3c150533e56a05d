"""Opened pages, each looked at when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from pinpoint_edge.engine import Engine
from pinpoint_edge.retrieval.pages import MOST, likely_pages
from pinpoint_edge.runtime.timings import Timings
from pinpoint_edge.vision.flat import View
from pinpoint_edge.vision.glance import GLANCE_FEATURES, Glance
from pinpoint_edge.vision.layout import Layout
from pinpoint_edge.vision.look import LookedPage, TextLayer, look
from pinpoint_edge.vision.page import Page

FEW = 40  # characters of a layer: fewer, such as a page's number, mislead nobody

OnPage = Callable[[int, int, LookedPage], None]
"""Called after a page was looked at: its number from 1 among those that are due, their number,
and the page."""


class OpenedPages:
    """The pages of a document: those that were looked at, and those that wait for it."""

    def __init__(
        self,
        engine: Engine,
        pages: Sequence[Page | LookedPage],
        text_layer: TextLayer,
        on_page: OnPage,
    ) -> None:
        self._engine = engine
        self._text_layer = text_layer
        self._on_page = on_page
        self.pages = [page.page if isinstance(page, LookedPage) else page for page in pages]
        self._looked = {
            number: page for number, page in enumerate(pages) if isinstance(page, LookedPage)
        }
        self._texts: list[str | None] | None = None

    def look(self, numbers: Iterable[int], timings: Timings) -> list[LookedPage]:
        """Look at those of these pages that are due; return all pages, the others without regions.

        While one page is looked at, the next one is drawn and its text layer loaded.
        """
        due = [number for number in sorted(set(numbers)) if number not in self._looked]
        engine = self._engine
        with ThreadPoolExecutor(1, "pinpoint-draw") as ahead:
            ready = [ahead.submit(self._draw, number) for number in due[:1]]
            for place, number in enumerate(due):
                ready[place].result()
                ready += [ahead.submit(self._draw, other) for other in due[place + 1 : place + 2]]
                self._looked[number] = look(
                    self.pages[number],
                    engine.stages,
                    engine.characters,
                    engine.manifest.host,
                    timings,
                    self._text_layer,
                )
                self._on_page(place + 1, len(due), self._looked[number])
        wanted = set(numbers)
        return [
            self._looked[number] if number in wanted else _unseen(page)
            for number, page in enumerate(self.pages)
        ]

    def likely(self, question: str, timings: Timings) -> list[int]:
        """Look at the pages that a question is likely to be about; return their numbers.

        All pages, where the layer of one of them, by which it was chosen, is not trusted.
        """
        texts = self._layer_texts()
        numbers = likely_pages(question, texts)
        self.look(numbers, timings)
        misled = any(
            len(texts[number] or "") >= FEW and not self._looked[number].lines for number in numbers
        )
        return list(range(len(self.pages))) if misled else numbers

    def _layer_texts(self) -> list[str | None]:
        """The text of each page's layer as the file has it, None where it is no use."""
        if self._texts is None:
            use = self._text_layer != "ignore" and len(self.pages) > MOST
            self._texts = [
                page.pdf.plain_text() if use and page.pdf else None for page in self.pages
            ]
        return self._texts

    def _draw(self, number: int) -> None:
        page = self.pages[number]
        _ = page.image
        if self._text_layer != "ignore":
            _ = page.text_layer


def _unseen(page: Page) -> LookedPage:
    """A page that was not looked at."""
    layout = Layout([], [], [], np.zeros((0, 4), np.float32))
    seen = Glance(np.zeros((0, *GLANCE_FEATURES), np.float32), [])
    return LookedPage(page, [], layout, seen, 0, View.of(page), [])
