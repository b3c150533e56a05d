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


def test_engines_are_kept_apart_for_each_graph(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    given = {TENSORRT: {"trt_engine_cache_enable": "1", "trt_fp16_enable": "0"}}
    folders = []
    for graph, kind in ((b"one", "float32"), (b"two", "float16"), (b"one", None)):
        path = tmp_path / "refine.onnx"
        path.write_bytes(graph)
        stage = StageFile(path, INPUTS, (), BUCKETS, "refine", weights_type=kind)
        options = options_of(TENSORRT, given, stage)
        assert options["trt_fp16_enable"] == ("1" if kind == "float16" else "0")
        assert options["trt_timing_cache_path"] == options["trt_engine_cache_path"]
        folders.append(options["trt_engine_cache_path"])
    assert folders[0] == folders[2] != folders[1]
    assert Path(folders[0]).is_dir()
    assert folders[0].startswith(str(tmp_path / "cache"))
    own = {TENSORRT: {**given[TENSORRT], "trt_engine_cache_path": "/engines"}}
    assert options_of(TENSORRT, own, stage)["trt_engine_cache_path"] == "/engines"


def test_a_stage_of_open_sizes_and_another_provider_get_what_was_given():
    open_sizes = StageFile(Path("decode.onnx"), INPUTS, ())
    assert options_of(TENSORRT, {}, open_sizes) == {}
    given = {"CUDAExecutionProvider": {"use_tf32": "0"}}
    assert options_of("CUDAExecutionProvider", given, STAGE) == {"use_tf32": "0"}
    assert options_of("CPUExecutionProvider", given, STAGE) == {}
