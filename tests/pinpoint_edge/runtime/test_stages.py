"""Stages of a bundle: loaded once, observed, every failure an error that names its stage."""

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.errors import (
    BackendError,
    BundleError,
    CapacityError,
    InferenceError,
    OptionError,
)
from pinpoint_edge.runtime.bundle_source import BundleSource
from pinpoint_edge.runtime.stages import Observer, Stages
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder
from pinpoint_runtimes import BackendMissing
from pinpoint_runtimes.torch import TorchKVCache

SMALL = DecoderConfig(50, 24, 2, 6, 2, 16, 32, 10000.0, 1e-5, 64)
NO_VISUAL = np.zeros((0, 24), np.float32)


def save_graph(path: Path, nodes, inputs, outputs) -> None:
    infos = [
        [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in values]
        for values in (inputs, outputs)
    ]
    graph = helper.make_graph(nodes, "stage", *infos)
    opset = helper.make_opsetid("", 20)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=10), path)


@pytest.fixture
def bundle(small_bundle: Path) -> Bundle:
    """The small bundle with graphs that run: detect gives its image, glance fails at odd sizes."""
    opened = Bundle.open(small_bundle)
    save_graph(
        opened.stage_path("detect"),
        [helper.make_node("Cast", ["image"], ["text_map"], to=TensorProto.FLOAT)],
        [("image", TensorProto.UINT8, ["H", "W"])],
        [("text_map", TensorProto.FLOAT, ["H", "W"])],
    )
    save_graph(
        opened.stage_path("glance"),
        [
            helper.make_node("Constant", [], ["half"], value_ints=[-1, 2]),
            helper.make_node("Reshape", ["crops", "half"], ["pairs"]),
        ],
        [("crops", TensorProto.UINT8, ["w"])],
        [("pairs", TensorProto.UINT8, ["w/2", 2])],
    )
    return opened


class SmallSource:
    """A language model alone."""

    def session(self, stage):
        raise AssertionError("there is no vision stage here")

    def kv_cache(self, capacity):
        return TorchKVCache(Decoder(SMALL), capacity)


def stages_of(bundle: Bundle) -> Stages:
    return Stages(BundleSource(bundle, threads=1))


class Seen(Observer):
    def __init__(self) -> None:
        self.events: list[object] = []

    def loaded(self, stage):
        self.events.append(stage)

    def ran(self, stage, inputs, outputs):
        self.events.append((stage, {n: a.tolist() for n, a in inputs.items()}, sorted(outputs)))


def test_observers_see_loads_and_runs(bundle):
    stages, seen = stages_of(bundle), Seen()
    stages.observers.append(seen)
    session = stages.session("detect")
    session.run({"image": np.full((1, 2), 7, np.uint8)})
    stages.observers.remove(seen)
    session.run({"image": np.full((1, 2), 8, np.uint8)})
    assert seen.events == ["detect", ("detect", {"image": [[7, 7]]}, ["text_map"])]


def test_observers_see_where_rows_of_the_cache_begin():
    torch.manual_seed(0)
    stages, seen = Stages(SmallSource()), Seen()
    stages.observers.append(seen)
    cache = stages.kv_cache(8)
    cache.run(np.arange(3, dtype=np.int32), NO_VISUAL)
    cache.truncate(2)
    cache.run(np.array([7], np.int32), NO_VISUAL)
    assert [event[1]["position"] for event in seen.events[1:]] == [[0], [2]]
    assert [event[1]["ids"] for event in seen.events[1:]] == [[0, 1, 2], [7]]


def test_no_memory_is_an_inference_error(bundle, monkeypatch):
    stages = stages_of(bundle)
    session = stages.session("detect")

    def fail(self, feeds):
        raise MemoryError

    monkeypatch.setattr(type(stages._sessions["detect"]._session), "run", fail)
    with pytest.raises(InferenceError, match="Stage detect failed: there is no memory left"):
        session.run({"image": np.zeros((1, 1), np.uint8)})


def test_no_memory_to_load_a_stage_is_an_inference_error(bundle, monkeypatch):
    stages = stages_of(bundle)

    def fail(*arguments):
        raise MemoryError

    monkeypatch.setattr(stages._source, "session", fail)
    monkeypatch.setattr(stages._source, "kv_cache", fail)
    for load in (lambda: stages.session("detect"), lambda: stages.kv_cache(8)):
        with pytest.raises(InferenceError, match=r"Stage \w+ cannot be loaded: .*no memory left"):
            load()


def test_what_is_missed_only_as_a_stage_runs_is_a_backend_error(bundle, monkeypatch):
    stages = stages_of(bundle)
    session = stages.session("detect")

    def fail(self, feeds):
        raise BackendMissing("the delegate is not here")

    monkeypatch.setattr(type(stages._sessions["detect"]._session), "run", fail)
    with pytest.raises(BackendError, match="the delegate is not here"):
        session.run({"image": np.zeros((1, 1), np.uint8)})


def test_an_observer_that_refuses_a_load_leaves_no_cache_behind():
    class Refusing(Observer):
        def loaded(self, stage):
            raise ValueError(stage)

    closed = []

    class Source(SmallSource):
        def kv_cache(self, capacity):
            cache = super().kv_cache(capacity)
            cache.close = lambda: closed.append(cache)
            return cache

    stages = Stages(Source())
    stages.observers.append(Refusing())
    with pytest.raises(ValueError, match="decode"):
        stages.kv_cache(8)
    assert len(closed) == 1


def test_an_observer_may_leave_as_a_stage_runs(bundle):
    stages, seen = stages_of(bundle), Seen()

    class Once(Observer):
        def ran(self, stage, inputs, outputs):
            stages.observers.remove(self)

    stages.observers += [Once(), seen]
    stages.session("detect").run({"image": np.zeros((1, 1), np.uint8)})
    assert len(seen.events) == 2
    assert stages.observers == [seen]


def test_a_session_is_loaded_once_and_runs(bundle):
    source = stages_of(bundle)
    session = source.session("detect")
    assert source.session("detect") is session
    assert [spec.name for spec in session.inputs] == ["image"]
    assert [spec.name for spec in session.outputs] == ["text_map"]
    image = np.full((2, 3), 7, np.uint8)
    assert session.run({"image": image})["text_map"].tolist() == [[7.0] * 3] * 2


def test_a_feed_that_misfits_names_the_stage(bundle):
    session = stages_of(bundle).session("detect")
    with pytest.raises(InferenceError, match=r"Stage detect failed: .*must be uint8, got float64"):
        session.run({"image": np.zeros((2, 3))})


def test_a_graph_that_fails_as_it_runs_names_the_stage(bundle):
    session = stages_of(bundle).session("glance")
    assert session.run({"crops": np.zeros(4, np.uint8)})["pairs"].shape == (2, 2)
    with pytest.raises(InferenceError, match=r"Stage glance failed: .*the stage failed to run"):
        session.run({"crops": np.zeros(5, np.uint8)})


@pytest.mark.parametrize("stage", ["align", "decode"])
def test_a_file_that_is_no_graph_names_the_stage(bundle, stage):
    source = stages_of(bundle)
    with pytest.raises(BundleError, match=f"Stage {stage} cannot be loaded"):
        source.kv_cache(16) if stage == "decode" else source.session(stage)


def test_a_graph_without_state_is_no_decode_stage(bundle):
    shutil.copy(bundle.stage_path("detect"), bundle.stage_path("decode"))
    with pytest.raises(BundleError, match=r"Stage decode cannot be loaded: .*no decode stage"):
        stages_of(bundle).kv_cache(16)


def test_a_provider_that_is_not_here_is_a_backend_error(bundle):
    source = Stages(BundleSource(bundle, ["QNNExecutionProvider"]))
    with pytest.raises(BackendError, match="QNNExecutionProvider"):
        source.session("detect")


def test_no_threads_are_refused(bundle):
    with pytest.raises(OptionError, match="at least 1"):
        BundleSource(bundle, threads=0)


def test_closing_frees_the_sessions(bundle):
    source = stages_of(bundle)
    session = source.session("detect")
    source.close()
    with pytest.raises(InferenceError, match=r"Stage detect failed: .*closed"):
        session.run({"image": np.zeros((2, 3), np.uint8)})
    assert source.session("detect") is not session


def test_a_full_cache_names_the_stage_and_stays_as_it_was():
    torch.manual_seed(0)
    cache = Stages(SmallSource()).kv_cache(4)
    assert (cache.capacity, cache.length) == (4, 0)
    logits = cache.run(np.arange(3, dtype=np.int32), NO_VISUAL)
    assert logits.shape == (50,)
    assert cache.length == 3
    with pytest.raises(CapacityError, match=r"Stage decode is full: .*2 rows .* 1 are free"):
        cache.run(np.arange(2, dtype=np.int32), NO_VISUAL)
    assert cache.length == 3
    cache.truncate(1)
    assert cache.length == 1
    with pytest.raises(InferenceError, match=r"Stage decode failed: .*cannot truncate"):
        cache.truncate(2)
    cache.close()
    with pytest.raises(InferenceError, match=r"Stage decode failed: .*closed"):
        cache.run(np.arange(1, dtype=np.int32), NO_VISUAL)
