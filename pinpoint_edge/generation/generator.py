"""From a prompt to words: prefill in chunks, then steps, over one KV cache that remembers.

The cache keeps what it read last, in chunks. Of a new prompt that begins alike, the chunks up to
the first difference are kept. A kernel may round differently for another number of rows; so a token
is always read in the same chunk, and an answer never depends on what was asked before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.bundle import NotFoundPrior
from pinpoint_edge.generation import prompt
from pinpoint_edge.generation.automaton import AnswerAutomaton, Span, TokenTable
from pinpoint_edge.generation.constrained import Branch, ConstrainedAnswer, decode_constrained
from pinpoint_edge.generation.quotable import QuotableText
from pinpoint_edge.generation.tokenizer import Tokenizer
from pinpoint_edge.runtime.timings import Timings, timed
from pinpoint_runtimes import KVCache

CHUNK = 64  # tokens that are read at once
CAPACITY_STEP = 512
MAX_CONTEXT = 4096  # tokens that a cache may grow to, where its graph does not say
MAX_ANSWER = 96
OTHERS = 3  # tokens of each step that another answer may take
TRIES = 3  # answers that are decoded for each that is wanted: some have the same words


def not_found_bias(null: float, prior: NotFoundPrior) -> float:
    """Log odds to add to "not found", given the aligner's p(null).

    The language model learned it as the answer of a share of its questions, whatever the evidence
    looked like; the aligner knows more about this page. The odds multiply (a product of experts,
    Hinton 2002, with the prior taken out once), within the prior's limit.
    """
    likely = min(max(null, 1e-6), 1 - 1e-6)
    odds = math.log(likely / (1 - likely)) - math.log(prior.share / (1 - prior.share))
    return min(max(odds, -prior.limit), prior.limit)


@dataclass(frozen=True)
class Generated:
    """The output of the language model: a span of the evidence, or free text (`span` is None).

    `not_found`: the probability, as it began, of answering "not found"; 0 when free. `others`: the
    next best answers with other words, where they were asked for.
    """

    text: str
    span: Span | None
    log_probabilities: tuple[float, ...]
    answer_tokens: int
    not_found: float = 0.0
    others: tuple[Generated, ...] = ()


class Generator:
    """The language model of one bundle with its cache.

    `make_cache(capacity)` gives an empty cache of the decode stage; `capacity`: tokens that it
    holds at first; `context`: most tokens that it may grow to; `d_llm`: width of a visual token.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        make_cache: Callable[[int], KVCache],
        *,
        capacity: int,
        context: int,
        d_llm: int,
        prior: NotFoundPrior,
    ) -> None:
        self.tokenizer = tokenizer
        self.context = context
        self._d_llm = d_llm
        self._capacity = capacity
        self._prior = prior
        self._make_cache = make_cache
        self._cache: KVCache | None = None
        self._held: list[Hashable] = []
        self._table = TokenTable(tokenizer.bytes_table, tokenizer.control_id(prompt.END))

    def generate(
        self,
        built: prompt.Prompt,
        visual: NDArray[np.float32],
        names: Sequence[Hashable],
        quotable: QuotableText,
        question: str,
        *,
        free: bool,
        null: float | None,
        timings: Timings,
        others: int = 0,
    ) -> Generated:
        """Read the prompt and decode an answer.

        visual f32 (V, d_llm): the visual tokens in the prompt's order; names: V hashable names of
        them, equal names meaning equal vectors; free: decode without constraints; null: the
        aligner's probability that nothing answers, None where no aligner chose; others: how many
        further answers to decode. Raises
        CapacityError and InferenceError.
        """
        vocabulary = self.tokenizer.vocabulary
        keys: list[Hashable] = [
            int(i) if i < vocabulary else ("visual", names[i - vocabulary]) for i in built.ids
        ]
        if not len(visual):
            visual = np.zeros((1, self._d_llm), np.float32)
        with timed(timings, "prefill"):
            cache = self._cache_for(len(keys) + MAX_ANSWER)
            kept = _common_length(keys[:-1], self._held) // CHUNK * CHUNK
            cache.truncate(kept)
            self._held = self._held[:kept]
            first = self._read(cache, built, kept, visual)
            self._held = keys

        def step(ids: list[int]) -> NDArray[np.float32]:
            return cache.run(np.asarray(ids, np.int32), visual) if ids else first

        with timed(timings, "decode"):
            if free:
                return self._free(step)
            automaton = AnswerAutomaton(self._table, quotable, question)
            bias = 0.0 if null is None else not_found_bias(null, self._prior)
            found = decode_constrained(
                step, automaton, MAX_ANSWER, not_found_bias=bias, branches=OTHERS if others else 0
            )
        if not others:
            return _generated(found)

        def answer(branch: Branch) -> ConstrainedAnswer:
            cache.truncate(len(built.ids))
            again = AnswerAutomaton(self._table, quotable, question)
            return decode_constrained(step, again, MAX_ANSWER, begun=branch)

        with timed(timings, "alternatives"):
            further = _others(found, answer, others)
        likely = found.not_found_probability
        own = tuple(replace(_generated(other), not_found=likely) for other in further)
        return replace(_generated(found), others=own)

    def _read(
        self, cache: KVCache, built: prompt.Prompt, kept: int, visual: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Append the ids of the prompt after the first `kept`; return the logits after the last."""
        for start in range(kept, len(built.ids), CHUNK):
            logits = cache.run(built.ids[start : start + CHUNK], visual)
        return logits

    def _cache_for(self, needed: int) -> KVCache:
        if self._cache is None or self._cache.capacity < needed:
            self.close()
            steps = math.ceil(needed / CAPACITY_STEP) * CAPACITY_STEP
            self._cache = self._make_cache(max(self._capacity, min(steps, self.context)))
        return self._cache

    def _free(self, step: Callable[[list[int]], NDArray[np.float32]]) -> Generated:
        """Greedy decoding without constraints."""
        ids: list[int] = []
        logs: list[float] = []
        logits = step([])
        while len(ids) < MAX_ANSWER:
            best = int(logits.argmax())
            top = float(logits.max())
            logs.append(-float(np.log(np.exp(logits.astype(np.float64) - top).sum())))
            if best == self._table.end_id:
                break
            ids.append(best)
            logits = step([best])
        return Generated(self.tokenizer.decode(ids).strip(), None, tuple(logs), len(logs))

    def close(self) -> None:
        """Free the cache and its session."""
        if self._cache is not None:
            self._cache.close()
        self._cache, self._held = None, []


def _generated(found: ConstrainedAnswer) -> Generated:
    return Generated(
        found.text,
        found.span,
        found.allowed_log_probabilities,
        len(found.log_probabilities),
        found.not_found_probability,
    )


def _others(
    found: ConstrainedAnswer, answer: Callable[[Branch], ConstrainedAnswer], count: int
) -> list[ConstrainedAnswer]:
    """The next best answers of other words: what becomes of the likeliest ways not taken."""
    seen = {found.text.casefold()}
    kept: list[ConstrainedAnswer] = []
    ways = sorted(found.branches, key=lambda branch: -branch.likely)
    for branch in ways[: TRIES * count]:
        other = answer(branch)
        if other.text.casefold() not in seen:
            seen.add(other.text.casefold())
            kept.append(other)
        if len(kept) == count:
            break
    return kept


def _common_length(first: Sequence[Hashable], second: Sequence[Hashable]) -> int:
    """How many items both begin with."""
    for place, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return place
    return min(len(first), len(second))
