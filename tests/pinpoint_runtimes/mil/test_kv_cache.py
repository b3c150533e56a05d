from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinpoint_runtimes import CacheFull, SessionError, TensorSpec
from pinpoint_runtimes.mil import MilKVCache, MilSession
from pinpoint_runtimes.runtime import StageFile

VOCABULARY, WIDTH, CAPACITY = 5, 2, 8
TABLE = np.array([[1, 0], [0, 1], [2, -1], [4, 3], [-1, 5]], np.float32)
VISUAL = np.array([[0.5, 0.25], [8, 16]], np.float32)
INPUTS = (
    TensorSpec("ids", "int32", (1, "q")),
    TensorSpec("visual", "float32", ("q", WIDTH)),
    TensorSpec("position", "int32", (1,)),
    TensorSpec("valid", "int32", (1,)),
)
OUTPUTS = (TensorSpec("logits", "float32", (1, VOCABULARY)),)
NONE = np.zeros((0, WIDTH), np.float32)


def decoder(q: int) -> Any:
    """A decode stage that can be counted by hand: logits are the sum of all rows @ TABLE.T."""

    def build(mb: Any, ids: Any, visual: Any, position: Any, valid: Any, cache: Any) -> Any:
        rows = mb.gather(
            x=mb.concat(values=(TABLE, visual), axis=0), indices=mb.reshape(x=ids, shape=[q])
        )
        zero, one = np.array([0], np.int32), np.array([1], np.int32)
        updated = mb.slice_update(
            x=mb.read_state(input=cache),
            update=mb.cast(x=mb.expand_dims(x=rows, axes=[0, 1]), dtype="fp16"),
            begin=mb.concat(values=(zero, zero, position, zero), axis=0),
            end=mb.concat(values=(one, one, mb.add(x=position, y=q), [np.int32(WIDTH)]), axis=0),
        )
        held = mb.coreml_update_state(state=cache, value=updated)
        used = mb.less(x=np.arange(CAPACITY, dtype=np.int32), y=mb.add(x=position, y=valid))
        mask = mb.reshape(x=mb.cast(x=used, dtype="fp32"), shape=[1, 1, CAPACITY, 1])
        total = mb.reduce_sum(x=mb.mul(x=mb.cast(x=held, dtype="fp32"), y=mask), axes=[0, 1, 2])
        return mb.linear(x=mb.expand_dims(x=total, axes=[0]), weight=TABLE)

    return build


@pytest.fixture(scope="module")
def package(coremltools: Any, save: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stage for one row and for four, two functions over one state."""
    merged = coremltools.utils.MultiFunctionDescriptor()
    for q in (1, 4):
        inputs = {
            "ids": np.zeros((1, q), np.int32),
            "visual": np.zeros((q, WIDTH), np.float32),
            "position": np.zeros(1, np.int32),
            "valid": np.zeros(1, np.int32),
        }
        states = {"key_0": (1, 1, CAPACITY, WIDTH)}
        single = save(decoder(q), inputs, states=states, names=("logits",))
        merged.add_function(str(single), "main", f"q{q}")
    merged.default_function_name = "q1"
    path: Path = tmp_path_factory.mktemp("decode") / "decode.mlpackage"
    coremltools.utils.save_multifunction(merged, str(path))
    return path


@pytest.fixture
def stage(package: Path) -> StageFile:
    return StageFile(package, INPUTS, OUTPUTS, ({"q": 4}, {"q": 1}))


def logits(*rows: int) -> np.ndarray:
    embedded = np.concatenate([TABLE, VISUAL])[list(rows)]
    return np.asarray(embedded.sum(0) @ TABLE.T)


def ids(*rows: int) -> np.ndarray:
    return np.array(rows, np.int32)


def test_rows_are_appended_in_chunks_with_their_visual_tokens(stage: StageFile) -> None:
    cache = MilKVCache(stage, CAPACITY)
    assert (cache.capacity, cache.length) == (CAPACITY, 0)
    np.testing.assert_allclose(cache.run(ids(0, 6, 3, 5, 2), VISUAL), logits(0, 6, 3, 5, 2))
    assert cache.length == 5
    np.testing.assert_allclose(cache.run(ids(4), NONE), logits(0, 6, 3, 5, 2, 4))


def test_truncated_rows_are_forgotten(stage: StageFile) -> None:
    cache = MilKVCache(stage)
    cache.run(ids(0, 1, 2, 3, 4), NONE)
    cache.truncate(2)
    np.testing.assert_allclose(cache.run(ids(3), NONE), logits(0, 1, 3))
    cache.truncate(0)
    np.testing.assert_allclose(cache.run(ids(4), NONE), logits(4))
    with pytest.raises(SessionError, match="cannot truncate 1 rows to 2"):
        cache.truncate(2)


def test_rows_beyond_the_capacity_leave_it_as_it_was(stage: StageFile) -> None:
    cache = MilKVCache(stage)
    cache.run(ids(*[1] * 7), NONE)
    with pytest.raises(CacheFull, match="2 rows do not fit, 1 are free"):
        cache.run(ids(0, 0), NONE)
    np.testing.assert_allclose(cache.run(ids(2), NONE), logits(*[1] * 7, 2))


def test_two_caches_do_not_share_state(stage: StageFile) -> None:
    first, second = MilKVCache(stage), MilKVCache(stage)
    first.run(ids(3), NONE)
    np.testing.assert_allclose(second.run(ids(1), NONE), logits(1))


def test_a_step_does_not_copy_the_state(stage: StageFile) -> None:
    cache = MilKVCache(stage)
    before = cache._states["key_0"].data_ptr()
    cache.run(ids(1, 2, 3, 4, 0), NONE)
    assert cache._states["key_0"].data_ptr() == before


def test_a_trace_appends_and_names_every_tensor(stage: StageFile) -> None:
    cache = MilKVCache(stage)
    cache.run(ids(3), NONE)
    found = list(cache.trace(ids(4), NONE))
    assert cache.length == 2
    assert found[-1][0] == "logits"
    np.testing.assert_allclose(found[-1][1][0], logits(3, 4))


def test_a_session_of_the_stage_starts_empty_each_time(stage: StageFile) -> None:
    session = MilSession(stage)
    feeds = {"ids": ids(3)[None], "visual": VISUAL[:1], "position": ids(0), "valid": ids(1)}
    for _ in range(2):
        np.testing.assert_allclose(session.run(feeds)["logits"][0], logits(3))
    np.testing.assert_allclose(
        session.run(feeds | {"position": ids(2), "valid": ids(1)})["logits"][0], logits(3)
    )


def test_bad_calls(stage: StageFile) -> None:
    with pytest.raises(SessionError, match="its cache holds 8 rows, 9 are needed"):
        MilKVCache(stage, 9)
    cache = MilKVCache(stage)
    with pytest.raises(SessionError, match=r"id 5 is outside 0\.\.4"):
        cache.run(ids(5), NONE)
    with pytest.raises(SessionError, match=r"the operation slice_update .* failed"):
        cache._program.run(  # what the cache itself never asks for
            {"ids": ids(1)[None], "visual": VISUAL[:1], "position": ids(8), "valid": ids(1)},
            cache._states,
        )
    cache.close()
    with pytest.raises(SessionError, match="the cache is closed"):
        cache.run(ids(1), NONE)


def test_a_stage_without_state_is_no_decode_stage(save: Any) -> None:
    path = save(lambda mb, x: mb.relu(x=x), {"x": np.zeros((1, 2), np.float32)}, names=("y",))
    spec = (1, 2)
    stage = StageFile(
        path, (TensorSpec("x", "float32", spec),), (TensorSpec("y", "float32", spec),)
    )
    with pytest.raises(SessionError, match="this is no decode stage"):
        MilKVCache(stage)
