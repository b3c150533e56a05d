"""When an artifact's tensors count as the reference's: a tier for each type of the weights.

*exact* is for float32. A float tensor must reach 100 dB SQNR against torch in f32, or come as close
to torch in f64 as torch's own f32 does, give or take 6 dB: a deep model's f32 noise may be above
-100 dB, and then no runtime that rounds in another order can pass the first test. 99.9 % of the
integers must agree.

*half* is for float16: 45 dB, or within 3 dB of what torch loses when its weights and the results of
its modules are rounded to f16. A probability near 1/2 is why there is an "or": its logit's rounding
is multiplied, and the text map keeps 43 dB at best. 96 % of the integers must agree. They are
classes in the order of their scores, and where two scores are nearer than the rounding, the order
is anyone's: rounding alone changes up to 2 % of the top four of `refine` and 0.1 % of the rough
readings, weights rounded to bf16 change 6 to 10 %.

*int8* and *int4* are for a language model in integers, on the real prompt and its 32 greedy steps:
12 and 6 dB. The shipped int8 has 19 dB in the worst step on ONNX Runtime, which rounds inputs in
blocks, and 15 on LiteRT, which rounds whole rows; a wrong scale or a transposed matrix has about 0.
Random tokens are left out: what a model never saw it amplifies, and nothing follows from it. That
the answers stay the same is for `pinpoint-export answers` to show.

A stage that sees the page has a bar of its own in int8, between the worst that rounding left on
LiteRT (inputs rounded as it runs or, save for detect, in fixed ranges) and the best that a fault in
one layer's weights left (its scales doubled, its integers shifted by one). detect: rounding leaves
29 dB; glance: 26, a fault 5; align: 36, a fault 27; refine: 16, a fault 11, and of its top four
characters, most of which are ranks of next to nothing, 47 %, a fault 13 %. One wrong channel costs
less than rounding and is not seen. What is read of real lines is for the answers to show too.

*palette6* and *palette4* are for the stages that see the page: 12 and 6 dB. A wrong table gives
about 0. With 6 bits the recogniser's visual tokens of real lines keep 16 dB and 71 % of 326 lines
are read alike; with 4 bits 5 dB and none, which must not pass.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from pinpoint_edge.errors import OptionError
from pinpoint_export.parity.figures import Array, cosine, equal_share, max_abs, sqnr_db

MASKED_BELOW = -5e3
"""Logits from here down mark padding; such a constant holds more energy than all real ones."""
UNLIKE_DB = -200.0
UNLIKE_MAX_ABS = float(np.finfo(np.float32).max)
"""The figures of tensors that cannot be compared (another shape, NaN): finite, as JSON needs."""

Outputs = Mapping[str, Array]


@dataclass(frozen=True)
class Tier:
    """How close an artifact must be.

    Attributes:
        least_sqnr_db, least_equal: bars of float tensors in dB and of integers as a share.
        slack_db: how much more than torch in this precision it may lose where the bar is missed.
        precision: what `slack_db` is measured from, "f64" (the truth) or "f16" (rounded torch).
        random_states: whether the decode stage is run on random tokens and states as well.
    """

    name: str
    least_sqnr_db: float
    least_equal: float
    slack_db: float
    precision: str
    random_states: bool = True


EXACT = Tier("exact", 100.0, 0.999, 6.0, "f64")
HALF = Tier("half", 45.0, 0.96, 3.0, "f16")
INT8 = Tier("int8", 12.0, 0.9, 3.0, "f16", random_states=False)
INT4 = Tier("int4", 6.0, 0.8, 3.0, "f16", random_states=False)
PALETTE6 = Tier("palette6", 12.0, 0.4, 3.0, "f16")
PALETTE4 = Tier("palette4", 6.0, 0.25, 3.0, "f16")
TIERS = {
    "float32": EXACT,
    "float16": HALF,
    "int8": INT8,
    "palette6": PALETTE6,
    "int4": INT4,
    "palette4": PALETTE4,
}
INT8_STAGES = {
    "detect": Tier("int8", 24.0, 0.9, 3.0, "f16"),
    "glance": Tier("int8", 20.0, 0.9, 3.0, "f16"),
    "align": Tier("int8", 30.0, 0.9, 3.0, "f16"),
    "refine": Tier("int8", 13.0, 0.3, 3.0, "f16"),
}


def tier_of(weights: str, stage: str = "decode") -> Tier:
    """Return the tier for a recipe's type of weights; raises OptionError for one without."""
    if weights == "int8" and stage in INT8_STAGES:
        return INT8_STAGES[stage]
    if weights not in TIERS:
        raise OptionError(
            f"There is no parity tier for weights in {weights}; known are {', '.join(TIERS)}."
        )
    return TIERS[weights]


@dataclass(frozen=True)
class TensorDifference:
    """One output tensor's distance from the reference, and why it fails if it does.

    sqnr_db is inf where every bit is equal; where the tensors cannot be compared the figures are
    UNLIKE_DB, UNLIKE_MAX_ABS and 0.
    """

    sqnr_db: float
    max_abs: float
    cosine: float
    failure: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the tensor is as close as its tier asks."""
        return self.failure is None

    def worse(self, other: TensorDifference) -> TensorDifference:
        """Join with a later measurement: the worse of each figure, and what failed first."""
        return TensorDifference(
            sqnr_db=min(self.sqnr_db, other.sqnr_db),
            max_abs=max(self.max_abs, other.max_abs),
            cosine=min(self.cosine, other.cosine),
            failure=self.failure or other.failure,
        )


def unlike(reason: str) -> TensorDifference:
    """Return the parity of tensors that cannot be compared."""
    return TensorDifference(UNLIKE_DB, UNLIKE_MAX_ABS, 0.0, reason)


def check(
    reference: Outputs,
    artifact: Outputs,
    tier: Tier = EXACT,
    own: Callable[[], Outputs] | None = None,
    where: str = "",
) -> dict[str, TensorDifference]:
    """Compare an artifact's outputs with the reference's.

    Args:
        reference: outputs of torch in f32.
        artifact: outputs of the artifact for the same inputs.
        own: gives the outputs of torch in the tier's precision; called when a bar is missed.
        where: begins every failure, such as the sizes that were run.

    Returns:
        The parity of every tensor; one that is missing, surplus, of another dtype or shape, or not
        finite has failed.
    """
    prefix = f"{where}: " if where else ""
    tensors = {}
    for name, expected in reference.items():
        if name not in artifact:
            tensors[name] = unlike(f"{prefix}the artifact lacks this output")
            continue
        rounded = partial(_output, own, name) if own else None
        tensors[name] = compare(expected, artifact[name], tier, rounded, prefix)
    for name in artifact.keys() - reference.keys():
        tensors[name] = unlike(f"{prefix}the reference has no such output")
    return tensors


def _output(outputs: Callable[[], Outputs], name: str) -> Array | None:
    return outputs().get(name)


def compare(
    reference: Array,
    artifact: Array,
    tier: Tier,
    own: Callable[[], Array | None] | None = None,
    prefix: str = "",
) -> TensorDifference:
    """Compare one tensor; see `check`."""
    if reference.shape != artifact.shape or reference.dtype != artifact.dtype:
        return unlike(
            f"{prefix}expected {reference.dtype} {reference.shape}, "
            f"got {artifact.dtype} {artifact.shape}"
        )
    for array, owner in ((reference, "the reference"), (artifact, "the artifact")):
        if not np.isfinite(array).all():
            return unlike(f"{prefix}{owner} holds NaN or infinity")
    if not np.issubdtype(reference.dtype, np.floating):
        return _integers(reference, artifact, tier, prefix)
    real = reference > MASKED_BELOW
    if (artifact[~real] > MASKED_BELOW).any():
        return unlike(f"{prefix}padding that the reference masks has a score")
    signal, found = reference[real], artifact[real]
    ratio = max(sqnr_db(signal, found), UNLIKE_DB)
    failure = None
    if ratio < tier.least_sqnr_db:
        rounded = None if own is None else own()
        if rounded is not None and rounded.shape == reference.shape:
            rounded = rounded[real]
        failure = _missed(ratio, signal, found, tier, rounded)
    return TensorDifference(
        ratio, max_abs(signal, found), cosine(signal, found), failure and prefix + failure
    )


def _integers(reference: Array, artifact: Array, tier: Tier, prefix: str) -> TensorDifference:
    equal, failure = equal_share(reference, artifact), None
    if equal < tier.least_equal:
        failure = (
            f"{prefix}{equal:.2%} of the elements are equal, {tier.least_equal:.1%} are needed"
        )
    ratio = max(sqnr_db(reference, artifact), UNLIKE_DB)
    return TensorDifference(
        ratio, max_abs(reference, artifact), cosine(reference, artifact), failure
    )


def _missed(
    ratio: float, reference: Array, artifact: Array, tier: Tier, own: Array | None
) -> str | None:
    """Say why a float tensor below the bar fails, None when torch itself is no better."""
    failure = f"{ratio:.1f} dB from torch in f32, {tier.least_sqnr_db:.0f} dB are needed"
    if own is None or own.shape != reference.shape or not np.isfinite(own).all():
        return failure
    if tier.precision == "f64":  # the truth: how far are torch and the artifact from it?
        best, reached = sqnr_db(own, reference), sqnr_db(own, artifact)
        told = f"from torch in f64 {reached:.1f} dB, torch's own f32 {best:.1f} dB"
    else:  # torch rounded alike: how far is it, and how far the artifact, from torch in f32?
        best, reached = sqnr_db(reference, own), ratio
        told = f"torch rounded to f16 reaches {best:.1f} dB"
    return (
        None if reached >= best - tier.slack_db and not math.isinf(best) else f"{failure}; {told}"
    )
