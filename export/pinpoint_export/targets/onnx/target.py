"""The `onnx` target: stages for ONNX Runtime, opset 20, lowered by torch.onnx's dynamo exporter.

The decode stage attends and normalizes through ONNX Runtime's own operators (onnx_decoder.py), and
products with the same input are one (`pinpoint_quantization.onnx.merge_products`). A large stage
keeps its weights in a page-aligned file beside the graph, which the runtime maps instead of
reading.
"""

import contextlib
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx_ir
import torch

from pinpoint_export.targets import Artifact, Providers, StageCost
from pinpoint_export.targets.onnx.decoder import own_operators
from pinpoint_export.targets.onnx.rows import choose_by_rows
from pinpoint_models.stages import StageProgram
from pinpoint_quantization.onnx.blocks import quantize_graph
from pinpoint_quantization.onnx.float16 import store_float16
from pinpoint_quantization.onnx.merge_products import merge_products
from pinpoint_quantization.onnx.static_int8 import quantize_static
from pinpoint_quantization.onnx.weights import name_weights
from pinpoint_quantization.recipe import BITS, FLOAT_BITS, STAGES, Recipe, StageRecipe

OPSET = 20
WITH_PRODUCTS = ("align", "refine", "decode")  # stages with matrices worth keeping in blocks
CONVOLVING = ("detect", "glance", "refine")
EXTERNAL_BYTES = 32 << 20  # weights above this go to a file of their own
PAGE_BYTES = 65536  # the allocation granularity of Windows, a multiple of every page size
ALIGNED = 256 << 10  # smaller tensors begin anywhere: filling up to a page would double them
INTEGERS_ALIGNED = 4 << 20
# What suits a Jetson. Both default to faster, less exact arithmetic: TF32 keeps 10 bits of a
# product, and an engine in fp16 is another recipe. Not measured on a device.
PROVIDERS = {
    "CUDAExecutionProvider": {
        "arena_extend_strategy": "kSameAsRequested",
        "cudnn_conv_algo_search": "HEURISTIC",
        "use_tf32": "0",
    },
    "TensorrtExecutionProvider": {
        "trt_engine_cache_enable": "1",
        "trt_fp16_enable": "0",
        "trt_timing_cache_enable": "1",
    },
}
# For `estimate`, measured on the five stages.
GRAPH_BYTES_PER_TENSOR = 1500
BASE_MEMORY, BASE_SECONDS, SECONDS_PER_TENSOR = 700_000_000, 5.0, 0.1


class OnnxTarget:
    """Lowers stages to ONNX files; see `Target`."""

    name = "onnx"
    extra = ""
    delegates: tuple[str, ...] = ()
    kv_form = "shared-buffer"
    kv_capacity = 512
    providers: Providers = PROVIDERS

    def requires(self) -> tuple[str, ...]:
        """Return what must be installed to run the artifacts."""
        return ("onnxruntime>=1.24",)

    def tools(self) -> tuple[str, ...]:
        """Return what lowers: torch's exporter and the ONNX packages behind it."""
        return ("torch", "onnx", "onnx-ir", "onnxscript", "onnxruntime")

    def runtime(self) -> str | None:
        """Return ONNX Runtime, which runs everywhere."""
        return "onnx"

    def supports(self, stage: str, recipe: Recipe) -> str | None:
        """Return None for floats, and for integers where products are; otherwise the reason."""
        if stage not in STAGES:
            return f"there is no stage '{stage}'; known are {', '.join(STAGES)}"
        wanted = recipe.stages[stage]
        if wanted.types() & BITS.keys() and wanted.activations == "static":
            return _supports_static(stage, wanted)
        known = [*FLOAT_BITS, *(BITS if stage in WITH_PRODUCTS else ())]
        for weights in sorted(wanted.types() - set(known)):
            return (
                f"the onnx target keeps its weights in {' or '.join(known)}, the recipe asks for "
                f"{weights}"
            )
        if wanted.types() & BITS.keys() and wanted.granularity != "block":
            return (
                "the onnx target's integers share a scale by block, the recipe's by "
                f'{wanted.granularity}; by channel they need activations = "static"'
            )
        return None

    def estimate(self, program: StageProgram, recipe: Recipe) -> StageCost:
        """Say what the files take: the weights and a little for the graph."""
        weights, count = program.weights()
        # A recipe of several types is taken for its main one.
        wanted = recipe.stages[program.name]
        bits = wanted.bits_per_weight(scale=16 if wanted.symmetric else 32)
        return StageCost(
            size=int(weights * bits / 32) + GRAPH_BYTES_PER_TENSOR * count,
            memory=BASE_MEMORY + 5 * weights,
            seconds=BASE_SECONDS + SECONDS_PER_TENSOR * count,
        )

    def lower(
        self,
        program: StageProgram,
        recipe: Recipe,
        out_dir: Path,
        calibration: Sequence[Mapping[str, Any]] = (),
    ) -> Artifact:
        """Export the stage as `<stage>.onnx`, with `<stage>.onnx.data` when it is large."""
        model = export(program, recipe.stages[program.name], calibration)
        path = out_dir / f"{program.name}.onnx"
        # The decode stage takes any sizes; the others are only run at these.
        buckets = () if program.state else program.buckets
        constants = (value.const_value for value in model.graph.initializers.values())
        weights = sum(constant.nbytes for constant in constants if constant is not None)
        if weights <= EXTERNAL_BYTES:
            onnx_ir.save(model, path)
            return Artifact.of(program, out_dir, [path.name], buckets=buckets)
        data = f"{path.name}.data"
        # An earlier file may be mapped by a running session: replace it, never write into it.
        (out_dir / data).unlink(missing_ok=True)
        # Integers are packed as they are loaded, so that nothing is gained by mapping them.
        threshold = (
            ALIGNED if "float32" in recipe.stages[program.name].types() else INTEGERS_ALIGNED
        )
        onnx_ir.save(
            model, path, external_data=data, alignment=PAGE_BYTES, align_threshold=threshold
        )
        return Artifact.of(program, out_dir, [path.name, data], buckets=buckets)


def _supports_static(stage: str, recipe: StageRecipe) -> str | None:
    """Return what stands in the way of integers throughout a stage, or None."""
    if stage not in CONVOLVING:
        return f"the onnx target has static activations for {', '.join(CONVOLVING)} alone"
    if recipe.granularity != "channel" or not recipe.symmetric:
        return (
            "the onnx target's static int8 has a scale a channel and no zero point; write "
            'granularity = "channel", symmetric = true'
        )
    for weights in sorted(recipe.types() - {"int8", "float32"}):
        return f"the onnx target's static stages are int8 or float32, the recipe asks for {weights}"
    return None


def export(
    program: StageProgram,
    recipe: StageRecipe | None = None,
    calibration: Sequence[Mapping[str, Any]] = (),
) -> onnx_ir.Model:
    """Export a program with its free dimensions and without anything that names this machine.

    recipe: integers for its weights, if it asks for any; calibration: as `Target.lower` has it.
    """
    example = program.example()
    with own_operators(program.module), _quiet(), torch.no_grad():
        exported = torch.onnx.export(
            program.module,
            tuple(example.values()),
            dynamo=True,
            opset_version=OPSET,
            input_names=[spec.name for spec in program.inputs],
            output_names=[spec.name for spec in program.outputs],
            dynamic_shapes=_dynamic_shapes(program),
            verbose=False,
        )
    assert exported is not None
    _name_shapes(exported.model, program)
    name_weights(exported.model)
    model = exported.model
    integers = recipe is not None and bool(recipe.types() & BITS.keys())
    if recipe is not None and integers and recipe.activations == "static":
        model = quantize_static(model, program.name, recipe, calibration)
    elif recipe is not None and integers:
        quantize_graph(model, program.name, recipe)
        merge_products(model)
    if recipe is not None and "float16" in recipe.types():
        store_float16(model, program.name, recipe)
    choose_by_rows(model)
    _strip(model)
    return model


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence what the exporter says about itself (absent torchvision, shared axis names)."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logger.setLevel(level)


def _dynamic_shapes(program: StageProgram) -> tuple[object, ...]:
    """Return torch.export's view of the free dimensions; sizes that must agree are inferred."""
    limits = program.free_dims()
    shapes: list[object] = []
    for spec in program.inputs:
        free = {}
        for axis, size in enumerate(spec.shape):
            if isinstance(size, str):
                free[axis] = torch.export.Dim.DYNAMIC(min=1, max=16 * limits[size][1])
        shapes.append(free or None)
    positional = program.module.forward.__code__.co_argcount - 1
    # Whatever *args takes is one nested tuple.
    if program.module.forward.__code__.co_flags & 0x04:
        return (*shapes[:positional], tuple(shapes[positional:]))
    return tuple(shapes)


def _name_shapes(model: onnx_ir.Model, program: StageProgram) -> None:
    """Give the graph's inputs and outputs the shapes of the contract, and refuse a fixed one."""
    for values, specs in (
        (model.graph.inputs, program.inputs),
        (model.graph.outputs, program.outputs),
    ):
        for value, spec in zip(values, specs, strict=True):
            dims = [] if value.shape is None else list(value.shape)
            for size, wanted in zip(dims, spec.shape, strict=True):
                fixed = isinstance(size, int)
                if fixed == isinstance(wanted, str) or (fixed and size != wanted):
                    raise ValueError(
                        f"{program.name}: {value.name} was exported as {value.shape}, the contract "
                        f"says {spec.shape}; correct the module or the contract."
                    )
            value.shape = onnx_ir.Shape(spec.shape)


def _strip(model: onnx_ir.Model) -> None:
    """Remove what is not needed to run: source lines, module paths, names of Python frames."""
    model.doc_string = None
    model.producer_version = torch.__version__.split("+")[0]
    model.metadata_props.clear()
    for graph in [model.graph, *(function.graph for function in model.functions.values())]:
        graph.doc_string = None
        graph.metadata_props.clear()
        for node in onnx_ir.traversal.RecursiveGraphIterator(graph):
            node.doc_string = None
            node.metadata_props.clear()
            for value in node.outputs:
                value.doc_string = None
                value.metadata_props.clear()
        for value in [*graph.inputs, *graph.initializers.values()]:
            value.doc_string = None
            value.metadata_props.clear()
