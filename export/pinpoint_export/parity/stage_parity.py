"""The parity of a stage: every output tensor, and for the language model its greedy tokens."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pinpoint_export.parity.comparison import TensorDifference


@dataclass(frozen=True)
class GreedyAgreement:
    """Greedy tokens of an artifact beside the reference's, step by step on the same history.

    A step that differs fails unless the reference itself holds both tokens for equally good, as
    far as the tier can tell; `failure` says which one does.
    """

    steps: int
    identical: int
    failure: str | None = None


@dataclass(frozen=True)
class StageParity:
    """All outputs of a stage in a tier ("exact" or "half"); `greedy` for the decode stage only."""

    stage: str
    tier: str
    tensors: Mapping[str, TensorDifference] = field(default_factory=dict)
    greedy: GreedyAgreement | None = None

    @property
    def passed(self) -> bool:
        """Whether there is an output and nothing failed."""
        return bool(self.tensors) and not self.failures()

    def failures(self) -> list[str]:
        """Return one line for each tensor that failed, and one for the greedy tokens."""
        lines = [f"{name}: {t.failure}" for name, t in self.tensors.items() if t.failure]
        if self.greedy is not None and self.greedy.failure:
            lines.append(f"greedy tokens: {self.greedy.failure}")
        return lines

    def with_tensors(self, tensors: Mapping[str, TensorDifference]) -> StageParity:
        """Add a measurement of this stage, keeping the worse figures of each tensor."""
        joined = dict(self.tensors)
        for name, tensor in tensors.items():
            joined[name] = joined[name].worse(tensor) if name in joined else tensor
        return StageParity(self.stage, self.tier, joined, self.greedy)

    def to_json(self) -> dict[str, Any]:
        """Return JSON values; an SQNR of None says bitwise equal."""
        tensors = {
            name: asdict(t) | {"sqnr_db": None if math.isinf(t.sqnr_db) else t.sqnr_db}
            for name, t in self.tensors.items()
        }
        return {
            "stage": self.stage,
            "tier": self.tier,
            "passed": self.passed,
            "tensors": tensors,
            "greedy": asdict(self.greedy) if self.greedy else None,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> StageParity:
        """Read what `to_json` wrote."""
        tensors = {
            name: TensorDifference(
                **{**t, "sqnr_db": math.inf if t["sqnr_db"] is None else t["sqnr_db"]}
            )
            for name, t in value["tensors"].items()
        }
        greedy = GreedyAgreement(**value["greedy"]) if value["greedy"] else None
        return cls(value["stage"], value["tier"], tensors, greedy)
