"""The `executorch` target: stages as `.pte` programs for ExecuTorch, one method a bucket.

XNNPACK computes on the CPU and shares each weight between the methods of a file; the table of the
language model, looked up and multiplied with, is stored once too. Weights in integers are refused
unless the file holds them so. The Core ML delegate can be lowered to on any machine and runs on
Apple's. The decode stage keeps its keys and values in mutable buffers that a step writes in place.
"""

from __future__ import annotations

import contextlib
import logging
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from pinpoint_edge.errors import ExportError
from pinpoint_export.targets import DECODE_ROWS, NO_PROVIDERS, STATE_CAPACITY, Artifact, StageCost
from pinpoint_export.targets.executorch.identifiers import settle
from pinpoint_export.targets.executorch.methods import rounded_methods, row_buckets
from pinpoint_export.targets.executorch.program_file import contents, store_once
from pinpoint_export.targets.executorch.xnnpack import partitioner
from pinpoint_export.targets.lowering import LoweringError, module_path
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.stages import StageProgram
from pinpoint_quantization.executorch.decoder import saved, unsupported
from pinpoint_quantization.executorch.pt2e import Feeds
from pinpoint_quantization.recipe import BITS, STAGES, Recipe
from pinpoint_runtimes import TensorSpec

# For `estimate`, measured on the five stages.
GRAPH_BYTES_PER_TENSOR = 700
BASE_MEMORY, MEMORY_PER_WEIGHT = 1_100_000_000, 3
BASE_SECONDS, SECONDS_PER_TENSOR = 8.0, 0.17


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
        wanted = recipe.stages[stage]
        if self.delegate == "coreml" and (stage, wanted.coarsest) == ("decode", "float32"):
            return "Core ML keeps states in float16; choose a recipe with float16 for decode"
        known = {"float32", "float16"} if self.delegate == "coreml" else {"float32", "int8"}
        if (self.delegate, stage) == ("xnnpack", "decode"):
            known.add("int4")
        for weights in sorted(wanted.types() - known):
            return (
                f"the executorch target keeps the weights of {stage} in "
                f"{' or '.join(sorted(known))} with the delegate {self.delegate}, the recipe asks "
                f"for {weights}"
            )
        return unsupported(stage, wanted) if wanted.types() & BITS.keys() else None

    def estimate(self, program: StageProgram, recipe: Recipe) -> StageCost:
        """Say what lowering takes, by weights, tensors and methods."""
        weights, count = program.weights()
        methods = 1 if program.state else len(program.buckets)
        if self.delegate == "xnnpack":
            kept = weights - saved(program.module, recipe.stages[program.name])
        else:
            kept = weights
        return StageCost(
            size=kept + GRAPH_BYTES_PER_TENSOR * count * methods,
            memory=BASE_MEMORY + MEMORY_PER_WEIGHT * weights,
            seconds=BASE_SECONDS + SECONDS_PER_TENSOR * count * methods,
        )

    def lower(
        self,
        program: StageProgram,
        recipe: Recipe,
        out_dir: Path,
        calibration: Sequence[Feeds] = (),
    ) -> Artifact:
        """Write the stage as `<stage>.pte`.

        calibration: inputs of real pages, for a recipe that measures ranges before ("static").
        """
        name = f"{program.name}.pte"
        with _quiet(), torch.no_grad():
            methods, meant = rounded_methods(program, recipe, self.delegate, calibration)
            executable = self._executable(program, recipe, methods)
            if self.delegate == "coreml":
                (out_dir / name).write_bytes(settle(executable.buffer))
            else:
                self._write(executable, program.name, meant, out_dir / name)
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
            buckets=row_buckets() if self.delegate == "coreml" else (),
        )

    def _write(self, executable: Any, stage: str, meant: Counter[str], path: Path) -> None:
        """Write a program for XNNPACK, each weight once; refuse one that holds other weights."""
        whole = path.with_suffix(".whole")
        try:
            with whole.open("wb") as file:
                executable.write_to_file(file)
            store_once(whole, path)
        finally:
            whole.unlink(missing_ok=True)
        found = contents(path)
        integers = Counter({kind: found.constants[kind] for kind in BITS})
        if +integers != meant:
            path.unlink()
            raise ExportError(
                f"XNNPACK keeps {_told(integers)} of stage {stage}, not {_told(meant)} as the "
                "recipe asks for; keep the others in float32, or use another version of executorch."
            )

    def _executable(self, program: StageProgram, recipe: Recipe, methods: dict[str, Any]) -> Any:
        from executorch.exir import (
            EdgeCompileConfig,
            ExecutorchBackendConfig,
            to_edge_transform_and_lower,
        )

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
            return partitioner()
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

        # Those for quantized tensors are not in every build, and here only beside the exporter.
        kernels = {
            name
            for name in portable_lib._get_operator_names()
            if not name.startswith("quantized_decomposed::")
        }
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


def _told(weights: Counter[str]) -> str:
    return (
        ", ".join(f"{weights[kind]} weights in {kind}" for kind in BITS if weights[kind]) or "none"
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
