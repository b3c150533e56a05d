"""An open document: its pages looked at once, its questions answered one after another.

Everything that does not depend on the instruction is computed when the document is opened, and a
region that was read for one question is kept for the next.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import OptionError
from pinpoint_edge.generation import confidence, prompt
from pinpoint_edge.generation.generator import MAX_ANSWER, Decoded
from pinpoint_edge.generation.quotable import Evidence
from pinpoint_edge.result import Answer, Box, Corners, EvidenceRegion, TokenCount
from pinpoint_edge.retrieval.retrieve import Choice, choose
from pinpoint_edge.vision import regions, stages
from pinpoint_edge.vision.geometry import bounds, sub_quad
from pinpoint_edge.vision.page import Page

if TYPE_CHECKING:
    from pinpoint_edge.reader import PinPoint

_serials = itertools.count()

DERIVED = 0.5  # a derived answer names the evidence at least this relevant, to the best one's 1
PAGE_LINE = 8  # most tokens of the line "Page 12:" that opens a further page


@dataclass(frozen=True)
class Seen:
    """One page after detect and glance; its regions stand in reading order.

    geometry f32 (N,4); rows: indices of this page's regions; first: document-wide index of the
    page's first region.
    """

    page: Page
    regions: list[regions.Region]
    geometry: NDArray[np.float32]
    rows: list[list[int]]
    glance: stages.Glance
    first: int


class Document:
    """Pages that were opened together; `PinPoint.open` makes one.

    `regions`: all regions, page by page in reading order; `page_of`: the page of each;
    `costs` i32: tokens that each is expected to add; `timings`: milliseconds of the opening.
    """

    def __init__(self, reader: PinPoint, pages: Sequence[Page], timings: stages.Timings) -> None:
        self.reader = reader
        self.timings = timings
        # Names this document's visual tokens in the cache; an id() may come back later.
        self._serial = next(_serials)
        self.pages: list[Seen] = []
        first = 0
        for number, page in enumerate(pages):
            seen = self._look(page, first)
            self.pages.append(seen)
            first += len(seen.regions)
            reader.report(f"page {number + 1} of {len(pages)}: {len(seen.regions)} regions")
        self.regions = [region for seen in self.pages for region in seen.regions]
        self.page_of = [n for n, seen in enumerate(self.pages) for _ in seen.regions]
        readings = [text for seen in self.pages for text in seen.glance.readings]
        self.costs = np.asarray([estimate_tokens(text) for text in readings], np.int32)
        self.geometry = np.concatenate(
            [np.zeros((0, 4), np.float32), *(seen.geometry for seen in self.pages)]
        )
        self.refined: dict[int, stages.Refined] = {}

    def _look(self, page: Page, first: int) -> Seen:
        source = self.reader.source
        with stages.timed(self.timings, "detect"):
            found = stages.detect(source.session("detect"), page)
            skew = regions.estimate_skew(found)
            order = regions.reading_order(found, skew)
        # From here on an index is a place in reading order.
        rows, place = [], 0
        for row in order:
            rows.append(list(range(place, place + len(row))))
            place += len(row)
        found = [found[index] for row in order for index in row]
        geometry = regions.geometry(found, (page.width, page.height), skew)
        with stages.timed(self.timings, "glance"):
            seen = stages.glance(
                source.session("glance"), page, found, self.reader.glance_characters
            )
        return Seen(page, found, geometry, rows, seen, first)

    def unread(self, reader: PinPoint) -> Document:
        """Return the same pages for `reader`, looked at, but without anything that was read since.

        Both readers' vision stages must be the same.
        """
        again = copy(self)
        again.reader, again.refined, again._serial = reader, {}, next(_serials)
        return again

    def refine(self, indices: Iterable[int], timings: stages.Timings) -> None:
        """Read these regions at full resolution, unless they were read before."""
        missing = [index for index in indices if index not in self.refined]
        if not missing:
            return
        session = self.reader.source.session("refine")
        with stages.timed(timings, "refine"):
            for number, seen in enumerate(self.pages):
                mine = [index for index in missing if self.page_of[index] == number]
                read = stages.refine(
                    session,
                    seen.page,
                    [self.regions[index] for index in mine],
                    self.geometry[mine],
                    self.reader.characters,
                )
                self.refined.update(zip(mine, read, strict=True))

    def read_rows(self) -> list[list[str]]:
        """Read everything and return its transcriptions, row by row, without those of no text."""
        self.refine(range(len(self.regions)), {})
        rows = self._rows(range(len(self.regions)))
        return [texts for row in rows if (texts := [piece.text for piece in row if piece.text])]

    def ask(
        self,
        question: str,
        *,
        coverage: float | None = None,
        token_budget: int | None = None,
        reader: str = "pinpoint",
        free: bool = False,
        share: float | None = None,
        oracle_boxes: Sequence[tuple[int, Box]] | None = None,
    ) -> Answer:
        """Answer one question.

        coverage: share of the relevance at which the choice of evidence ends, default the
        bundle's; token_budget: most tokens of evidence, though the most relevant region always
        enters; reader, share, oracle_boxes: see `choosing`; free: let the model phrase the answer
        itself. Raises InstructionError and OptionError.
        """
        instruction = prompt.check_instruction(question)
        coverage, budget = self.reader.limits(coverage, token_budget)
        timings: stages.Timings = {}
        choice = choose(
            self, instruction, reader, coverage=coverage, budget=budget, share=share,
            oracle_boxes=oracle_boxes, timings=timings,
        )  # fmt: skip
        if not choice.found:
            return self._not_found(choice, budget, timings)
        self.refine(choice.indices, timings)
        limit = budget if reader == "pinpoint" and share is None else self._room(instruction)
        kept = self._within(choice, limit)
        rows = self._rows(kept)
        built = prompt.build(self.reader.tokenizer, instruction, rows)
        evidence = Evidence.from_rows(rows, self.geometry, choice.relevance)
        visual = np.asarray([self.refined[index].visual for index in built.visual_order])
        names = [(self._serial, index) for index in built.visual_order]
        decoded = self.reader.answerer.answer(
            built, visual, names, evidence, instruction, free=free, timings=timings,
            null=choice.null if reader == "pinpoint" and share is None else None,
        )  # fmt: skip
        tokens = TokenCount(
            evidence=built.question_start - built.prefix_length,
            visual=len(built.visual_order),
            prompt=len(built.ids),
            answer=decoded.answer_tokens,
            budget=limit,
            page_estimate=int(self.costs.sum()),
            dropped=choice.left_out + len(choice.indices) - len(kept),
        )
        return self._answer(decoded, choice, kept, tokens, timings)

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

    def _room(self, instruction: str) -> int:
        tokenizer = self.reader.tokenizer
        question = len(prompt.question_ids(tokenizer, instruction))
        pages = PAGE_LINE * len(self.pages)
        used = question + len(prompt.prefix(tokenizer)) + MAX_ANSWER + pages
        return self.reader.answerer.context - used

    def _within(self, choice: Choice, limit: int) -> list[int]:
        """The chosen regions that fit the limit now that their text is known, best first."""
        order = sorted(choice.indices, key=lambda index: -float(choice.relevance[index]))
        kept: list[int] = []
        spent = 0
        for index in order:
            cost = prompt.region_cost(self.reader.tokenizer, self.refined[index].transcription.text)
            if kept and all(self.page_of[index] != self.page_of[other] for other in kept):
                cost += PAGE_LINE
            if kept and spent + cost > limit:
                break
            kept.append(index)
            spent += cost
        return sorted(kept)

    def _rows(self, kept: Sequence[int]) -> list[list[prompt.Piece]]:
        chosen = set(kept)
        return [
            [
                prompt.Piece(
                    seen.first + i,
                    self.refined[seen.first + i].transcription.text,
                    number,
                    quotable=seen.regions[i].kind == regions.TEXT,
                )
                for i in row
                if seen.first + i in chosen
            ]
            for number, seen in enumerate(self.pages)
            for row in seen.rows
        ]

    def _answer(
        self,
        decoded: Decoded,
        choice: Choice,
        kept: Sequence[int],
        tokens: TokenCount,
        timings: stages.Timings,
    ) -> Answer:
        kind = decoded.span.kind if decoded.span else "free"
        found = kind != "not found" and decoded.text.casefold() != prompt.NOT_FOUND
        pieces = decoded.span.pieces if decoded.span else ()
        if found and not pieces:
            pieces = self._derived(decoded.text, choice, kept)
        best = max(pieces, key=lambda piece: choice.relevance[piece[0]], default=None)
        # What a derived answer stands on may lie on several pages; boxes are those of one.
        pieces = tuple(p for p in pieces if best and self.page_of[p[0]] == self.page_of[best[0]])
        quads, probabilities = [], []
        for index, start, end in pieces:
            read = self.refined[index].transcription
            spans = read.spans[start:end]
            if spans:
                quads.append(sub_quad(self.regions[index].quad, spans[0][0], spans[-1][1]))
            probabilities += read.probabilities[start:end]
        corners: tuple[Corners, ...] = tuple(
            tuple((float(x), float(y)) for x, y in quad) for quad in quads
        )
        signals = confidence.Signals(
            decode=confidence.decode_probability(decoded.log_probabilities),
            least=math.exp(min((0.0, *decoded.log_probabilities))),
            reader=confidence.reader_probability(probabilities),
            null=choice.null,
            not_found=decoded.not_found,
        )
        return Answer(
            text=decoded.text if found else None,
            found=found,
            kind=kind if found else "not-found",
            confidence=confidence.of_answer(signals, found, self.reader.manifest.confidence),
            page=self.page_of[best[0]] if best and found else None,
            boxes=tuple(bounds(quad) for quad in quads) if found else (),
            quads=corners if found else (),
            evidence=tuple(self._evidence(index, choice) for index in kept),
            tokens=tokens,
            timings=timings,
            signals=signals,
        )

    def _derived(
        self, text: str, choice: Choice, kept: Sequence[int]
    ) -> tuple[tuple[int, int, int], ...]:
        """What a derived or free answer stands on: the region that holds its words, or the best."""
        words = re.sub(r"\W+", "", text.casefold())
        texts = {index: self.refined[index].transcription.text for index in kept}
        holding = [
            index
            for index, line in texts.items()
            if len(words) > 3 and words in re.sub(r"\W+", "", line.casefold())
        ]
        top = max((float(choice.relevance[index]) for index in kept), default=0.0)
        close = [index for index in kept if choice.relevance[index] >= DERIVED * top]
        return tuple((index, 0, len(texts[index])) for index in holding or close)

    def _evidence(self, index: int, choice: Choice) -> EvidenceRegion:
        read = self.refined[index].transcription
        likely = float(np.mean(read.probabilities)) if read.probabilities else 0.0
        return EvidenceRegion(
            text=read.text,
            box=self.regions[index].box,
            page=self.page_of[index],
            relevance=float(choice.relevance[index]),
            probability=likely,
        )

    def _not_found(self, choice: Choice, budget: int, timings: stages.Timings) -> Answer:
        signals = confidence.Signals(1.0, 1.0, 1.0, float(choice.null), 1.0)
        weights = self.reader.manifest.confidence
        return Answer(
            text=None, found=False, kind="not-found", page=None,
            # Nothing was decoded: without weights the null region alone speaks.
            confidence=confidence.of_answer(signals, False, weights) if weights else signals.null,
            boxes=(), quads=(), evidence=(),
            tokens=TokenCount(0, 0, 0, 0, budget, int(self.costs.sum())), timings=timings,
            signals=signals,
        )  # fmt: skip


def estimate_tokens(reading: str) -> int:
    """Tokens that a region is expected to add, from its rough reading.

    The tokenizer takes digits one by one and other text in pieces of about three characters; two
    more stand for the visual token and a separator.
    """
    digits = sum(character.isdigit() for character in reading)
    return 2 + digits + math.ceil((len(reading) - digits) / 3)
