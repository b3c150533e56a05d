from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pinpoint_runtimes import BackendMissing, SessionError, TensorSpec
from pinpoint_runtimes.mil import MilSession
from pinpoint_runtimes.runtime import RuntimeOptions, StageFile

INPUTS = (TensorSpec("image", "uint8", (1, 3, "H", 8)),)
OUTPUTS = (TensorSpec("out", "float32", (1, 3, "H", 8)),)
SHIFT = np.array([1.0, 2.0, 3.0], np.float32)[:, None, None]


class Shifted(torch.nn.Module):
    """Each channel is doubled and has its own number added."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * 2 + torch.tensor([1.0, 2.0, 3.0]).view(1, 3, 1, 1)


@pytest.fixture(scope="module")
def convert(coremltools: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    def make(kind: Any, height: int = 16, half: bool = False) -> Path:
        precision = coremltools.precision
        model = coremltools.convert(
            torch.jit.trace(Shifted(), torch.zeros(1, 3, height, 8)),
            inputs=[kind],
            outputs=[coremltools.TensorType(name="out")],
            minimum_deployment_target=coremltools.target.iOS18,
            compute_precision=precision.FLOAT16 if half else precision.FLOAT32,
            skip_model_load=True,
        )
        path: Path = tmp_path_factory.mktemp("session") / "stage.mlpackage"
        model.save(str(path))
        return path

    return make


@pytest.fixture(scope="module")
def enumerated(coremltools: Any, convert: Callable[..., Path]) -> Path:
    shapes = coremltools.EnumeratedShapes([(1, 3, 16, 8), (1, 3, 8, 8)])
    return convert(coremltools.TensorType(name="image", shape=shapes))


def stage(path: Path, *heights: int) -> StageFile:
    return StageFile(path, INPUTS, OUTPUTS, tuple({"H": height} for height in heights))


def pixels(height: int) -> dict[str, np.ndarray]:
    values = np.random.default_rng(height).integers(0, 256, (1, 3, height, 8))
    return {"image": values.astype(np.uint8)}


def expected(feeds: dict[str, np.ndarray]) -> np.ndarray:
    return feeds["image"].astype(np.float32) * 2 + SHIFT


def test_enumerated_shapes_run_and_others_are_refused(enumerated: Path) -> None:
    session = MilSession(stage(enumerated, 16, 8))
    for height in (16, 8):
        feeds = pixels(height)
        np.testing.assert_array_equal(session.run(feeds)["out"], expected(feeds))
    with pytest.raises(SessionError, match="was not lowered for H12; its sizes are H16, H8"):
        session.run(pixels(12))
    with pytest.raises(SessionError, match=r"image may be .*, not \(1, 3, 12, 8\)"):
        MilSession(stage(enumerated)).run(pixels(12))
    with pytest.raises(SessionError, match=r"not \(1, 3, 24, 8\), as H24 needs"):
        MilSession(stage(enumerated, 16, 24))


def test_ranges_of_shapes(coremltools: Any, convert: Callable[..., Path]) -> None:
    height = coremltools.RangeDim(4, 20, default=16)
    path = convert(coremltools.TensorType(name="image", shape=(1, 3, height, 8)))
    session = MilSession(stage(path))
    assert session.run(pixels(11))["out"].shape == (1, 3, 11, 8)
    with pytest.raises(SessionError, match=r"not \(1, 3, 21, 8\)"):
        session.run(pixels(21))


@pytest.mark.parametrize("layout", ["RGB", "BGR"])
def test_an_image_input_takes_the_channels_in_its_own_order(
    layout: str, coremltools: Any, convert: Callable[..., Path]
) -> None:
    kind = coremltools.ImageType(name="image", shape=(1, 3, 16, 8), color_layout=layout)
    feeds = pixels(16)
    found = MilSession(stage(convert(kind), 16)).run(feeds)["out"]
    order = slice(None) if layout == "RGB" else slice(None, None, -1)
    np.testing.assert_array_equal(found, expected({"image": feeds["image"][:, order]}))


def test_a_function_for_each_bucket(
    coremltools: Any, convert: Callable[..., Path], tmp_path: Path
) -> None:
    merged = coremltools.utils.MultiFunctionDescriptor()
    for height in (16, 8):
        kind = coremltools.TensorType(name="image", shape=(1, 3, height, 8))
        merged.add_function(str(convert(kind, height)), "main", f"H{height}")
    merged.default_function_name = "H16"
    path = tmp_path / "merged.mlpackage"
    coremltools.utils.save_multifunction(merged, str(path))
    session = MilSession(stage(path, 16, 8))
    for height in (16, 8):
        feeds = pixels(height)
        np.testing.assert_array_equal(session.run(feeds)["out"], expected(feeds))


def test_fp16_is_rounded_unless_told_not_to(coremltools: Any, convert: Callable[..., Path]) -> None:
    path = convert(coremltools.TensorType(name="image", shape=(1, 3, 16, 8)), half=True)
    floats = (TensorSpec("image", "float32", (1, 3, "H", 8)),)
    file = StageFile(path, floats, OUTPUTS)
    feeds = {"image": np.full((1, 3, 16, 8), 1000.3, np.float32)}
    exact = feeds["image"] * 2 + SHIFT
    rounded = MilSession(file).run(feeds)["out"]
    half = (np.float16(1000.3) * np.float16(2) + SHIFT.astype(np.float16)).astype(np.float32)
    np.testing.assert_array_equal(rounded, np.broadcast_to(half, exact.shape))
    np.testing.assert_allclose(MilSession(file, round_fp16=False).run(feeds)["out"], exact)


def test_outputs_are_copies_and_feeds_stay(enumerated: Path) -> None:
    session, feeds = MilSession(stage(enumerated, 16)), pixels(16)
    before = feeds["image"].copy()
    first = session.run(feeds)["out"]
    kept = first.copy()
    session.run({"image": np.zeros_like(before)})
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_array_equal(feeds["image"], before)


def test_a_trace_names_every_tensor(enumerated: Path) -> None:
    session, feeds = MilSession(stage(enumerated, 16)), pixels(16)
    found = list(session.trace(feeds))
    assert len(found) == 2
    np.testing.assert_array_equal(found[0][1], feeds["image"] * np.float32(2))
    assert found[-1][0] == "out"
    np.testing.assert_array_equal(found[-1][1], session.run(feeds)["out"])


def test_feeds_that_misfit_and_a_closed_session(enumerated: Path) -> None:
    session = MilSession(stage(enumerated, 16))
    with pytest.raises(SessionError, match="image must be uint8, got float32"):
        session.run({"image": np.zeros((1, 3, 16, 8), np.float32)})
    with pytest.raises(SessionError, match="no input other"):
        session.run(pixels(16) | {"other": np.zeros(1)})
    session.close()
    with pytest.raises(SessionError, match="the session is closed"):
        session.run(pixels(16))


@pytest.mark.parametrize(
    ("inputs", "outputs", "reason"),
    [
        ((TensorSpec("crops", "uint8", (1, 3, "H", 8)),), OUTPUTS, "its inputs are image"),
        (INPUTS, (TensorSpec("map", "float32", (1, 3, "H", 8)),), "its outputs are out"),
        ((TensorSpec("image", "int32", (1, 3, "H", 8)),), OUTPUTS, "its image is fp32"),
        ((TensorSpec("image", "uint8", (1, 1, "H", 8)),), OUTPUTS, "its image is fp32"),
        ((TensorSpec("image", "uint8", (3, "H", 8)),), OUTPUTS, "its image is fp32"),
        (INPUTS, (TensorSpec("out", "int32", (1, 3, "H", 8)),), "its out is fp32"),
    ],
)
def test_a_package_of_another_stage_is_refused(
    inputs: Any, outputs: Any, reason: str, enumerated: Path
) -> None:
    with pytest.raises(SessionError, match=f"{reason}.*of another stage or bundle"):
        MilSession(StageFile(enumerated, inputs, outputs))


def test_options_are_honoured(enumerated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", asked.append)
    MilSession(stage(enumerated, 16), RuntimeOptions(threads=3)).run(pixels(16))
    assert asked == [3, 1] * 2  # to load and to run; another's number is put back
    with pytest.raises(SessionError, match="cannot run on 0 threads"):
        MilSession(stage(enumerated, 16), RuntimeOptions(threads=0))
    with pytest.raises(BackendMissing, match="has no CoreMLExecutionProvider"):
        MilSession(stage(enumerated, 16), RuntimeOptions(providers=("CoreMLExecutionProvider",)))


def test_a_package_in_use_may_be_replaced(enumerated: Path, tmp_path: Path) -> None:
    path = Path(shutil.copytree(enumerated, tmp_path / "stage.mlpackage"))
    session, feeds = MilSession(stage(path, 16)), pixels(16)
    shutil.rmtree(path)
    np.testing.assert_array_equal(session.run(feeds)["out"], expected(feeds))
