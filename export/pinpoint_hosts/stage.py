"""A stage of a host: a module that exports, and how it is fed."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor, nn


@dataclass(frozen=True)
class HostStage:
    """A module with an example of its inputs, by name and in order.

    dynamic: axes of an input that may have any length, with their names.
    """

    module: nn.Module
    inputs: dict[str, Tensor]
    outputs: tuple[str, ...]
    dynamic: dict[str, dict[int, str]] = field(default_factory=dict)
