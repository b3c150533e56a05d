"""Constrained decoding: greedy among the tokens that the automaton allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import OptionError
from pinpoint_edge.generation.automaton import AnswerAutomaton, Span, TokenTable
from pinpoint_edge.generation.prompt import NOT_FOUND


@dataclass(frozen=True)
class ConstrainedAnswer:
    """An answer with the probabilities that the language model gave it.

    `log_probabilities`: of each chosen token (the end token too) under the softmax over the whole
    vocabulary; `allowed_log_probabilities`: over the allowed tokens only.
    `not_found_probability`: the first token's probability, over the allowed tokens, of the token
    that begins "not found"; compare with the first chosen token's to see how close the choice was.
    `branches`: the ways that were not taken, see `Branch`.
    """

    text: str
    span: Span
    log_probabilities: tuple[float, ...]
    allowed_log_probabilities: tuple[float, ...]
    not_found_probability: float
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True)
class Branch:
    """A token that was allowed and not chosen, behind the ids before it.

    `log_probabilities`: among the allowed tokens, of the ids before and of `token`.
    """

    before: tuple[int, ...]
    token: int
    log_probabilities: tuple[float, ...] = field(compare=False)

    @property
    def likely(self) -> float:
        """The log probability of the whole beginning."""
        return sum(self.log_probabilities)


def decode_constrained(
    step: Callable[[list[int]], NDArray[np.float32]],
    automaton: AnswerAutomaton,
    max_tokens: int,
    prompt: Sequence[int] = (),
    not_found_bias: float = 0.0,
    begun: Branch | None = None,
    branches: int = 0,
) -> ConstrainedAnswer:
    """Decode greedily among the allowed tokens.

    `not_found_bias` is added to the logit of the token that begins "not found": what is known of
    that answer beforehand, as log odds.

    `step` takes ids to append and returns logits f32 (vocabulary,) for the next one. It is first
    called with `prompt` (an empty list when the prompt is already in its cache), then with the one
    token chosen. `begun`: how the answer begins; then `step` is first called with all its ids.
    `branches`: how many other tokens of each step to return. Raises OptionError when
    `max_tokens` is below 1.
    """
    if max_tokens < 1:
        raise OptionError(f"max_tokens is {max_tokens}: allow at least one token.")
    table = automaton.table
    full: list[float] = []
    among: list[float] = []
    not_found = 0.0
    ids = list(prompt)
    taken: list[int] = []
    others: list[Branch] = []
    if begun is not None:
        taken = [*begun.before, begun.token]
        among = list(begun.log_probabilities)
        full = list(among)
        for token in taken:
            automaton.push(token)
        ids += [token for token in taken if token != table.end_id]
    opening = _first_token(table, b" " + NOT_FOUND.encode())
    ended = taken[-1:] == [table.end_id]
    for count in range(len(taken), len(taken) if ended else max_tokens):
        logits = np.array(step(ids), dtype=np.float64)  # a copy: the bias stays here
        allowed = automaton.allowed()
        if count == 0:
            logits[opening] += not_found_bias
        choice = int(allowed[logits[allowed].argmax()])
        among_all = _log_sum_exp(logits)
        among_allowed = _log_sum_exp(logits[allowed])
        if count == 0:
            not_found = float(np.exp(logits[opening] - among_allowed))
        for other in _next_best(logits, allowed, choice, branches):
            likely = float(logits[other] - among_allowed)
            others.append(Branch(tuple(taken), other, (*among, likely)))
        full.append(float(logits[choice] - among_all))
        among.append(float(logits[choice] - among_allowed))
        automaton.push(choice)
        taken.append(choice)
        if choice == table.end_id:
            break
        ids = [choice]
    span = automaton.finish()
    return ConstrainedAnswer(span.text, span, tuple(full), tuple(among), not_found, tuple(others))


def _next_best(
    logits: NDArray[np.float64], allowed: NDArray[np.int32], choice: int, count: int
) -> list[int]:
    """The best allowed ids but the choice; of equals the lower id."""
    if not count:
        return []
    order = allowed[np.argsort(-logits[allowed], kind="stable")]
    return [int(other) for other in order if other != choice][:count]


def _first_token(table: TokenTable, text: bytes) -> int:
    """The longest token that begins the text."""
    heads = (text[:end] for end in range(len(text), 0, -1))
    return next(table.ids[head] for head in heads if head in table.ids)


def _log_sum_exp(logits: NDArray[np.float64]) -> float:
    top = float(logits.max())
    return top + float(np.log(np.exp(logits - top).sum()))
