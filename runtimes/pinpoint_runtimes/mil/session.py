"""A stage in an `.mlpackage`, evaluated on tensors of the contract."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pinpoint_runtimes.errors import BackendMissing, SessionError
from pinpoint_runtimes.mil.binding import Weights, bind
from pinpoint_runtimes.mil.bound_function import BoundFunction, held_dtype, rounded
from pinpoint_runtimes.mil.features import (
    Feature,
    check_names,
    check_shapes,
    check_type,
    feature,
)
from pinpoint_runtimes.mil.package import MilPackage
from pinpoint_runtimes.runtime import RuntimeOptions, StageFile
from pinpoint_runtimes.session import Array, TensorSpec, bucket_name, check_bucket, check_feeds


@dataclass(frozen=True)
class _Entry:
    """A function of the package with the features of its inputs."""

    function: BoundFunction
    features: Mapping[str, Feature]


class MilProgram:
    """The bound functions of a package for a stage's contract; sessions and caches use it.

    Args:
        stage: the package and its contract.
        options: threads of one operator; there are no providers.
        round_fp16: round fp16 tensors after every operation.

    Raises SessionError: no package, damaged, of another stage, or with an operation that cannot be
    evaluated. BackendMissing: a provider is asked for.
    """

    def __init__(self, stage: StageFile, options: RuntimeOptions, round_fp16: bool = True) -> None:
        self.stage, self.where = stage, str(stage.path)
        if options.providers:
            raise BackendMissing(
                f"The mil runtime evaluates on the CPU alone and has no {options.providers[0]}; "
                "leave the provider out."
            )
        if options.threads is not None and options.threads < 1:
            raise SessionError(f"{self.where}: cannot run on {options.threads} threads; give 1.")
        self._threads = options.threads
        self._round = round_fp16
        package = MilPackage(stage.path)
        weights = Weights(package)
        self._entries: dict[str, _Entry] = {}
        for name in sorted(package.spec.mlProgram.functions):
            with self._with_threads():
                function = bind(package, name, weights, round_fp16)
            self._entries[name] = _Entry(function, _features(package, name))
            self._check(self._entries[name])
        self._default = package.spec.description.defaultFunctionName or "main"
        if len(self._entries) == 1:
            self._default = next(iter(self._entries))
        for sizes in stage.buckets:
            self._entry(sizes)

    def _check(self, entry: _Entry) -> None:
        function = entry.function
        check_names(function.where, "inputs", self.stage.inputs, list(function.inputs))
        check_names(function.where, "outputs", self.stage.outputs, list(function.outputs))
        for spec in self.stage.inputs:
            check_type(function.where, spec, function.inputs[spec.name])
        for spec in self.stage.outputs:
            check_type(function.where, spec, function.outputs[spec.name])

    def _entry(self, sizes: Mapping[str, int]) -> _Entry:
        """Return the function for sizes; raises SessionError when the package has none."""
        name = bucket_name(sizes)
        entry = self._entries.get(name) or self._entries.get(self._default)
        if entry is None:
            known = ", ".join(self._entries)
            raise SessionError(f"{self.where}: it has no function {name}, only {known}.")
        check_shapes(entry.function.where, self.stage.inputs, entry.features, sizes)
        return entry

    @property
    def states(self) -> dict[str, tuple[int, ...]]:
        """Return the shapes of all states, which all functions share."""
        shapes: dict[str, tuple[int, ...]] = {}
        for entry in self._entries.values():
            for name, kind in entry.function.states.items():
                shape = tuple(size or 0 for size in kind.shape or ())
                if shapes.setdefault(name, shape) != shape:
                    raise SessionError(f"{self.where}: its functions disagree on the state {name}.")
        return shapes

    def empty_states(self) -> dict[str, Tensor]:
        """Return zeros for every state."""
        kinds: dict[str, Tensor] = {}
        shapes = self.states
        for entry in self._entries.values():
            for name, kind in entry.function.states.items():
                kinds.setdefault(name, torch.zeros(shapes[name], dtype=held_dtype(kind)))
        return kinds

    def run(self, feeds: Mapping[str, Array], states: dict[str, Tensor]) -> dict[str, Array]:
        """Run the function for the sizes of the feeds; outputs are copies in contract dtypes."""
        entry, inputs = self._prepare(feeds)
        with self._with_threads():
            found = entry.function.run(inputs, self._own(entry, states))
        return {spec.name: _array(found[spec.name], spec) for spec in self.stage.outputs}

    def trace(
        self, feeds: Mapping[str, Array], states: dict[str, Tensor]
    ) -> Iterator[tuple[str, Array]]:
        """Run and give every computed tensor by name, fp16 ones as float32."""
        entry, inputs = self._prepare(feeds)
        for name, tensor in entry.function.trace(inputs, self._own(entry, states)):
            yield name, tensor.numpy()

    def _own(self, entry: _Entry, states: dict[str, Tensor]) -> dict[str, Tensor]:
        if states.keys() != entry.function.states.keys():
            raise SessionError(f"{self.where}: its functions do not share all their states.")
        return states

    def _prepare(self, feeds: Mapping[str, Array]) -> tuple[_Entry, dict[str, Tensor]]:
        sizes = check_feeds(self.where, self.stage.inputs, feeds)
        check_bucket(self.where, sizes, self.stage.buckets)
        entry = self._entry(sizes)
        inputs = {}
        for spec in self.stage.inputs:
            kind = entry.function.inputs[spec.name]
            tensor = torch.from_numpy(np.ascontiguousarray(feeds[spec.name])).to(held_dtype(kind))
            own = entry.features.get(spec.name)
            if own is not None and own.image == "BGR":
                tensor = tensor.flip(1)
            inputs[spec.name] = rounded(tensor) if kind.rounds and self._round else tensor
        return entry, inputs

    @contextlib.contextmanager
    def _with_threads(self) -> Iterator[None]:
        """Set the number of torch's threads for a block; the whole process shares them."""
        before = torch.get_num_threads()
        if self._threads is None or self._threads == before:
            yield
            return
        torch.set_num_threads(self._threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)


def _features(package: MilPackage, name: str) -> dict[str, Feature]:
    description = package.spec.description
    own = [function.input for function in description.functions if function.name == name]
    inputs = own[0] if own else description.input
    try:
        return {message.name: feature(message) for message in inputs}
    except SessionError as error:
        raise SessionError(f"{package.path} ({name}): {error}.") from error


def _array(tensor: Tensor, spec: TensorSpec) -> Array:
    return np.array(tensor.numpy(), dtype=spec.dtype)


class MilSession:
    """A stage of an `.mlpackage`, evaluated on the CPU.

    A package with states gets empty ones for every run; `MilKVCache` keeps them. The arguments and
    errors are those of `MilProgram`.
    """

    def __init__(
        self, stage: StageFile, options: RuntimeOptions | None = None, *, round_fp16: bool = True
    ) -> None:
        self.path = stage.path
        self.inputs, self.outputs = stage.inputs, stage.outputs
        self._program: MilProgram | None = MilProgram(
            stage, options or RuntimeOptions(), round_fp16
        )

    def _open(self) -> MilProgram:
        if self._program is None:
            raise SessionError(f"{self.path}: the session is closed.")
        return self._program

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Run the stage; see `Session.run`."""
        program = self._open()
        return program.run(feeds, program.empty_states())

    def trace(self, feeds: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
        """Run the stage and give (name, copy) of every tensor it computes, in program order."""
        program = self._open()
        return program.trace(feeds, program.empty_states())

    def close(self) -> None:
        """Free the package."""
        self._program = None
