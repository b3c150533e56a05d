"""Parity: how far an artifact's tensors are from the reference's.

An exactly lowered float tensor must reach 100 dB SQNR against torch in f32, or come as close to
torch in f64 as torch's own f32 does, give or take 6 dB: a deep model's f32 noise may be above
-100 dB, and then no runtime that rounds in another order can pass the first test. Integer tensors
must agree in 99.9 % of their elements.
"""

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pinpoint_edge.models.stages import Sizes, StageProgram
from pinpoint_runtimes import Session

Array = NDArray[Any]

LEAST_SQNR_DB = 100.0
SLACK_DB = 6.0
LEAST_EQUAL = 0.999


def sqnr_db(reference: Array, other: Array) -> float:
    """Return the signal to quantization noise ratio in dB; inf for equal arrays, -inf for NaN."""
    signal = np.asarray(reference, np.float64)
    noise = float(np.square(signal - np.asarray(other, np.float64)).sum())
    power = float(np.square(signal).sum())
    if noise == 0:
        return math.inf
    if power == 0 or not math.isfinite(noise) or not math.isfinite(power):
        return -math.inf
    return 10 * math.log10(power / noise)


def max_abs(reference: Array, other: Array) -> float:
    """Return the greatest absolute difference; NaN where one of them is NaN."""
    difference = np.abs(np.asarray(reference, np.float64) - np.asarray(other, np.float64))
    return float(difference.max(initial=0.0))


def cosine(reference: Array, other: Array) -> float:
    """Return the cosine similarity of the flattened arrays; 1 for two zero arrays."""
    a, b = (np.asarray(x, np.float64).ravel() for x in (reference, other))
    norms = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / norms if norms else float(np.array_equal(a, b))


@dataclass(frozen=True)
class TensorParity:
    """One output tensor's distance from the reference, and why it fails if it does."""

    sqnr_db: float
    max_abs: float
    cosine: float
    failure: str | None

    @property
    def passed(self) -> bool:
        """Whether the tensor is as close as exact lowering must be."""
        return self.failure is None


@dataclass(frozen=True)
class Parity:
    """The parity of all outputs of a stage."""

    tensors: Mapping[str, TensorParity]

    @property
    def passed(self) -> bool:
        """Whether there is an output and every one passed."""
        return bool(self.tensors) and all(tensor.passed for tensor in self.tensors.values())

    def failures(self) -> list[str]:
        """Return one line for each tensor that failed."""
        return [f"{name}: {t.failure}" for name, t in self.tensors.items() if t.failure]

    def worst(self, other: "Parity") -> "Parity":
        """Join two measurements of one stage, keeping the worse figure of each tensor."""
        names = [*self.tensors, *(name for name in other.tensors if name not in self.tensors)]
        return Parity(
            {name: _worse(self.tensors.get(name), other.tensors.get(name)) for name in names}
        )

    def summary(self) -> dict[str, dict[str, float | None]]:
        """Return the figures as JSON values; an SQNR of None says bitwise equal.

        Raises ValueError for a parity that did not pass: such an artifact must not be described.
        """
        if not self.passed:
            raise ValueError(f"Parity failed: {'; '.join(self.failures())}.")
        return {
            name: {
                "sqnr_db": None if math.isinf(t.sqnr_db) else round(t.sqnr_db, 1),
                "max_abs": t.max_abs,
            }
            for name, t in self.tensors.items()
        }


def _worse(a: TensorParity | None, b: TensorParity | None) -> TensorParity:
    if a is None or b is None:
        only = a or b
        assert only is not None
        return only
    return TensorParity(
        sqnr_db=min(a.sqnr_db, b.sqnr_db),
        max_abs=float(np.maximum(a.max_abs, b.max_abs)),  # keeps NaN
        cosine=float(np.minimum(a.cosine, b.cosine)),
        failure=a.failure or b.failure,
    )


def _failed(reason: str) -> TensorParity:
    return TensorParity(-math.inf, math.nan, math.nan, reason)


def _compare(reference: Array, artifact: Array, exact: Array | None) -> TensorParity:
    if reference.shape != artifact.shape or reference.dtype != artifact.dtype:
        return _failed(
            f"expected {reference.dtype} {reference.shape}, got {artifact.dtype} {artifact.shape}"
        )
    for array, owner in ((reference, "the reference"), (artifact, "the artifact")):
        if not np.isfinite(array).all():
            return _failed(f"{owner} holds NaN or infinity")
    ratio = sqnr_db(reference, artifact)
    failure = None
    if np.issubdtype(reference.dtype, np.floating):
        failure = _float_failure(ratio, reference, artifact, exact)
    else:
        equal = float(np.mean(reference == artifact)) if reference.size else 1.0
        if equal < LEAST_EQUAL:
            failure = f"{equal:.2%} of the elements are equal, {LEAST_EQUAL:.1%} are needed"
    return TensorParity(ratio, max_abs(reference, artifact), cosine(reference, artifact), failure)


def _float_failure(
    ratio: float, reference: Array, artifact: Array, exact: Array | None
) -> str | None:
    if ratio >= LEAST_SQNR_DB:
        return None
    failure = f"{ratio:.1f} dB from torch in f32, {LEAST_SQNR_DB:.0f} dB are needed"
    if exact is None or exact.shape != reference.shape or not np.isfinite(exact).all():
        return failure
    own, reached = sqnr_db(exact, reference), sqnr_db(exact, artifact)
    if reached >= own - SLACK_DB:
        return None
    return f"{failure}; from torch in f64 {reached:.1f} dB, torch's own f32 {own:.1f} dB"


def check(
    reference: Mapping[str, Array],
    artifact: Mapping[str, Array],
    exact: Mapping[str, Array] | None = None,
) -> Parity:
    """Compare an artifact's outputs with the reference's.

    Args:
        reference: outputs of torch in f32.
        artifact: outputs of the artifact for the same inputs.
        exact: outputs of torch in f64, if they were computed.

    Returns:
        The parity of every tensor; one that is missing, surplus, of another dtype or shape, or not
        finite has failed.
    """
    tensors = {}
    for name, expected in reference.items():
        if name not in artifact:
            tensors[name] = _failed("the artifact lacks this output")
        else:
            tensors[name] = _compare(expected, artifact[name], (exact or {}).get(name))
    for name in artifact.keys() - reference.keys():
        tensors[name] = _failed("the reference has no such output")
    return Parity(tensors)


def run_reference(
    program: StageProgram, inputs: Mapping[str, torch.Tensor], module: torch.nn.Module | None = None
) -> dict[str, Array]:
    """Run the program's module (or a variant of it) eagerly and name its outputs."""
    with torch.inference_mode():
        result = (module or program.module)(*inputs.values())
    tensors = (result,) if isinstance(result, torch.Tensor) else tuple(result)
    return {
        spec.name: tensor.numpy() for spec, tensor in zip(program.outputs, tensors, strict=True)
    }


def measure(program: StageProgram, session: Session, buckets: tuple[Sizes, ...] = ()) -> Parity:
    """Run a loaded artifact and the reference on the program's samples; keep the worst figures.

    Only the rows of a state output that the inputs define are compared: what an artifact leaves
    behind them is its own affair.
    """
    double = copy.deepcopy(program.module).double()
    parity = Parity({})
    for sizes in buckets or program.buckets:
        inputs = program.sample(sizes)
        widened = {k: v.double() if v.is_floating_point() else v for k, v in inputs.items()}
        found = session.run({name: tensor.numpy() for name, tensor in inputs.items()})
        results = [
            run_reference(program, inputs),
            found,
            run_reference(program, widened, double),
        ]
        if program.state_rows is not None:
            rows, states = program.state_rows(inputs), set(program.state.values())
            results = [
                {k: v[:, :, :rows] if k in states else v for k, v in r.items()} for r in results
            ]
        parity = parity.worst(check(*results))
    return parity
