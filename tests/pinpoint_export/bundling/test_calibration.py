"""Calibration inputs on their way to a target: which stages get them, and what they decide."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pinpoint_edge.errors import DataError
from pinpoint_export.bundling import worker
from pinpoint_export.bundling.digests import artifact_key
from pinpoint_export.bundling.jobs import Calibration, Checkpoint, Choice, Job, measures_ranges
from pinpoint_export.bundling.plan import _lacks_calibration
from pinpoint_export.targets import load_target
from pinpoint_quantization.calibration.calibration_set import About, CalibrationSet
from pinpoint_quantization.recipe import StageRecipe

STATIC = StageRecipe("int8", granularity="channel", activations="static")


@pytest.fixture
def calibration(tmp_path: Path) -> Calibration:
    feeds = {"detect": ({"image": np.zeros((1, 3, 8, 8), np.uint8)},)}
    CalibrationSet(About(("p",), "t", 10, 4), feeds).save(tmp_path / "set.npz")
    return Calibration.of(tmp_path / "set.npz")


def job(recipe: StageRecipe, calibration: Calibration | None = None) -> Job:
    return Job(Checkpoint(Path("/w")), Choice("onnx"), "detect", recipe, "a" * 64, calibration)


def test_only_static_integers_measure_ranges() -> None:
    assert measures_ranges(STATIC)
    assert not measures_ranges(replace(STATIC, activations="dynamic"))
    assert not measures_ranges(StageRecipe("float32", activations="static"))


def test_a_job_keeps_its_set(calibration: Calibration) -> None:
    asked = job(STATIC, calibration)
    assert Job.from_json(asked.to_json()) == asked
    assert Job.from_json(job(STATIC).to_json()) == job(STATIC)


def test_ranges_without_a_set_are_refused(calibration: Calibration) -> None:
    assert "give one with --calibration" in (_lacks_calibration(job(STATIC)) or "")
    assert _lacks_calibration(job(STATIC, calibration)) is None
    assert _lacks_calibration(job(StageRecipe("int8"))) is None


def test_another_set_is_another_artifact(calibration: Calibration) -> None:
    target = load_target("onnx")
    keys = {
        artifact_key(asked, target, "g", "c")
        for asked in (
            job(STATIC, calibration),
            job(STATIC, replace(calibration, digest="b" * 64)),
            job(STATIC, replace(calibration, path=Path("elsewhere.npz"))),
        )
    }
    assert len(keys) == 2, "where a set lies decides nothing"


def test_a_set_that_was_changed_is_refused(calibration: Calibration) -> None:
    assert len(calibration.feeds("detect")) == 1
    with pytest.raises(DataError, match="no inputs of stage refine"):
        calibration.feeds("refine")
    CalibrationSet(About(("q",), "t", 10, 4), {}).save(calibration.path)
    with pytest.raises(DataError, match="changed while it was used"):
        calibration.feeds("detect")


def test_a_target_gets_its_stage_of_the_set(
    calibration: Calibration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target that knows of no calibration is called as before."""
    given: list[tuple[object, ...]] = []

    class Recorded(type(load_target("onnx"))):  # type: ignore[misc]
        def lower(self, program, recipe, out_dir, *more):
            given.append(more)
            return super().lower(program, replace_recipe(recipe), out_dir)

    def replace_recipe(recipe):
        return replace(recipe, stages={"detect": StageRecipe("float32")})

    monkeypatch.setattr(Choice, "load", lambda self: Recorded())
    from pinpoint_export.bundling.digests import weights_digest
    from pinpoint_models.paths import weights_folder

    checkpoint = Checkpoint(weights_folder(), buckets=1)
    weights = weights_digest(checkpoint.program("detect").module)
    (tmp_path / worker.FILES).mkdir()
    for kept in (None, calibration):
        asked = Job(checkpoint, Choice("onnx"), "detect", STATIC, weights, kept)
        worker.lower(asked, tmp_path)
    assert given[0] == ()
    ((feeds,),) = given[1:]
    assert [list(run) for run in feeds] == [["image"]]
