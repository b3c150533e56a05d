"""An open document: its pages looked at when they are needed, its questions answered in turn.

Everything that does not depend on the question is computed once, and a region that was read for
one question is kept for the next. `pipeline` is the way of a question.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.document.answers import withheld
from pinpoint_edge.document.extraction import Extraction, extract_by
from pinpoint_edge.document.looked import LookedPages
from pinpoint_edge.document.opened import OnPage, OpenedPages
from pinpoint_edge.document.pipeline import Pipeline
from pinpoint_edge.document.strategy import Strategy, relevant_regions
from pinpoint_edge.document.warnings import warned
from pinpoint_edge.engine import Engine
from pinpoint_edge.errors import OptionError
from pinpoint_edge.generation import prompt
from pinpoint_edge.result import Answer
from pinpoint_edge.retrieval.retrieve import Retrieved
from pinpoint_edge.runtime.timings import Timings
from pinpoint_edge.values.schema import fields_of, is_schema
from pinpoint_edge.vision.look import LookedPage, TextLayer
from pinpoint_edge.vision.page import Page
from pinpoint_edge.vision.refine import Refined
from pinpoint_edge.vision.regions import Region

_serials = itertools.count()

MOST_ALTERNATIVES = 10


class Document:
    """Pages that were opened together; `PinPoint.open` makes one.

    A page is looked at when a question first needs it. `pages`, `regions`, `page_of`, `geometry`
    and `costs`, as of `LookedPages`, look at all of them. `timings`: milliseconds of opening, and
    of looking as far as no question asked for it. `kept` were read before.
    """

    def __init__(
        self,
        engine: Engine,
        pages: Sequence[Page | LookedPage],
        timings: Timings,
        *,
        text_layer: TextLayer = "auto",
        on_page: OnPage = lambda number, count, page: None,
        kept: Mapping[Region, Refined] | None = None,
    ) -> None:
        self.engine = engine
        self.timings = timings
        self._opened = OpenedPages(engine, pages, text_layer, on_page)
        self._kept: dict[Region, Refined] = dict(kept or {})
        self._last: tuple[frozenset[int], LookedPages] | None = None
        # Names this document's visual tokens in the cache; an id() may come back later.
        self._serial = next(_serials)

    @property
    def page_count(self) -> int:
        """The number of its pages."""
        return len(self._opened.pages)

    def look(self) -> LookedPages:
        """Look at all pages that were not looked at yet, and return them all.

        Raises PageError, BackendError, BundleError, InferenceError.
        """
        return self._looked(range(self.page_count), self.timings)

    @property
    def pages(self) -> list[LookedPage]:
        """All pages, looked at."""
        return self.look().pages

    @property
    def regions(self) -> list[Region]:
        """All regions, page by page in reading order."""
        return self.look().regions

    @property
    def page_of(self) -> list[int]:
        """The page of each region."""
        return self.look().page_of

    @property
    def geometry(self) -> NDArray[np.float32]:
        """The place of each region, f32 (N,4)."""
        return self.look().geometry

    @property
    def costs(self) -> NDArray[np.int32]:
        """The tokens that each region is expected to add, i32 (N,)."""
        return self.look().costs

    @property
    def refined(self) -> dict[int, Refined]:
        """The regions that were read so far, by their index."""
        return self.look().refined

    def refine(self, indices: Iterable[int], timings: Timings) -> None:
        """Read these regions at full resolution, unless they were read before."""
        self.look().refine(indices, timings)

    def ask(
        self,
        question: str,
        *,
        coverage: float | None = None,
        token_budget: int | None = None,
        free: bool = False,
        strategy: Strategy | None = None,
        alternatives: int = 0,
        least: float = 0.0,
    ) -> Answer:
        """Answer one question.

        Of a long document with text layers, the pages that the question is likely to be about are
        looked at, and all where these do not answer. coverage: share of the relevance at which the
        choice of evidence ends, default the bundle's; token_budget: most tokens of evidence, though
        the most relevant region always enters; free: let the model phrase the answer itself;
        strategy: another way to choose evidence, from all pages; alternatives: how many of the next
        best answers to give as well; least: an answer of less confidence has no words but those of
        its first alternative. Raises InstructionError, OptionError, PageError, BackendError,
        BundleError, InferenceError.
        """
        if not 0 <= alternatives <= MOST_ALTERNATIVES or not 0.0 <= least <= 1.0:
            raise OptionError(
                f"{alternatives} alternatives, confidence {least}: give 0 to {MOST_ALTERNATIVES} "
                "alternatives, and a least confidence in [0, 1]."
            )
        asked = self._asked(question, coverage, token_budget, free, strategy, alternatives)
        return withheld(asked[0], least)

    @overload
    def extract(
        self,
        fields: Mapping[str, str],
        *,
        coverage: float | None = None,
        token_budget: int | None = None,
    ) -> dict[str, Answer]: ...

    @overload
    def extract(
        self,
        fields: Mapping[str, Any] | type,
        *,
        coverage: float | None = None,
        token_budget: int | None = None,
    ) -> Extraction: ...

    def extract(
        self,
        fields: Mapping[str, Any] | type,
        *,
        coverage: float | None = None,
        token_budget: int | None = None,
    ) -> dict[str, Answer] | Extraction:
        """Answer one question a field; the pages are looked at once.

        fields: names with their questions, or a schema: JSON Schema, a dataclass or a pydantic
        model, whose lists of objects are the rows of a table. Raises DataError for a schema that
        cannot be read, and what `ask` raises.
        """
        if not fields:
            raise OptionError("There are no fields to extract: name one with its question.")
        if is_schema(fields):
            ask = partial(self._asked, coverage=coverage, token_budget=token_budget)
            return extract_by(fields_of(fields), ask, partial(self._pages_for, timings={}))
        return {
            name: self.ask(question, coverage=coverage, token_budget=token_budget)
            for name, question in dict(fields).items()  # type: ignore[arg-type]
        }

    def retrieve(
        self,
        question: str,
        timings: Timings,
        *,
        coverage: float | None = None,
        token_budget: int | None = None,
    ) -> tuple[LookedPages, Retrieved]:
        """Choose the regions that a question is about, without reading them.

        Returns the pages that were looked at, and the choice; time spent goes into `timings`.
        Raises what `ask` raises.
        """
        question = prompt.check_question(question)
        limits = self.engine.limits(coverage, token_budget)
        self.engine.check_process()
        with self.engine.lock:
            pages = self._pages_for(question, timings)
            return pages, relevant_regions(pages, question, limits, timings)

    def transcribe(self) -> list[list[str]]:
        """Read everything: the texts line by line, without those of no text."""
        self.engine.check_process()
        with self.engine.lock:
            pages = self.look()
            pages.refine(pages.without_text(), {})
        lines = pages.lines(range(len(pages.regions)))
        return [texts for line in lines if (texts := [piece.text for piece in line if piece.text])]

    def _asked(
        self,
        question: str,
        coverage: float | None,
        token_budget: int | None,
        free: bool = False,
        strategy: Strategy | None = None,
        alternatives: int = 0,
    ) -> tuple[Answer, LookedPages]:
        """Answer one question; return the pages that were looked at for it as well."""
        question = prompt.check_question(question)
        limits = self.engine.limits(coverage, token_budget)
        timings: Timings = {}
        self.engine.check_process()
        with self.engine.lock:
            pages = self._pages_for(question, timings) if strategy is None else self.look()
            way = Pipeline(
                self.engine, self._serial, question, limits, strategy or relevant_regions, free,
                0 if free else alternatives,
            )  # fmt: skip
            answer = way.answer(pages, timings)
            if not answer.found and not pages.is_whole:
                pages = self._looked(range(self.page_count), timings)
                answer = way.answer(pages, timings)
            return warned(answer, pages, question), pages

    def _pages_for(self, question: str, timings: Timings) -> LookedPages:
        """Look at the pages that a question is likely to be about, all of most documents."""
        self.engine.check_process()
        with self.engine.lock:
            return self._looked(self._opened.likely(question, timings), timings)

    def _looked(self, numbers: Iterable[int], timings: Timings) -> LookedPages:
        """The document with these pages looked at."""
        self.engine.check_process()
        with self.engine.lock:
            wanted = frozenset(numbers)
            if self._last is None or self._last[0] != wanted:
                pages = self._opened.look(wanted, timings)
                whole = len(wanted) == self.page_count
                self._last = wanted, LookedPages(self.engine, pages, self._kept, whole)
            return self._last[1]
