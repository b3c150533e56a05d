"""One confidence for an answer, out of the certainty of each part of the pipeline."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pinpoint_edge.errors import OptionError


@dataclass(frozen=True)
class Signals:
    """The certainty of each part of the pipeline, all 0..1.

    decode: `decode_probability`; least: the least probable token's; reader: `reader_probability`;
    null: the aligner's p(null); not_found: the language model's probability, when it began, of
    answering "not found"; focus: the relevance of the most relevant region, so how little it is
    spread; support: that of the answer's best region over it; legible: the mean character
    probability of what was read; label: the best literal match of the question and a rough text.
    Parts that were not asked are sure.
    """

    decode: float
    least: float
    reader: float
    null: float
    not_found: float
    focus: float = 1.0
    support: float = 1.0
    legible: float = 1.0
    label: float = 1.0


EDGE = 1e-4  # log odds of what is surer than this are all the same
FOUND, NOT_FOUND = "found", "not-found"
Weights = Mapping[str, float]


def log_odds(probability: float) -> float:
    """Return ln(p / (1 - p)), with p held EDGE away from 0 and 1."""
    held = min(max(probability, EDGE), 1 - EDGE)
    return math.log(held / (1 - held))


def calibrated(signals: Signals, weights: Weights) -> float:
    """Return how likely an answer of these signals is right: Platt scaling (1999), 0..1.

    weights: of the log odds of signals, by name, and "bias". They were fitted on training pages by
    `pinpoint-train calibrate`. Raises OptionError for a signal that does not exist.
    """
    total = 0.0
    for name, weight in weights.items():
        if name != "bias" and name not in signals.__dataclass_fields__:
            raise OptionError(f"There is no signal {name!r} to weigh: update pinpoint-edge.")
        total += weight * (1.0 if name == "bias" else log_odds(getattr(signals, name)))
    return 1 / (1 + math.exp(-min(max(total, -30.0), 30.0)))


def of_answer(signals: Signals, found: bool, weights: Mapping[str, Weights]) -> float:
    """Return the confidence of an answer, 0..1.

    weights: the bundle's, for FOUND and NOT_FOUND answers apart, since what speaks for the one
    speaks against the other. Without them it is the product of `confidence`.
    """
    own = weights.get(FOUND if found else NOT_FOUND)
    if own is not None:
        return calibrated(signals, own)
    return confidence(signals.decode, signals.reader, signals.null if found else 0.0)


def decode_probability(allowed_log_probabilities: Sequence[float]) -> float:
    """Geometric mean, 0..1, of the token probabilities among the allowed tokens; 1 for no tokens.

    The mean, not the product, so that a long address is not doubted for its length.
    """
    if not allowed_log_probabilities:
        return 1.0
    return min(1.0, math.exp(math.fsum(allowed_log_probabilities) / len(allowed_log_probabilities)))


def reader_probability(character_probabilities: Sequence[float]) -> float:
    """Smallest character probability, 0..1, of the span; 1 for an answer that quotes nothing.

    The minimum, because one wrong digit makes an amount wrong. A softmax in f32 may round to a
    little above 1.
    """
    return min([1.0, *character_probabilities])


def mean_probability(character_probabilities: Sequence[float]) -> float:
    """Mean character probability, 0..1, of everything that was read; 1 of nothing."""
    if not character_probabilities:
        return 1.0
    return min(1.0, math.fsum(character_probabilities) / len(character_probabilities))


def confidence(decode: float, reader: float, null: float) -> float:
    """Confidence 0..1: `decode` x `reader` x (1 - `null`).

    The answer is right when the language model chose the right words, the recogniser read them
    correctly, and the page answers the question at all: the product takes the three as independent.
    It rises with `decode` and `reader` and falls with `null`. For the answer "not found" give
    1 - p(null) as `null`, since there the null region speaks for the answer.
    Raises OptionError when an argument is no number in 0..1.
    """
    for name, value in (("decode", decode), ("reader", reader), ("null", null)):
        if not 0.0 <= value <= 1.0:
            raise OptionError(f"The {name} probability is {value}: give a number in 0..1.")
    return decode * reader * (1.0 - null)
