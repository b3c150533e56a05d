"""The `executorch` target: stages as `.pte` programs for ExecuTorch, one method a bucket.

XNNPACK computes on the CPU and shares each weight between the methods of a file. The Core ML
delegate can be lowered to on any machine and runs on Apple's. The decode stage keeps its keys and
values in mutable buffers that a step writes in place.
"""

from __future__ import annotations

import contextlib
import logging
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pinpoint_edge.models.decoder import Decoder
from pinpoint_edge.models.stages import Sizes, StageProgram
from pinpoint_edge.models.stateful import StatefulDecoder
from pinpoint_export.targets import DECODE_ROWS, NO_PROVIDERS, STATE_CAPACITY, Artifact, Estimate
from pinpoint_export.targets.executorch_decoder import delegated, placed
from pinpoint_export.targets.executorch_identifiers import settle
from pinpoint_export.targets.lowering import LoweringError, module_path
from pinpoint_quantization.recipe import STAGES, Recipe
from pinpoint_runtimes import TensorSpec
from pinpoint_runtimes.session import bucket_name

# For `estimate`, measured on the five stages.
GRAPH_BYTES_PER_TENSOR = 700
BASE_MEMORY, MEMORY_PER_WEIGHT = 1_100_000_000, 3
BASE_SECONDS, SECONDS_PER_TENSOR = 8.0, 0.17

LONGEST_RUN = 256
"""Rows of the longest run of a decode stage; what a run needs beside the weights grows with it."""


class ExecutorchTarget:
    """Lowers stages to ExecuTorch programs; see `Target`."""

    name = "executorch"
    extra = "executorch"
    delegates = ("xnnpack", "coreml")
    kv_form = "state"
    kv_capacity = STATE_CAPACITY
    providers = NO_PROVIDERS

    def __init__(self, delegate: str = "xnnpack") -> None:
        self.delegate = delegate

    def requires(self) -> tuple[str, ...]:
        """Return what must be installed to run the artifacts."""
        return ("executorch>=1.5",)

    def tools(self) -> tuple[str, ...]:
        """Return what lowers."""
        return ("torch", "executorch", *(("coremltools",) if self.delegate == "coreml" else ()))

    def runtime(self) -> str | None:
        """Return ExecuTorch for XNNPACK; Apple's delegate runs on Apple's machines only."""
        return "executorch" if self.delegate == "xnnpack" else None

    def supports(self, stage: str, recipe: Recipe) -> str | None:
        """Return None for what the delegate computes in, otherwise the reason."""
        if stage not in STAGES:
            return f"there is no stage '{stage}'; known are {', '.join(STAGES)}"
        weights = recipe.stages[stage].coarsest
        if self.delegate == "coreml" and (stage, weights) == ("decode", "float32"):
            return "Core ML keeps states in float16; choose a recipe with float16 for decode"
        known = ("float32", "float16") if self.delegate == "coreml" else ("float32",)
        if weights not in known:
            return (
                f"the executorch target keeps weights in {' or '.join(known)} with the delegate "
                f"{self.delegate}, the recipe asks for {weights}"
            )
        return None

    def estimate(self, program: StageProgram, recipe: Recipe) -> Estimate:
        """Say what lowering takes, by weights, tensors and methods."""
        weights, count = program.weights()
        methods = 1 if program.state else len(program.buckets)
        size = weights + GRAPH_BYTES_PER_TENSOR * count * methods
        if isinstance(program.module, Decoder):
            # The table of the embedding is looked up outside the delegate and multiplied inside.
            size += program.module.embedding.weight.nbytes
        return Estimate(
            size=size,
            memory=BASE_MEMORY + MEMORY_PER_WEIGHT * weights,
            seconds=BASE_SECONDS + SECONDS_PER_TENSOR * count * methods,
        )

    def lower(self, program: StageProgram, recipe: Recipe, out_dir: Path) -> Artifact:
        """Write the stage as `<stage>.pte`."""
        name = f"{program.name}.pte"
        with _quiet(), torch.no_grad():
            executable = self._executable(program, recipe)
            with (out_dir / name).open("wb") as file:
                if self.delegate == "coreml":
                    file.write(settle(executable.buffer))
                else:
                    executable.write_to_file(file)
        if not program.state:
            images = [spec.name for spec in program.inputs if spec.dtype == "uint8"]
            widened = dict.fromkeys(images, "float32") if self.delegate == "coreml" else {}
            return Artifact.of(program, out_dir, [name], dtypes=widened)
        assert isinstance(program.module, Decoder)
        width, vocabulary = program.module.config.width, program.module.config.vocabulary
        return Artifact.of(
            program,
            out_dir,
            [name],
            inputs=(
                TensorSpec("ids", "int32", (1, "q")),
                TensorSpec("visual", "float32", ("q", width)),
                TensorSpec("position", "int32", (1,)),
                TensorSpec("valid", "int32", (1,)),
            ),
            outputs=(TensorSpec("logits", "float32", (1, vocabulary)),),
            buckets=_row_buckets() if self.delegate == "coreml" else (),
        )

    def _executable(self, program: StageProgram, recipe: Recipe) -> Any:
        from executorch.exir import (
            EdgeCompileConfig,
            ExecutorchBackendConfig,
            to_edge_transform_and_lower,
        )

        methods = _methods(program, self.delegate)
        try:
            edge = to_edge_transform_and_lower(
                methods,
                partitioner=[self._partitioner(program, recipe, methods)],
                compile_config=EdgeCompileConfig(_check_ir_validity=False),
            )
            executable = edge.to_executorch(
                ExecutorchBackendConfig(
                    # A step writes its rows into the cache; without this pass it copies the cache.
                    run_reinplace_pass=True,
                    emit_mutable_buffer_names=True,  # a runtime reads the capacity off the buffers
                )
            )
        except RuntimeError as error:
            missing = re.search(r"Missing out variants: \{'aten::(\w+)", str(error))
            if missing is None:
                raise
            raise self._lacks(program.name, missing[1], methods) from error
        for operator in self._left_over(executable):
            raise self._lacks(program.name, operator, methods)
        return executable

    def _partitioner(self, program: StageProgram, recipe: Recipe, methods: dict[str, Any]) -> Any:
        if self.delegate == "xnnpack":
            return _xnnpack_partitioner()
        import coremltools
        from executorch.backends.apple.coreml.compiler import CoreMLBackend
        from executorch.backends.apple.coreml.partition import CoreMLPartitioner

        half = recipe.stages[program.name].weights == "float16"
        precision = coremltools.precision
        specs = CoreMLBackend.generate_compile_specs(
            minimum_deployment_target=coremltools.target.iOS18,
            compute_precision=precision.FLOAT16 if half else precision.FLOAT32,
        )
        if program.state:
            # One method: two would not share their states.
            width = program.inputs[1].shape[1]
            shapes = {
                "ids": [[1, rows] for rows in DECODE_ROWS],
                "visual": [[rows, width] for rows in DECODE_ROWS],
            }
            specs.append(
                CoreMLBackend.generate_enumerated_shapes_compile_spec(methods["forward"], shapes)
            )
        return CoreMLPartitioner(
            compile_specs=specs,
            take_over_mutable_buffer=True,
            lower_full_graph=bool(program.state),
        )

    def _left_over(self, executable: Any) -> list[str]:
        """Return the operators outside the delegate that its programs cannot hold."""
        plans = executable.executorch_program.execution_plan
        used = sorted({(op.name, op.overload) for plan in plans for op in plan.operators})
        if self.delegate == "coreml":  # Core ML takes a method whole or is not worth the copies
            return [name.split("::")[-1] for name, _ in used]
        from executorch.extension.pybindings import portable_lib

        kernels = set(portable_lib._get_operator_names())
        return [
            name.split("::")[-1]
            for name, overload in used
            if f"{name}.{overload}".rstrip(".") not in kernels
        ]

    def _lacks(self, stage: str, operator: str, methods: dict[str, Any]) -> LoweringError:
        exported = next(iter(methods.values()))
        functional = operator.removesuffix("_copy").removesuffix("_")
        return LoweringError(
            stage,
            f"{self.name} ({self.delegate})",
            operator,
            module_path(exported, f"aten.{functional}."),
            "write it with operators of PyTorch's core ATen set",
        )


def _xnnpack_partitioner() -> Any:
    """Return XNNPACK's partitioner without GELU in its tanh form.

    The delegate takes that form too, but computes the one with erf: 50 dB of `align` (ExecuTorch
    1.5.1). Left out, it runs as an operator of ExecuTorch's own.
    """
    from executorch.backends.xnnpack.partition.config import ALL_PARTITIONER_CONFIGS
    from executorch.backends.xnnpack.partition.config.generic_node_configs import GeluConfig
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner

    class ErfGeluConfig(GeluConfig):  # type: ignore[misc]
        def check_constraints(self, node: Any, ep: Any) -> bool:
            exact = node.kwargs.get("approximate", "none") == "none"
            return exact and bool(super().check_constraints(node, ep))

    swapped = {GeluConfig: ErfGeluConfig}
    return XnnpackPartitioner(configs=[swapped.get(kind, kind) for kind in ALL_PARTITIONER_CONFIGS])


def _methods(program: StageProgram, delegate: str) -> dict[str, Any]:
    """Export a program in the form that the delegate takes, by the names of its methods."""
    if not program.state:
        # Core ML has no uint8 tensors: the runtime widens images for it.
        floats = delegate == "coreml"
        return {
            bucket_name(sizes): torch.export.export(
                program.module, _sample(program, sizes, floats), strict=False
            )
            for sizes in program.buckets
        }
    decoder = program.module
    assert isinstance(decoder, Decoder)
    if delegate == "coreml":
        return {"forward": _decode(placed(decoder), max(DECODE_ROWS))}
    with delegated(decoder, STATE_CAPACITY):
        return {"forward": _decode(decoder, LONGEST_RUN)}


def _decode(decoder: Decoder, longest: int) -> Any:
    rows = torch.export.Dim.DYNAMIC(min=1, max=longest)
    return torch.export.export(
        StatefulDecoder(decoder, STATE_CAPACITY).eval(),
        _rows(decoder, longest // 2),
        dynamic_shapes=({1: rows}, {0: rows}, None, None),
        strict=False,
    )


def _row_buckets() -> tuple[Sizes, ...]:
    return tuple({"q": rows} for rows in DECODE_ROWS)


def _sample(program: StageProgram, sizes: Sizes, floats: bool) -> tuple[Tensor, ...]:
    return tuple(
        tensor.float() if floats and tensor.dtype == torch.uint8 else tensor
        for tensor in program.sample(sizes).values()
    )


def _rows(decoder: Decoder, rows: int) -> tuple[Tensor, ...]:
    return (
        torch.zeros(1, rows, dtype=torch.int32),
        torch.zeros(rows, decoder.config.width),
        torch.zeros(1, dtype=torch.int32),
        torch.full((1,), rows, dtype=torch.int32),
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence what the tools say about themselves."""
    level = logging.root.manager.disable
    logging.disable(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logging.disable(level)
