"""An open document: its pages looked at once, its questions answered one after another.

The way of a question: retrieve, read, generate, result. Everything that does not depend on the
question is computed when the document is opened, and a region that was read for one question is
kept for the next.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np

from pinpoint_edge.engine import Engine
from pinpoint_edge.errors import OptionError
from pinpoint_edge.generation import prompt
from pinpoint_edge.generation.generator import MAX_ANSWER
from pinpoint_edge.generation.quotable import QuotableText
from pinpoint_edge.result import Answer, ReadRegion, TokenCount, answered, nothing_found
from pinpoint_edge.retrieval.retrieve import Retrieved, retrieve, uniform
from pinpoint_edge.retrieval.selection import Limits, estimate_tokens
from pinpoint_edge.runtime.timings import Timings, timed
from pinpoint_edge.vision import regions
from pinpoint_edge.vision.look import LookedPage
from pinpoint_edge.vision.refine import Refined, refine

_serials = itertools.count()

PAGE_LINE = 8  # most tokens of the line "Page 12:" that opens a further page


class Document:
    """Pages that were opened together; `PinPoint.open` makes one.

    `pages`: in order; `regions`: all regions, page by page in reading order; `page_of`: the page
    of each; `geometry` f32 (N,4) and `costs` i32 (N,): of each, the tokens that it is expected to
    add; `refined`: what was read so far; `timings`: milliseconds of the opening.
    """

    def __init__(self, engine: Engine, pages: Sequence[LookedPage], timings: Timings) -> None:
        self.engine = engine
        self.pages = list(pages)
        self.timings = timings
        self.regions = [region for page in pages for region in page.regions]
        self.page_of = [number for number, page in enumerate(pages) for _ in page.regions]
        readings = [text for page in pages for text in page.glance.readings]
        self.costs = np.asarray([estimate_tokens(text) for text in readings], np.int32)
        self.geometry = np.concatenate(
            [np.zeros((0, 4), np.float32), *(page.layout.geometry for page in pages)]
        )
        self.refined: dict[int, Refined] = {}
        # Names this document's visual tokens in the cache; an id() may come back later.
        self._serial = next(_serials)

    def ask(
        self,
        question: str,
        *,
        coverage: float | None = None,
        token_budget: int | None = None,
        free: bool = False,
        strategy: Strategy | None = None,
    ) -> Answer:
        """Answer one question.

        coverage: share of the relevance at which the choice of evidence ends, default the
        bundle's; token_budget: most tokens of evidence, though the most relevant region always
        enters; free: let the model phrase the answer itself; strategy: another way to choose
        evidence. Raises InstructionError, OptionError, BackendError, BundleError, InferenceError.
        """
        question = prompt.check_question(question)
        limits = self.engine.limits(coverage, token_budget)
        timings: Timings = {}
        with self.engine.lock:
            retrieved = (strategy or relevant_regions)(self, question, limits, timings)
            if not retrieved.found:
                return self._nothing(retrieved, limits, timings)
            evidence, budget = self._read(retrieved, question, timings)
            return self._generate(question, retrieved, evidence, budget, free, timings)

    def extract(
        self,
        fields: Mapping[str, str],
        *,
        coverage: float | None = None,
        token_budget: int | None = None,
    ) -> dict[str, Answer]:
        """Answer one question a field; the pages are looked at once."""
        if not fields:
            raise OptionError(
                "There are no fields to extract: name at least one with its question."
            )
        return {
            name: self.ask(question, coverage=coverage, token_budget=token_budget)
            for name, question in fields.items()
        }

    def transcribe(self) -> list[list[str]]:
        """Read everything: the transcriptions line by line, without those of no text."""
        with self.engine.lock:
            self.refine(range(len(self.regions)), {})
        lines = self._lines(range(len(self.regions)))
        return [texts for line in lines if (texts := [piece.text for piece in line if piece.text])]

    def refine(self, indices: Iterable[int], timings: Timings) -> None:
        """Read these regions at full resolution, unless they were read before."""
        missing = [index for index in indices if index not in self.refined]
        if not missing:
            return
        session = self.engine.stages.session("refine")
        with timed(timings, "refine"):
            for number, looked in enumerate(self.pages):
                mine = [index for index in missing if self.page_of[index] == number]
                found = [self.regions[index] for index in mine]
                characters = self.engine.characters["refine"]
                widths = self.engine.manifest.host.refine_widths
                read = refine(session, looked.page, found, self.geometry[mine], characters, widths)
                self.refined.update(zip(mine, read, strict=True))

    def _read(
        self, retrieved: Retrieved, question: str, timings: Timings
    ) -> tuple[list[ReadRegion], int]:
        """Read the chosen regions; keep those that fit the budget now that their text is known."""
        self.refine(retrieved.indices, timings)
        budget = retrieved.token_budget
        limit = self._room(question) if budget is None else budget
        kept: list[int] = []
        spent = 0
        for index in sorted(retrieved.indices, key=lambda i: -float(retrieved.relevance[i])):
            text = self.refined[index].transcription.text
            cost = prompt.region_cost(self.engine.tokenizer, text)
            if kept and all(self.page_of[index] != self.page_of[other] for other in kept):
                cost += PAGE_LINE
            if kept and spent + cost > limit:
                break
            kept.append(index)
            spent += cost
        return [
            ReadRegion(
                index,
                self.regions[index],
                self.page_of[index],
                float(retrieved.relevance[index]),
                self.refined[index].transcription,
            )
            for index in sorted(kept)
        ], limit

    def _generate(
        self,
        question: str,
        retrieved: Retrieved,
        evidence: Sequence[ReadRegion],
        budget: int,
        free: bool,
        timings: Timings,
    ) -> Answer:
        lines = self._lines([item.index for item in evidence])
        built = prompt.build(self.engine.tokenizer, question, lines)
        quotable = QuotableText.from_lines(lines, self.geometry, retrieved.relevance)
        visual = np.asarray([self.refined[index].visual for index in built.visual_order])
        names = [(self._serial, index) for index in built.visual_order]
        generated = self.engine.generator.generate(
            built, visual, names, quotable, question,
            free=free, null=retrieved.null, timings=timings,
        )  # fmt: skip
        tokens = TokenCount(
            evidence=built.question_start - built.prefix_length,
            visual=len(built.visual_order),
            prompt=len(built.ids),
            answer=generated.answer_tokens,
            budget=budget,
            page_estimate=int(self.costs.sum()),
            dropped=retrieved.left_out + len(retrieved.indices) - len(evidence),
        )
        weights = self.engine.manifest.confidence
        return answered(generated, evidence, retrieved.null or 0.0, tokens, timings, weights)

    def _nothing(self, retrieved: Retrieved, limits: Limits, timings: Timings) -> Answer:
        tokens = TokenCount(0, 0, 0, 0, limits.token_budget, int(self.costs.sum()))
        weights = self.engine.manifest.confidence
        return nothing_found(retrieved.null or 0.0, tokens, timings, weights)

    def _room(self, question: str) -> int:
        """Tokens of evidence that the context holds beside the question and the answer."""
        tokenizer = self.engine.tokenizer
        asked = len(prompt.question_ids(tokenizer, question))
        used = asked + len(prompt.prefix(tokenizer)) + MAX_ANSWER + PAGE_LINE * len(self.pages)
        return self.engine.generator.context - used

    def _lines(self, kept: Iterable[int]) -> list[list[prompt.Piece]]:
        """The kept regions line by line, as the prompt shows them."""
        chosen = set(kept)
        return [
            [
                prompt.Piece(
                    page.first + place,
                    self.refined[page.first + place].transcription.text,
                    number,
                    quotable=page.regions[place].kind == regions.TEXT,
                    cell=page.layout.cell[place],
                    table=page.layout.table[place],
                )
                for place in line
                if page.first + place in chosen
            ]
            for number, page in enumerate(self.pages)
            for line in page.layout.rows
        ]


class Strategy(Protocol):
    """A way to choose evidence; called with the document's lock held."""

    def __call__(
        self, document: Document, question: str, limits: Limits, timings: Timings
    ) -> Retrieved:
        """Choose the regions to read for a question; time spent goes into `timings`."""


def relevant_regions(
    document: Document, question: str, limits: Limits, timings: Timings
) -> Retrieved:
    """PinPoint's own strategy: the regions that the aligner finds relevant."""
    session = document.engine.stages.session("align")
    parameters = document.engine.manifest.host.selection
    return retrieve(question, document.pages, document.costs, session, limits, parameters, timings)


def every_region(document: Document, question: str, limits: Limits, timings: Timings) -> Retrieved:
    """The full-page strategy: everything that the context holds."""
    count = len(document.regions)
    return Retrieved(tuple(range(count)), uniform(count), count > 0)
