"""Options of execution providers."""

from __future__ import annotations

from pathlib import Path

from pinpoint_runtimes import TensorSpec
from pinpoint_runtimes.onnx.providers import TENSORRT, options_of
from pinpoint_runtimes.runtime import StageFile

INPUTS = (TensorSpec("crops", "uint8", (8, 3, 48, "w")), TensorSpec("widths", "int32", (8,)))
BUCKETS = ({"w": 320}, {"w": 96}, {"w": 2560})
STAGE = StageFile(Path("refine.onnx"), INPUTS, (), BUCKETS, "refine")


def test_tensorrt_gets_the_least_usual_and_greatest_size_of_each_free_input():
    assert options_of(TENSORRT, {TENSORRT: {"trt_fp16_enable": "0"}}, STAGE) == {
        "trt_fp16_enable": "0",
        "trt_profile_min_shapes": "crops:8x3x48x96",
        "trt_profile_opt_shapes": "crops:8x3x48x320",
        "trt_profile_max_shapes": "crops:8x3x48x2560",
    }


def test_a_stage_of_open_sizes_and_another_provider_get_what_was_given():
    open_sizes = StageFile(Path("decode.onnx"), INPUTS, ())
    assert options_of(TENSORRT, {}, open_sizes) == {}
    given = {"CUDAExecutionProvider": {"use_tf32": "0"}}
    assert options_of("CUDAExecutionProvider", given, STAGE) == {"use_tf32": "0"}
    assert options_of("CPUExecutionProvider", given, STAGE) == {}
