"""From a stage to an ML program in memory: traced, then converted by coremltools."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import coremltools as ct
import numpy as np
import torch
from coremltools.converters.mil import Builder as mb
from coremltools.converters.mil import register_torch_op
from coremltools.converters.mil.mil.scope import ScopeSource
from torch import Tensor, nn

from pinpoint_export.targets.coreml.quiet import quiet
from pinpoint_export.targets.lowering import LoweringError, module_path
from pinpoint_models.stages import StageProgram
from pinpoint_runtimes import TensorSpec

IMAGE = "image-rgb8"
"""Type of an input that takes an image: RGB, 8 bits a channel."""

# Parts of a stage that compute in float32 under float16 too. The detector's gates are means over
# the whole page: what its first layers round away everywhere adds up there (40 dB of the text map
# instead of 44 to 58), and these layers have few weights.
FLOAT32_MODULES = {"detect": ("backbone.stem", "backbone.stage1", "backbone.stage2")}

ALTERNATIVES = {
    "logit": "write log(x) - log(1 - x)",
    "grid_sampler_2d": "crop on the host, or by products with bilinear weights",
}
ALTERNATIVE = "write it with operators that coremltools converts"
MISSING = re.compile(r"convert function for op '([^']+)'|Unsupported fx node (\w+)")


@register_torch_op(override=True)  # type: ignore[untyped-decorator]
def reciprocal(context: Any, node: Any) -> None:
    """Convert 1 / x; coremltools' own form is Core ML's `inverse`, which is 1 / (x + 1e-4)."""
    context.add(mb.real_div(x=1.0, y=context[node.inputs[0]], name=node.name))


def type_in_file(spec: TensorSpec, *, half: bool) -> str:
    """Return the type that an input of the contract has in the package.

    Core ML takes bytes only as images: one RGB image becomes an image, batches of crops floats.
    """
    if spec.dtype != "uint8":
        return spec.dtype
    if spec.shape[:2] == (1, 3):
        return IMAGE
    return "float16" if half else "float32"


def convert(
    program: StageProgram,
    states: tuple[str, ...],
    *,
    half: bool,
    differs: Callable[[Any], bool] | None = None,
) -> Any:
    """Convert a program to an unsaved MLModel of iOS 18.

    states: names of the module's buffers that live on between runs; half: compute and keep weights
    in float16; differs: says of an operation that it is to be in the other float type. Raises
    LoweringError for an operator that coremltools does not have.
    """
    chosen = _half_precision(program.name) if half else _in_single_precision_program
    example = tuple(
        tensor.float() if tensor.dtype == torch.uint8 else tensor
        for tensor in program.example().values()
    )
    with quiet(), torch.no_grad():
        traced = torch.jit.trace(  # type: ignore[no-untyped-call]
            program.module, example, check_trace=False
        )
        try:
            return ct.convert(
                traced,
                inputs=[_input(spec, program, half=half) for spec in program.inputs],
                outputs=[ct.TensorType(s.name, dtype=np.dtype(s.dtype)) for s in program.outputs],
                states=[_state(name, program.module) for name in states] or None,
                minimum_deployment_target=ct.target.iOS18,
                compute_precision=ct.transform.FP16ComputePrecision(
                    op_selector=chosen
                    if differs is None
                    else lambda op: not half if differs(op) else chosen(op)
                ),
                pass_pipeline=_passes(half=half),
                skip_model_load=True,
            )
        except (NotImplementedError, RuntimeError, ValueError) as error:
            found = MISSING.search(str(error))
            if not found:
                raise
            operator = found[1] or found[2]
            raise LoweringError(
                program.name,
                "coreml",
                operator,
                _place(program.module, example, operator),
                ALTERNATIVES.get(operator, ALTERNATIVE),
            ) from error


def _input(spec: TensorSpec, program: StageProgram, *, half: bool) -> Any:
    shapes = [
        tuple(sizes[size] if isinstance(size, str) else size for size in spec.shape)
        for sizes in program.buckets
    ]
    shape = shapes[0] if len(set(shapes)) == 1 else ct.EnumeratedShapes(shapes, default=shapes[0])
    kind = type_in_file(spec, half=half)
    if kind == IMAGE:
        return ct.ImageType(spec.name, shape, color_layout=ct.colorlayout.RGB)
    return ct.TensorType(spec.name, shape, dtype=np.dtype(kind))


def _state(name: str, module: nn.Module) -> Any:
    shape = tuple(module.get_buffer(name).shape)
    return ct.StateType(ct.TensorType(shape=shape, dtype=np.float16), name=name)


def _half_precision(stage: str) -> Callable[[Any], bool]:
    """Compute in float16 all but FLOAT32_MODULES and a ranking of shares.

    Most of 6906 shares would round to the same 0.
    """
    kept = FLOAT32_MODULES.get(stage, ())

    def in_half(op: Any) -> bool:
        path = ".".join(op.scopes.get(ScopeSource.TORCHSCRIPT_MODULE_NAME, []))
        if path.startswith(kept):  # an empty tuple starts nothing
            return False
        if op.op_type == "softmax":
            return not any(child.op_type == "topk" for child in op.outputs[0].child_ops)
        return bool(op.op_type != "topk")

    return in_half


def _in_single_precision_program(op: Any) -> bool:
    """Compute all in float32, but write into float16 states without a float32 copy of them."""
    return bool(op.op_type == "slice_update")


def _passes(*, half: bool) -> Any:
    pipeline = ct.PassPipeline.DEFAULT
    # No index is negative: the host checks ids, everything else is computed from sizes.
    pipeline.remove_passes({"common::guard_negative_gather_indices"})
    if not half:
        # It makes the scale and shift of pixels a normalization by sqrt(1 + 1e-5): float16 does not
        # see that, and rounds once instead of twice, but float32 loses 30 dB of the text map.
        pipeline.remove_passes({"common::fuse_elementwise_to_batchnorm"})
        pipeline.remove_passes({"common::add_int16_cast"})
    return pipeline


def _place(module: nn.Module, example: tuple[Tensor, ...], operator: str) -> str:
    """Return the path of the module that calls an operator, "" where torch.export cannot tell."""
    try:
        exported = torch.export.export(module, example, strict=False)
    except Exception:  # the operator's name alone has to do
        return ""
    return module_path(exported, f"aten.{operator}")
