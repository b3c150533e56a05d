"""PinPoint beside the full page and other methods on one host, each question by each of them.

The same host, prompt and decoding for all: a method chooses images, or drops tokens on the way.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL.Image import Image

from pinpoint_edge.errors import OptionError
from pinpoint_hosts import flops
from pinpoint_hosts.attention_map import attention_map
from pinpoint_hosts.decoder_host import DecoderHost
from pinpoint_hosts.decoding import Plan
from pinpoint_hosts.host import Box, Cost, Look, Prompt
from pinpoint_hosts.methods import vicrop, visionzip
from pinpoint_hosts.methods.pruning import FastV, PyramidDrop, SparseVLM
from pinpoint_hosts.refinement import CROPS, PinPointHost, cut

LIMIT = 32


@dataclass(frozen=True)
class Reading:
    """An answer of a method: ids, cost, milliseconds, and the boxes that were read alone."""

    ids: list[int]
    cost: Cost
    ms: float
    boxes: list[Box] = field(default_factory=list)


@dataclass(frozen=True)
class Case:
    """A question about a page, with its gold boxes in pixels."""

    page: Image
    question: str
    gold: Sequence[Box] = ()
    seed: int = 0


Method = Callable[[Case], Reading]


def methods(reader: PinPointHost, limit: int = LIMIT) -> dict[str, Method]:
    """Return the methods that this host can run, `full` first; encoder-decoders run no pruning."""
    runner = _Runner(reader, limit)
    found: dict[str, Method] = {
        "full": runner.full,
        "small": runner.small,
        "random": runner.random,
        "oracle": runner.oracle,
        "pinpoint": runner.pinpoint,
        "pinpoint+page": runner.pinpoint_and_page,
    }
    if hasattr(reader.host, "language") and hasattr(reader.host.language, "rotary_emb"):
        found["fastv"] = lambda case: runner.pruned(case, FastV())
        found["pyramiddrop"] = lambda case: runner.pruned(case, PyramidDrop())
        found["sparsevlm"] = lambda case: runner.pruned(case, SparseVLM())
        found["vicrop"] = runner.vicrop
    if hasattr(reader.host, "salience"):
        found["visionzip"] = runner.visionzip
    return found


class _Runner:
    def __init__(self, reader: PinPointHost, limit: int) -> None:
        if not isinstance(reader.host, DecoderHost):
            raise OptionError("the comparison runs on hosts of DecoderHost's kind only")
        self.reader, self.host, self.limit = reader, reader.host, limit

    def full(self, case: Case) -> Reading:
        return self._timed(lambda: self._read(case, [self.host.look(case.page)]))

    def small(self, case: Case) -> Reading:
        return self._timed(lambda: self._read(case, [self.host.look(case.page, small=True)]))

    def pinpoint(self, case: Case) -> Reading:
        return self._timed(lambda: self._chosen(case, page_too=False))

    def pinpoint_and_page(self, case: Case) -> Reading:
        return self._timed(lambda: self._chosen(case, page_too=True))

    def _chosen(self, case: Case, *, page_too: bool) -> Reading:
        boxes, small = self.reader.regions(case.page, case.question)
        looks = self._crops(case, boxes)
        return self._read(case, [small, *looks] if page_too else looks, [small, *looks], boxes)

    def random(self, case: Case) -> Reading:
        """As many random boxes of PinPoint's sizes."""

        def read() -> Reading:
            boxes, _ = self.reader.regions(case.page, case.question)
            random = np.random.default_rng(case.seed)
            moved = []
            for x0, y0, x1, y1 in boxes:
                x, y = (
                    float(random.uniform(0, whole - side))
                    for whole, side in ((case.page.width, x1 - x0), (case.page.height, y1 - y0))
                )
                moved.append((x, y, x + x1 - x0, y + y1 - y0))
            return self._read(case, self._crops(case, moved), boxes=moved)

        return self._timed(read)

    def oracle(self, case: Case) -> Reading:
        """The gold boxes with a margin; the whole page where there are none."""

        def read() -> Reading:
            if not case.gold:
                return self._read(case, [self.host.look(case.page)])
            boxes = [_grown(box, case.page.size) for box in case.gold][: 2 * CROPS]
            return self._read(case, self._crops(case, boxes), boxes=boxes)

        return self._timed(read)

    def vicrop(self, case: Case) -> Reading:
        def read() -> Reading:
            small = self.host.look(case.page, small=True)
            box = vicrop.crop_box(attention_map(self.host, small, case.question), case.page.size)
            crop = self._crops(case, [box])
            looks = [self.host.look(case.page), *crop]
            made = self._read(case, looks, [small, *looks], [box])
            # Its two passes for the attention read the small page as well.
            twice = 2 * self.host.cost([], self.host.prompt(case.question, [small])).prefill_flops
            spent = Cost(
                made.cost.vision_flops, made.cost.prefill_flops + twice, made.cost.visual_tokens
            )
            return Reading(made.ids, spent, 0.0, made.boxes)

        return self._timed(read)

    def pruned(self, case: Case, plan: Plan) -> Reading:
        def read() -> Reading:
            look = self.host.look(case.page)
            prompt = self.host.prompt(case.question, [look])
            return self._decoded(prompt, [look], plan)

        return self._timed(read)

    def visionzip(self, case: Case) -> Reading:
        def read() -> Reading:
            look = self.host.look(case.page)
            prompt = self.host.prompt(case.question, [look])
            received, keys = self.host.salience(case.page)  # type: ignore[attr-defined]
            return self._decoded(visionzip.merge(prompt, received, keys), [look])

        return self._timed(read)

    def _crops(self, case: Case, boxes: Sequence[Box]) -> list[Look]:
        # Without the cache: each method pays for its own crops.
        return self.host.again([cut(case.page, box, square=self.host.square) for box in boxes])

    def _read(
        self,
        case: Case,
        looks: Sequence[Look],
        paid: Sequence[Look] | None = None,
        boxes: Sequence[Box] = (),
    ) -> Reading:
        prompt = self.host.prompt(case.question, looks)
        ids = self.host.generate(prompt, self.limit)
        return Reading(ids, self.host.cost(paid or looks, prompt), 0.0, list(boxes))

    def _decoded(self, prompt: Prompt, looks: Sequence[Look], plan: Plan | None = None) -> Reading:
        done = self.host.decoded(prompt, self.limit, plan)
        vision = sum(look.flops for look in looks)
        read = flops.prefill(self.host.language.config, done.rows)
        text = int((~prompt.visual).sum())
        tokens = round(sum(done.rows) / len(done.rows)) - text
        return Reading(done.ids, Cost(vision, read, tokens), 0.0)

    def _timed(self, read: Callable[[], Reading]) -> Reading:
        start = time.perf_counter()
        made = read()
        return Reading(made.ids, made.cost, (time.perf_counter() - start) * 1e3, made.boxes)


def _grown(box: Box, size: tuple[int, int], margin: float = 0.02) -> Box:
    x, y = (margin * side for side in size)
    x0, y0, x1, y1 = box
    return max(0.0, x0 - x), max(0.0, y0 - y), min(size[0], x1 + x), min(size[1], y1 + y)
