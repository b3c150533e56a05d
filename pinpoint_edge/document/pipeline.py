"""The way of a question over looked pages: retrieve, read, generate, result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from pinpoint_edge.document.answers import (
    ReadRegion,
    answered,
    as_alternative,
    nothing_found,
    with_value,
)
from pinpoint_edge.document.looked import LookedPages
from pinpoint_edge.document.strategy import Strategy
from pinpoint_edge.document.warnings import legibility
from pinpoint_edge.engine import Engine
from pinpoint_edge.generation import prompt
from pinpoint_edge.generation.generator import MAX_ANSWER
from pinpoint_edge.generation.quotable import QuotableText
from pinpoint_edge.result import Answer, TokenCount
from pinpoint_edge.retrieval.retrieve import Retrieved
from pinpoint_edge.retrieval.selection import Limits
from pinpoint_edge.retrieval.trigrams import best_match
from pinpoint_edge.runtime.timings import Timings

PAGE_LINE = 8  # most tokens of the line "Page 12:" that opens a further page


@dataclass(frozen=True)
class Pipeline:
    """One question with its options.

    serial: names the document's visual tokens in the cache; strategy: chooses the evidence; free:
    the model phrases the answer itself; alternatives: how many of the next best answers to make.
    """

    engine: Engine
    serial: int
    question: str
    limits: Limits
    strategy: Strategy
    free: bool
    alternatives: int

    def answer(self, pages: LookedPages, timings: Timings) -> Answer:
        """Answer the question from these pages; raises BackendError, InferenceError and so on."""
        retrieved = self.strategy(pages, self.question, self.limits, timings)
        if not retrieved.found:
            return self._nothing(pages, retrieved, timings)
        evidence, budget = self.read(pages, retrieved, timings)
        return self._generate(pages, retrieved, evidence, budget, timings)

    def read(
        self, pages: LookedPages, retrieved: Retrieved, timings: Timings
    ) -> tuple[list[ReadRegion], int]:
        """Read the chosen regions; return those that fit the budget now that their text is known.

        The most relevant one always fits. Returns the budget as well, in tokens.
        """
        pages.refine(retrieved.indices, timings)
        budget = retrieved.token_budget
        limit = self._room(len(pages.pages)) if budget is None else budget
        kept: list[int] = []
        spent = 0
        for index in sorted(retrieved.indices, key=lambda i: -float(retrieved.relevance[i])):
            text = pages.read(index).transcription.text
            cost = prompt.region_cost(self.engine.tokenizer, text)
            if kept and all(pages.page_of[index] != pages.page_of[other] for other in kept):
                cost += PAGE_LINE
            if kept and spent + cost > limit:
                break
            kept.append(index)
            spent += cost
        return [
            ReadRegion(
                index,
                pages.regions[index],
                pages.page_of[index],
                float(retrieved.relevance[index]),
                pages.read(index).transcription,
                partial(pages.part, index),
                pages.read(index).source,
            )
            for index in sorted(kept)
        ], limit

    def _generate(
        self,
        pages: LookedPages,
        retrieved: Retrieved,
        evidence: Sequence[ReadRegion],
        budget: int,
        timings: Timings,
    ) -> Answer:
        lines = pages.lines([item.index for item in evidence])
        built = prompt.build(self.engine.tokenizer, self.question, lines)
        quotable = QuotableText.from_lines(lines, pages.geometry, retrieved.relevance)
        visual = np.asarray([pages.read(index).visual for index in built.visual_order])
        names = [(self.serial, pages.regions[index]) for index in built.visual_order]
        generated = self.engine.generator.generate(
            built, visual, names, quotable, self.question,
            free=self.free, null=retrieved.null, timings=timings, others=self.alternatives,
        )  # fmt: skip
        tokens = TokenCount(
            evidence=built.question_start - built.prefix_length,
            visual=len(built.visual_order),
            prompt=len(built.ids),
            answer=generated.answer_tokens,
            budget=budget,
            page_estimate=int(pages.costs.sum()),
            dropped=retrieved.left_out + len(retrieved.indices) - len(evidence),
        )
        weights = self.engine.manifest.confidence
        null, focus = retrieved.null or 0.0, _focus(retrieved)
        label = best_match(self.question, pages.readings)
        answer, *others = (
            answered(each, evidence, null, tokens, timings, weights, focus=focus, label=label)
            for each in (generated, *generated.others)
        )
        answer = replace(answer, alternatives=tuple(map(as_alternative, others)))
        return with_value(answer, self.question, pages.locale)

    def _nothing(self, pages: LookedPages, retrieved: Retrieved, timings: Timings) -> Answer:
        tokens = TokenCount(0, 0, 0, 0, self.limits.token_budget, int(pages.costs.sum()))
        weights = self.engine.manifest.confidence
        return nothing_found(
            retrieved.null or 0.0,
            *(tokens, timings, weights),
            focus=_focus(retrieved),
            label=best_match(self.question, pages.readings),
            legible=legibility(pages),
        )

    def _room(self, page_count: int) -> int:
        """Tokens of evidence that the context holds beside the question and the answer."""
        tokenizer = self.engine.tokenizer
        asked = len(prompt.question_ids(tokenizer, self.question))
        used = asked + len(prompt.prefix(tokenizer)) + MAX_ANSWER + PAGE_LINE * page_count
        return self.engine.generator.context - used


def _focus(retrieved: Retrieved) -> float:
    return float(retrieved.relevance.max()) if len(retrieved.relevance) else 1.0
