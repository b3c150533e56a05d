"""Options of execution providers for one stage, and the packages that bring a provider.

Options for all stages come from the bundle. TensorRT also needs the least, usual and greatest size
of every input: without them it builds a new engine for each new size.
"""

from collections.abc import Mapping

from pinpoint_runtimes.runtime import StageFile
from pinpoint_runtimes.session import TensorSpec

TENSORRT = "TensorrtExecutionProvider"

REMEDIES = {
    "CUDAExecutionProvider": "pip install onnxruntime-gpu",
    "TensorrtExecutionProvider": "pip install onnxruntime-gpu",
    "CoreMLExecutionProvider": "pip install onnxruntime (on macOS)",
    "DmlExecutionProvider": "pip install onnxruntime-directml",
    "OpenVINOExecutionProvider": "pip install onnxruntime-openvino",
    "QNNExecutionProvider": "pip install onnxruntime-qnn",
    "NnapiExecutionProvider": "the Android package com.microsoft.onnxruntime:onnxruntime-android",
    "XnnpackExecutionProvider": "a build of ONNX Runtime with --use_xnnpack",
}


def options_of(
    provider: str, given: Mapping[str, Mapping[str, str]], stage: StageFile
) -> dict[str, str]:
    """Return a provider's options for a stage: those given, and TensorRT's sizes."""
    options = dict(given.get(provider, {}))
    if provider == TENSORRT:
        options |= tensorrt_profile(stage)
    return options


def tensorrt_profile(stage: StageFile) -> dict[str, str]:
    """Return TensorRT's `trt_profile_{min,opt,max}_shapes` of a stage's free inputs.

    Each is "name:1x3x480x736,other:8"; empty for a stage without buckets, whose sizes are open.
    """
    if not stage.buckets:
        return {}
    free = [spec for spec in stage.inputs if any(isinstance(size, str) for size in spec.shape)]
    names = stage.buckets[0].keys()
    least = {name: min(bucket[name] for bucket in stage.buckets) for name in names}
    most = {name: max(bucket[name] for bucket in stage.buckets) for name in names}
    return {
        f"trt_profile_{which}_shapes": ",".join(_shape(spec, sizes) for spec in free)
        for which, sizes in (("min", least), ("opt", stage.buckets[0]), ("max", most))
    }


def _shape(spec: TensorSpec, sizes: Mapping[str, int]) -> str:
    dims = (str(sizes[size]) if isinstance(size, str) else str(size) for size in spec.shape)
    return f"{spec.name}:{'x'.join(dims)}"
