"""Constrained decoding: greedy among the tokens that the automaton allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
    """

    text: str
    span: Span
    log_probabilities: tuple[float, ...]
    allowed_log_probabilities: tuple[float, ...]
    not_found_probability: float


def decode_constrained(
    step: Callable[[list[int]], NDArray[np.float32]],
    automaton: AnswerAutomaton,
    max_tokens: int,
    prompt: Sequence[int] = (),
    not_found_bias: float = 0.0,
) -> ConstrainedAnswer:
    """Decode greedily among the allowed tokens.

    `not_found_bias` is added to the logit of the token that begins "not found": what is known of
    that answer beforehand, as log odds.

    `step` takes ids to append and returns logits f32 (vocabulary,) for the next one. It is first
    called with `prompt` (an empty list when the prompt is already in its cache), then with the one
    token chosen. Raises OptionError when `max_tokens` is below 1.
    """
    if max_tokens < 1:
        raise OptionError(f"max_tokens is {max_tokens}: allow at least one token.")
    table = automaton.table
    full: list[float] = []
    among: list[float] = []
    not_found = 0.0
    ids = list(prompt)
    opening = _first_token(table, b" " + NOT_FOUND.encode())
    for count in range(max_tokens):
        logits = np.array(step(ids), dtype=np.float64)  # a copy: the bias stays here
        allowed = automaton.allowed()
        if count == 0:
            logits[opening] += not_found_bias
        choice = int(allowed[logits[allowed].argmax()])
        among_all = _log_sum_exp(logits)
        among_allowed = _log_sum_exp(logits[allowed])
        if count == 0:
            not_found = float(np.exp(logits[opening] - among_allowed))
        full.append(float(logits[choice] - among_all))
        among.append(float(logits[choice] - among_allowed))
        automaton.push(choice)
        if choice == table.end_id:
            break
        ids = [choice]
    span = automaton.finish()
    return ConstrainedAnswer(span.text, span, tuple(full), tuple(among), not_found)


def _first_token(table: TokenTable, text: bytes) -> int:
    """The longest token that begins the text."""
    heads = (text[:end] for end in range(len(text), 0, -1))
    return next(table.ids[head] for head in heads if head in table.ids)


def _log_sum_exp(logits: NDArray[np.float64]) -> float:
    top = float(logits.max())
    return top + float(np.log(np.exp(logits - top).sum()))
