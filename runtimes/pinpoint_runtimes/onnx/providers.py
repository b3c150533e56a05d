"""Options of execution providers for one stage, and the packages that bring a provider.

Options for all stages come from the bundle. TensorRT also needs the least, usual and greatest size
of every input: without them it builds a new engine for each new size. An engine takes minutes to
build, so it is kept in the user's cache, apart for each graph.
Source: https://onnxruntime.ai/docs/execution-providers/TensorRT-ExecutionProvider.html
"""

import hashlib
from collections.abc import Mapping

from pinpoint_runtimes.cache import cache_folder
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
    """Return a provider's options for a stage: those given, and TensorRT's sizes and cache.

    An engine computes in float16 where the recipe keeps the stage's weights so, and only there.
    """
    options = dict(given.get(provider, {}))
    if provider == TENSORRT:
        options |= tensorrt_profile(stage)
        if stage.weights_type == "float16":
            options["trt_fp16_enable"] = "1"
        if options.get("trt_engine_cache_enable") == "1":
            folder = engine_folder(stage)
            for name in ("trt_engine_cache_path", "trt_timing_cache_path"):
                options.setdefault(name, folder)
    return options


def engine_folder(stage: StageFile) -> str:
    """Return the folder of a stage's engines, which is made; another graph has another one.

    Without it ONNX Runtime writes engines into the working folder, and may take a stale one.
    """
    digest = hashlib.sha256(stage.path.read_bytes()).hexdigest()[:16]
    folder = cache_folder("tensorrt") / f"{stage.name or stage.path.stem}-{digest}"
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)


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
