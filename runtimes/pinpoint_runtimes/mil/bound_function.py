"""A bound function of an ML program: a list of calls over numbered slots.

fp16 is emulated by rounding: a tensor that MIL types as fp16 is held in fp32, computed in fp32 and
rounded to fp16 after every operation, so that overflow becomes infinity and lost bits stay lost.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pinpoint_runtimes.errors import SessionError
from pinpoint_runtimes.mil.types import TensorType

Slots = list[Any]


def held_dtype(kind: TensorType) -> torch.dtype:
    """Return the dtype of the tensors that hold values of a type."""
    dtype = getattr(torch, kind.element.held)
    assert isinstance(dtype, torch.dtype)
    return dtype


def rounded(value: Tensor) -> Tensor:
    """Round fp32 to the nearest fp16, beyond its range to infinity."""
    return value.half().float()


@dataclass(frozen=True)
class Result:
    """An output of a step: its slot, its type and whether it is rounded."""

    name: str
    slot: int
    kind: TensorType
    dtype: torch.dtype
    rounds: bool


@dataclass(frozen=True)
class Step:
    """One operation: `call` computes its results; then the dead slots are emptied.

    state: of `write_state`, the slot of the state; owned: the written tensor becomes the state
    without a copy.
    """

    call: Callable[[Slots], Any]
    operation: str
    results: tuple[Result, ...]
    dead: tuple[int, ...]
    state: int | None = None
    owned: bool = False


@dataclass(frozen=True)
class BoundFunction:
    """A function ready to run.

    where: names the package and the function in errors; inputs, outputs, states: types by name;
    template: the slots before a run, constants in place; places: the slots of names.
    """

    where: str
    inputs: Mapping[str, TensorType]
    outputs: Mapping[str, TensorType]
    states: Mapping[str, TensorType]
    steps: tuple[Step, ...]
    template: Slots
    places: Mapping[str, int]

    def run(self, inputs: Mapping[str, Tensor], states: dict[str, Tensor]) -> dict[str, Tensor]:
        """Run once and return the outputs, which can share memory with a state or a constant.

        inputs: tensors of the types' shapes and `held_dtype`; states: likewise, replaced by their
        new contents. Raises SessionError when an operation fails.
        """
        with torch.inference_mode():
            env = self._start(inputs, states)
            for step in self.steps:
                self._run_step(step, env)
                for slot in step.dead:
                    env[slot] = None
            self._keep_states(env, states)
            return {name: env[self.places[name]] for name in self.outputs}

    def trace(
        self, inputs: Mapping[str, Tensor], states: dict[str, Tensor]
    ) -> Iterator[tuple[str, Tensor]]:
        """Run as `run` does and give every result except constants, in program order."""
        env = self._start(inputs, states)
        for step in self.steps:
            with torch.inference_mode():
                self._run_step(step, env)
                found = [(result.name, env[result.slot].clone()) for result in step.results]
            yield from found
            for slot in step.dead:
                env[slot] = None
        self._keep_states(env, states)

    def _start(self, inputs: Mapping[str, Tensor], states: Mapping[str, Tensor]) -> Slots:
        env = self.template.copy()
        for given in (inputs, states):
            for name, tensor in given.items():
                env[self.places[name]] = tensor
        return env

    def _keep_states(self, env: Slots, states: dict[str, Tensor]) -> None:
        for name in states:
            states[name] = env[self.places[name]]

    def _run_step(self, step: Step, env: Slots) -> None:
        try:
            value = step.call(env)
            if step.state is not None:
                env[step.state] = value if step.owned else value.clone()
                return
            values = value if isinstance(value, tuple) else (value,)
            for result, tensor in zip(step.results, values, strict=True):
                if tensor.dtype != result.dtype or not result.kind.admits(tuple(tensor.shape)):
                    raise ValueError(
                        f"it gives {tensor.dtype} {tuple(tensor.shape)}, the program says "
                        f"{result.kind.element.name} {result.kind.shape}"
                    )
                env[result.slot] = rounded(tensor) if result.rounds else tensor
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            output = f" (output {step.results[0].name})" if step.results else ""
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise SessionError(
                f"{self.where}: the operation {step.operation}{output} failed: {reason}."
            ) from error
