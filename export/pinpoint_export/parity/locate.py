"""Where an artifact begins to differ: the first module whose output it does not have.

The reference gives the output of every submodule, in the order in which they run. The artifact
gives every value inside it. Names do not survive lowering, but values do: each of the reference's
tensors is looked for among the artifact's values of the same number of elements, in any order of
its axes. One that is not found is either where the artifact goes wrong, or was fused with its
neighbour (a convolution with the normalization behind it). What depends on it tells: if the
artifact has a later tensor that changes when this one is disturbed, it was only fused.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from pinpoint_export.parity.comparison import UNLIKE_DB, Tier
from pinpoint_export.parity.figures import Array, equal_share, sqnr_db
from pinpoint_export.parity.onnx_trace import OnnxTrace
from pinpoint_export.parity.precision import VARIANTS
from pinpoint_models.stages import StageProgram
from pinpoint_runtimes.runtime import Runtime, RuntimeOptions, StageFile

SAMPLE = 4096  # elements by which an order of axes is chosen
F64_SLACK_DB = 7.0  # f32's own noise, and as much as 6 dB more beside it
DISTURBANCE = 0.1  # of a tensor's standard deviation
DEPENDS_DB = 60.0  # a tensor that changes by less does not depend on the disturbed one
ROWS, CAPACITY, VISUALS = 5, 64, 3  # of a decode stage that takes any sizes


class Tracer(Protocol):
    """An artifact that shows the values inside it."""

    def trace(self, feeds: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
        """Run the artifact and give name and value of every tensor, in the order of its graph."""
        ...


@dataclass(frozen=True)
class Divergence:
    """Where an artifact leaves the reference.

    Attributes:
        module: qualified name of the first module whose output the artifact does not have, or
            "output NAME" when it has those of all modules.
        sqnr_db: how near the nearest value of the artifact comes to it; bar_db: what was needed.
        after: the last module before it whose output the artifact has, at `after_db`.
        tensor: the artifact's name of that output; next_tensor: of the value that follows there.
    """

    module: str
    sqnr_db: float
    bar_db: float
    after: str | None = None
    after_db: float | None = None
    tensor: str | None = None
    next_tensor: str | None = None

    def __str__(self) -> str:
        line = f"first diverging: {self.module}, {self.sqnr_db:.1f} dB ({self.bar_db:.0f} needed)"
        if self.after is None:
            return f"{line}; nothing before it is right"
        where = f" in the artifact's {self.tensor}" if self.tensor else ""
        then = f", {self.next_tensor} follows" if self.next_tensor else ""
        return f"{line}; last right: {self.after}, {self.after_db:.1f} dB{where}{then}"


def tracer(file: StageFile, runtime: Runtime) -> Tracer | None:
    """Return what shows the values inside a stage file, None where the runtime cannot."""
    if runtime.name == "onnx":
        return OnnxTrace(file.path)
    session: Any = runtime.session(file, RuntimeOptions())
    return session if hasattr(session, "trace") else None


def locate(program: StageProgram, file: StageFile, traced: Tracer, tier: Tier) -> Divergence | None:
    """Return where a stage file leaves the program that it was lowered from; None: nowhere."""
    inputs, feeds = probe(program, file)
    tensors = reference_tensors(program, inputs, tier)
    names: list[str] = []
    for name, array in traced.trace(feeds):
        for tensor in tensors:
            tensor.offer(len(names), name, array)
        names.append(name)
    for number, tensor in enumerate(tensors):
        if not tensor.matched and not _is_fused(program, inputs, tensors, number):
            return _divergence(tensors, number, names)
    return None


def _divergence(tensors: Sequence[_Tensor], number: int, names: Sequence[str]) -> Divergence:
    tensor = tensors[number]
    before = [t for t in tensors[:number] if t.matched]
    if not before:
        return Divergence(tensor.name, tensor.best_db, tensor.bar_db)
    last = before[-1]
    following = names[last.best + 1] if last.best + 1 < len(names) else None
    return Divergence(
        tensor.name,
        tensor.best_db,
        tensor.bar_db,
        last.name,
        last.best_db,
        names[last.best],
        following,
    )


@dataclass
class _Tensor:
    """A tensor of the reference, and the nearest value that the artifact offered."""

    name: str
    array: Array
    bar_db: float
    least_equal: float
    best_db: float = UNLIKE_DB
    best: int = -1  # number of the nearest value
    matched: bool = False
    final: bool = False
    _orders: list[tuple[tuple[int, ...], Array]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.array = self.array.squeeze()
        self._at = np.linspace(0, self.array.size - 1, min(SAMPLE, self.array.size)).astype(int)
        for order in itertools.permutations(range(self.array.ndim)):
            self._orders.append((order, self.array.transpose(order).flat[self._at]))

    def offer(self, number: int, name: str, value: Array) -> None:
        """Compare with a value of the artifact, whatever the order of its axes.

        An output that keeps its name is that value and no other, in the order that it has.
        """
        if self.final or value.size != self.array.size or value.dtype.kind not in "fiu":
            return
        if self.name == f"output {name}":
            self.final, self.matched, self.best_db = True, False, UNLIKE_DB
            del self._orders[1:]
        sample = value.flat[self._at]
        order, near = max(self._orders, key=lambda item: sqnr_db(item[1], sample))
        if sqnr_db(near, sample) < self.best_db:
            return
        ordered = self.array.transpose(order).ravel()
        ratio = min(max(sqnr_db(ordered, value.ravel()), UNLIKE_DB), -UNLIKE_DB)
        if ratio > self.best_db:
            self.best_db, self.best = ratio, number
        if self.array.dtype.kind == "f":
            self.matched |= ratio >= self.bar_db
        else:
            self.matched |= equal_share(ordered, value.ravel()) >= self.least_equal


def reference_tensors(
    program: StageProgram, inputs: Mapping[str, Tensor], tier: Tier
) -> list[_Tensor]:
    """Return the outputs of all submodules in the order of execution, then the stage's own.

    The bar of each is the tier's, or what torch's own precision leaves of it there.
    """
    found: list[tuple[str, Array]] = []
    _visit(program, program.module, inputs, lambda name, array: found.append((name, array)))
    variant = VARIANTS[tier.precision](program.module)
    wide = tier.precision == "f64"
    given = {k: v.double() if wide and v.is_floating_point() else v for k, v in inputs.items()}
    slack = F64_SLACK_DB if wide else tier.slack_db
    own = iter(found)
    bars: list[float] = []

    def bar(_: str, array: Array) -> None:
        bars.append(min(tier.least_sqnr_db, sqnr_db(next(own)[1], array) - slack))

    _visit(program, variant, given, bar)
    return [
        _Tensor(name, array, bar_db, tier.least_equal)
        for (name, array), bar_db in zip(found, bars, strict=True)
    ]


def probe(program: StageProgram, file: StageFile) -> tuple[dict[str, Tensor], dict[str, Array]]:
    """Return the reference's inputs, and the same as feeds for the file, at its smallest sizes.

    A decode stage begins with an empty cache, so that it does not matter where the file keeps it.
    """
    if not program.state:
        sizes = min(file.buckets or program.buckets, key=lambda bucket: math.prod(bucket.values()))
        inputs = program.sample(sizes)
        return inputs, {name: tensor.numpy() for name, tensor in inputs.items()}
    sizes = _decode_sizes(file)
    inputs = program.sample(sizes)
    inputs["position"] = torch.zeros_like(inputs["position"])
    for name in program.state:
        inputs[name] = torch.zeros_like(inputs[name])
    vocabulary = int(program.outputs[0].shape[1])
    inputs["ids"][0, : VISUALS - 1] = torch.arange(VISUALS - 1, dtype=torch.int32) + vocabulary
    arrays = {name: tensor.numpy() for name, tensor in inputs.items()}
    arrays["valid"] = np.array([sizes["q"]], np.int32)
    return inputs, {spec.name: arrays[spec.name] for spec in file.inputs}


def _decode_sizes(file: StageFile) -> dict[str, int]:
    """Return rows, visual tokens and capacity that fit what the file's inputs leave free."""
    shapes = {spec.name: spec.shape for spec in file.inputs}
    rows = [bucket["q"] for bucket in file.buckets if bucket.get("q", 0) > 1]
    fixed = shapes["ids"][1]
    count = fixed if isinstance(fixed, int) else min(rows, default=ROWS)
    capacity = shapes["key_0"][2] if "key_0" in shapes else CAPACITY
    visual = shapes["visual"][0]
    return {
        "q": count,
        "V": visual if isinstance(visual, int) else count if visual == "q" else VISUALS,
        "C": capacity if isinstance(capacity, int) else CAPACITY,
    }


def _visit(
    program: StageProgram,
    module: nn.Module,
    inputs: Mapping[str, Tensor],
    visit: Callable[[str, Array], None],
    disturbed: str | None = None,
) -> None:
    """Run a module; call `visit` with each submodule's output, then with the stage's outputs.

    A module that runs again is "NAME#2"; the output called `disturbed` gets noise.
    """
    calls: dict[str, int] = {}

    def enter(name: str, _: nn.Module, __: object, output: Any) -> Any:
        calls[name] = calls.get(name, 0) + 1
        place = name if calls[name] == 1 else f"{name}#{calls[name]}"
        first = output[0] if isinstance(output, tuple) else output
        if not isinstance(first, Tensor) or not first.is_floating_point() or first.numel() < 2:
            return None
        visit(place, first.numpy())
        if place != disturbed:
            return None
        noisy = _disturb(first)
        return (noisy, *output[1:]) if isinstance(output, tuple) else noisy

    hooks = [
        child.register_forward_hook(lambda m, i, o, name=name: enter(name, m, i, o))
        for name, child in module.named_modules()
        if name
    ]
    try:
        with torch.inference_mode():
            result = module(*inputs.values())
    finally:
        for hook in hooks:
            hook.remove()
    outputs = (result,) if isinstance(result, Tensor) else tuple(result)
    for spec, tensor in zip(program.outputs, outputs, strict=True):
        if spec.name not in program.state.values():
            visit(f"output {spec.name}", tensor.numpy())


def _disturb(tensor: Tensor) -> Tensor:
    noise = torch.randn(tensor.shape, generator=torch.Generator().manual_seed(0))
    return tensor + noise.to(tensor.dtype) * DISTURBANCE * tensor.std()


def _is_fused(
    program: StageProgram, inputs: Mapping[str, Tensor], tensors: Sequence[_Tensor], number: int
) -> bool:
    """Whether the artifact has a later tensor that depends on this one, which it lacks."""
    later = iter(range(len(tensors)))
    fused = False

    def compare(_: str, array: Array) -> None:
        nonlocal fused
        index = next(later)
        tensor = tensors[index]
        if index > number and tensor.matched and tensor.array.dtype.kind == "f":
            fused |= sqnr_db(tensor.array, array.squeeze()) < DEPENDS_DB

    _visit(program, program.module, inputs, compare, disturbed=tensors[number].name)
    return fused
