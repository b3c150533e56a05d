"""Calibration sets: equal ones are equal files, and what does not fit is refused."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinpoint_edge.errors import DataError
from pinpoint_quantization.calibration.calibration_set import ABOUT, About, CalibrationSet
from pinpoint_runtimes import TensorSpec

INPUTS = {
    "detect": (TensorSpec("image", "uint8", (1, 3, "H", "W")),),
    "decode": (
        TensorSpec("ids", "int32", (1, "q")),
        TensorSpec("visual", "float32", ("V", 8)),
        TensorSpec("position", "int32", (1,)),
        TensorSpec("key_0", "float32", (1, 2, "C", 16)),
    ),
}


@pytest.fixture
def made() -> CalibrationSet:
    random = np.random.default_rng(0)
    return CalibrationSet(
        About(("a" * 64,), "t" * 64, 100, 8, (3,)),
        {
            "detect": ({"image": random.integers(0, 255, (1, 3, 32, 64), np.uint8)},),
            "decode": (
                {
                    "ids": np.arange(9, dtype=np.int32),
                    "visual": random.random((2, 8), np.float32),
                },
            ),
        },
    )


def fits(found: CalibrationSet, **changes: Any) -> None:
    model = {"name": "m", "tokenizer": "t" * 64, "widths": (100, 8), "inputs": INPUTS}
    found.check_model(**(model | changes))


def test_a_set_is_read_as_it_was_written(made: CalibrationSet, tmp_path: Path) -> None:
    made.save(tmp_path / "set.npz")
    read = CalibrationSet.load(tmp_path / "set.npz")
    assert read.about == made.about
    assert read.digest() == made.digest()
    for stage, runs in made.feeds.items():
        for one, other in zip(runs, read.of(stage), strict=True):
            assert one.keys() == other.keys()
            for name in one:
                np.testing.assert_array_equal(one[name], other[name])
    fits(read)
    with np.load(tmp_path / "set.npz", allow_pickle=False) as plain:  # an .npz like any other
        assert "detect/00000/image" in plain


def test_equal_sets_are_equal_files_and_others_have_another_digest(
    made: CalibrationSet, tmp_path: Path
) -> None:
    made.save(tmp_path / "one.npz")
    made.save(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    changed = made.feeds["detect"][0]["image"].copy()
    changed[0, 0, 0, 0] ^= 1
    other = replace(made, feeds={**made.feeds, "detect": ({"image": changed},)})
    assert other.digest() != made.digest()
    assert replace(made, about=replace(made.about, answers=(2,))).digest() != made.digest()


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 cut"])
def test_what_is_no_set_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"is no calibration set.*pinpoint-quantize calibrate"):
        CalibrationSet.load(path)
    with pytest.raises(DataError, match="cannot be read"):
        CalibrationSet.load(tmp_path / "none.npz")


def test_pickles_are_never_loaded(made: CalibrationSet, tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    made.save(path)
    harmful = io.BytesIO()
    np.save(harmful, np.array([{"a": 1}], object), allow_pickle=True)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("detect/00001/image.npy", harmful.getvalue())
    with pytest.raises(DataError, match="is no calibration set"):
        CalibrationSet.load(path)


def test_a_set_without_its_description_is_refused(made: CalibrationSet, tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    np.savez(path, **{"detect/00000/image": made.feeds["detect"][0]["image"]})
    with pytest.raises(DataError, match=ABOUT):
        CalibrationSet.load(path)


def test_another_model_is_told(made: CalibrationSet) -> None:
    for change, message in (
        ({"tokenizer": "u" * 64}, "another tokenizer than 'm' has"),
        ({"widths": (99, 8)}, "a vocabulary of 100 and visual tokens of 8, 'm' has 99 and 8"),
        (
            {"inputs": INPUTS | {"detect": (TensorSpec("image", "uint8", (1, 1, "H", "W")),)}},
            r"uint8 \(1, 3, 32, 64\) as image to stage detect, 'm' takes uint8 \(1, 1, 'H', 'W'\)",
        ),
        (
            {"inputs": INPUTS | {"detect": (TensorSpec("page", "uint8", (1, 3, "H", "W")),)}},
            "feeds image to stage detect, which takes page",
        ),
    ):
        with pytest.raises(DataError, match=message):
            fits(made, **change)


def test_a_stage_without_inputs_is_told(made: CalibrationSet) -> None:
    with pytest.raises(DataError, match="no inputs of stage refine"):
        made.of("refine")
