"""The `litert` target: stages for LiteRT (TensorFlow Lite), lowered by litert-torch.

A stage is one `.tflite` file with a signature a bucket; the signatures share their weights. The
decode stage takes its caches as inputs and gives back only the new rows ("rows" form). It is always
lowered in float32; what a recipe wants smaller is quantized in the file (`litert_weights`).
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pinpoint_edge.errors import PinPointError
from pinpoint_export.targets import DECODE_ROWS, NO_PROVIDERS, STATE_CAPACITY, Artifact, StageCost
from pinpoint_export.targets.lowering import LoweringError, module_path
from pinpoint_models.decoder.host_cache import HostCacheDecoder
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.stages import Sizes, StageProgram, decode_program
from pinpoint_quantization.litert.quantize import Feeds, kept_as, quantize_file, refusal
from pinpoint_quantization.recipe import BITS, FLOAT_BITS, STAGES, Recipe, StageRecipe
from pinpoint_runtimes import TensorSpec
from pinpoint_runtimes.litert.runtime import signature_name

# For `estimate`, measured on the five stages.
GRAPH_BYTES_PER_TENSOR = 1100
BASE_MEMORY, BASE_SECONDS, SECONDS_PER_TENSOR = 900_000_000, 8.0, 0.12

ALTERNATIVES = {
    "aten.kthvalue": "take the greatest values with torch.topk",
    "aten.median": "take the greatest values with torch.topk",
    "aten._fft": "multiply by a matrix of cosines and sines",
    "aten.view_as_real": "multiply by a matrix of cosines and sines in place of the FFT",
    "aten.linalg": "solve it on the host",
}
MISSING = re.compile(r"Lowering not found: ([\w.]+)|call_function\[target=torch\.ops\.([\w.]+)\]")
ALTERNATIVE = "write it with operators that LiteRT has, or leave it to the host"


class LitertTarget:
    """Lowers stages to LiteRT files; see `Target`."""

    name = "litert"
    extra = "litert"
    delegates: tuple[str, ...] = ()
    kv_form = "rows"
    kv_capacity = STATE_CAPACITY
    providers = NO_PROVIDERS

    def requires(self) -> tuple[str, ...]:
        """Return what must be installed to run the artifacts."""
        return ("ai-edge-litert",)

    def tools(self) -> tuple[str, ...]:
        """Return what lowers: litert-torch, the converter behind it, and the quantizer."""
        tools = ("litert-torch", "litert-converter", "ai-edge-litert", "ai-edge-quantizer")
        return ("torch", *tools)

    def runtime(self) -> str | None:
        """Return LiteRT, which runs wherever it lowers."""
        return "litert"

    def supports(self, stage: str, recipe: Recipe) -> str | None:
        """Return None for what LiteRT has the kernels for, otherwise the reason."""
        if stage not in STAGES:
            return f"there is no stage '{stage}'; known are {', '.join(STAGES)}"
        return refusal(stage, recipe.stages[stage])

    def estimate(self, program: StageProgram, recipe: Recipe) -> StageCost:
        """Say what the file takes: the weights once, and a graph for each signature."""
        weights, count = program.weights()
        signatures = len(DECODE_ROWS) if program.state else len(program.buckets)
        return StageCost(
            size=_size(program, recipe.stages[program.name], signatures)
            + GRAPH_BYTES_PER_TENSOR * count * signatures,
            memory=BASE_MEMORY + 5 * weights,
            seconds=BASE_SECONDS + SECONDS_PER_TENSOR * count * signatures,
        )

    def lower(
        self,
        program: StageProgram,
        recipe: Recipe,
        out_dir: Path,
        calibration: Sequence[Feeds] = (),
    ) -> Artifact:
        """Convert the stage as `<stage>.tflite`, and quantize it where the recipe wants that.

        calibration: inputs of the stage from real documents, for activations = "static".
        """
        path = out_dir / f"{program.name}.tflite"
        parts = _parts(program)
        convert(program.name, parts, path)
        wanted = recipe.stages[program.name]
        if wanted.types() != {"float32"}:
            try:
                quantize_file(path, program.name, wanted, _parameters(program.module), calibration)
            except PinPointError:
                path.unlink()
                raise
        (first, _), *_ = parts
        return Artifact.of(
            program,
            out_dir,
            [path.name],
            inputs=first.inputs,
            outputs=first.outputs,
            buckets=tuple(sizes for _, sizes in parts),
        )


Parts = list[tuple[StageProgram, Sizes]]


def _parameters(module: nn.Module) -> dict[str, Any]:
    """Return the parameters and buffers of a module, f32 arrays by their names."""
    tensors = [*module.named_parameters(), *module.named_buffers()]
    return {name: tensor.detach().numpy() for name, tensor in tensors}


def _size(program: StageProgram, recipe: StageRecipe, signatures: int) -> int:
    """Estimate the bytes of a stage's weights with their scales.

    Those of blocks are stored once, those of channels, with a zero point, once a signature.
    """
    size = 0.0
    for name, array in _parameters(program.module).items():
        module = name.rpartition(".")[0]
        kinds = ["DEPTHWISE_CONV_2D"] if array.ndim == 4 and array.shape[1] == 1 else []
        kept = kept_as(recipe, module, array.shape, kinds) if module and array.ndim > 1 else ""
        bits = (BITS | FLOAT_BITS).get(kept, 32.0)
        size += array.size * bits / 8
        if kept == "int4" and recipe.granularity == "block":
            size += array.size / recipe.block * 2
        elif kept in BITS and recipe.granularity != "tensor":
            size += array.shape[0] * (4 + 8) * signatures
    return int(size)


def _parts(program: StageProgram) -> Parts:
    """Return what each signature is made from."""
    if not program.state:
        return [(program, sizes) for sizes in program.buckets]
    assert isinstance(program.module, Decoder)
    rows = sorted(DECODE_ROWS, reverse=True)
    return [(part := rows_program(program.module, q), part.buckets[0]) for q in rows]


def rows_program(decoder: Decoder, rows: int, capacity: int = STATE_CAPACITY) -> StageProgram:
    """Describe the decode stage as LiteRT runs it, for q = `rows` around caches of `capacity`.

    Its free dimension "q" has this one size; the contract is that of `HostCacheDecoder`.
    """
    whole = decode_program(decoder)
    caches = [spec for spec in whole.inputs if spec.name in whole.state]
    kv_heads, size = decoder.config.kv_heads, decoder.config.head_size

    def sample(sizes: Sizes) -> dict[str, Tensor]:
        inputs = whole.sample({"q": sizes["q"], "V": sizes["q"], "C": capacity})
        names = ("ids", "visual", "position")
        valid = {"valid": torch.tensor([sizes["q"]], dtype=torch.int32)}
        return {name: inputs.pop(name) for name in names} | valid | inputs

    return StageProgram(
        name="decode",
        module=HostCacheDecoder(decoder, rows, capacity).eval(),
        inputs=(
            TensorSpec("ids", "int32", (1, "q")),
            TensorSpec("visual", "float32", ("q", decoder.config.width)),
            TensorSpec("position", "int32", (1,)),
            TensorSpec("valid", "int32", (1,)),
            *(TensorSpec(c.name, "float32", (1, kv_heads, capacity, size)) for c in caches),
        ),
        outputs=(
            TensorSpec("logits", "float32", (1, decoder.config.vocabulary)),
            *(TensorSpec(f"next_{c.name}", "float32", (1, kv_heads, "q", size)) for c in caches),
        ),
        buckets=({"q": rows},),
        sample=sample,
    )


class _Named(nn.Module):
    """A stage's module with named arguments and results: they become the signature's tensors."""

    def __init__(self, program: StageProgram) -> None:
        super().__init__()
        self.stage = program.module
        self.names = tuple(spec.name for spec in program.outputs)

    def forward(self, **tensors: Tensor) -> dict[str, Tensor]:
        result = self.stage(*tensors.values())
        results = (result,) if isinstance(result, Tensor) else tuple(result)
        return dict(zip(self.names, results, strict=True))


def convert(stage: str, parts: Parts, path: Path) -> None:
    """Convert programs into the signatures of one file; raises LoweringError."""
    modules = [_Named(program).eval() for program, _ in parts]
    with _quiet(), torch.no_grad():
        import litert_torch

        converter: Any = litert_torch
        for module, (program, sizes) in zip(modules, parts, strict=True):
            name = signature_name(sizes)
            converter = converter.signature(name, module, sample_kwargs=program.sample(sizes))
        try:
            model = converter.convert()
        except RuntimeError as error:
            missing = MISSING.search(str(error))
            if missing is None:
                raise
            operator = missing[1] or missing[2]
            program, sizes = parts[0]
            where = _place(modules[0], program.sample(sizes), operator)
            raise LoweringError(
                stage, LitertTarget.name, operator, where, _alternative(operator)
            ) from error
        model.export(str(path))


def _place(module: nn.Module, inputs: Mapping[str, Tensor], operator: str) -> str:
    """Return the path of the submodule, within the stage's module, that calls an operator."""
    exported = torch.export.export(module, (), dict(inputs))
    packet = operator.rpartition(".")[0] if operator.count(".") > 1 else operator
    for program in (exported, exported.run_decompositions()):
        if path := module_path(program, packet):
            return path.removeprefix("stage").removeprefix(".")
    return ""


def _alternative(operator: str) -> str:
    found = (text for prefix, text in ALTERNATIVES.items() if operator.startswith(prefix))
    return next(found, ALTERNATIVE)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence the converter's progress lines; its native part logs at import time and later."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    before = os.environ.get("LITERT_TORCH_SHOW_PROGRESS")
    os.environ["LITERT_TORCH_SHOW_PROGRESS"] = "n"
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if before is None:
            del os.environ["LITERT_TORCH_SHOW_PROGRESS"]
        else:
            os.environ["LITERT_TORCH_SHOW_PROGRESS"] = before
