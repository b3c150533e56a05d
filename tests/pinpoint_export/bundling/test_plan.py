"""Planning: figures that come true, and what is refused before anything starts."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import pytest

from pinpoint_edge.errors import ExportError, OptionError, OutputError
from pinpoint_export.bundling import build
from pinpoint_export.bundling.cache import StageCache
from pinpoint_export.bundling.jobs import Checkpoint, Choice, Job, bundle_places, choices
from pinpoint_export.bundling.plan import Plan, make_plan
from pinpoint_quantization.recipe import STAGES, Recipe, StageRecipe

FP32 = Recipe.builtin("fp32")


def planned(sliced, cache: StageCache, *chosen: Choice, recipe: Recipe = FP32) -> Plan:
    places = {choice: Path("out") / choice.name for choice in chosen}
    return make_plan(sliced.checkpoint, recipe, places, cache)


@pytest.mark.slow
def test_the_sizes_of_a_plan_come_true(sliced, tmp_path):
    plan = planned(sliced, StageCache(tmp_path), Choice("onnx"))
    assert [stage.job.stage for stage in plan.stages] == list(STAGES)
    assert plan.pending == plan.stages
    for stage in plan.stages:
        entry = sliced.manifest.stages[stage.job.stage]
        real = sum(sliced.manifest.files[name].size for name in (entry.file, *entry.data))
        assert stage.estimate.size == pytest.approx(real, rel=0.15), stage.title
    whole = sum(file.size for file in sliced.manifest.files.values())
    assert plan.size(Choice("onnx")) == pytest.approx(whole, rel=0.05)


@pytest.mark.slow
def test_a_plan_knows_what_is_made_already(sliced, tmp_path):
    plan = planned(sliced, sliced.cache, Choice("onnx"))
    assert plan.pending == ()
    assert plan.seconds() == 0
    facts = plan.to_json(jobs=2)
    assert all(stage["cached"] for stage in facts["targets"][0]["stages"].values())
    assert facts["total_mb"] == pytest.approx(
        sum(file.size for file in sliced.manifest.files.values()) / 1e6, abs=0.1
    )
    plan.check(sliced.cache)


@pytest.mark.slow
def test_peaks_stay_below_the_planned_ones(sliced, tmp_path):
    for stage in planned(sliced, sliced.cache, Choice("onnx")).stages:
        assert 0 < stage.entry.made.peak_rss < stage.memory, stage.title


@pytest.mark.slow
def test_too_large_an_estimate_is_refused_before_anything_starts(sliced, planted, tmp_path):
    cases = (
        (
            "vast",
            ExportError,
            r"Lowering planted \w+ needs about \d+\.0 GB of memory, .* available",
        ),
        ("huge", OutputError, r"The export writes about \d+\.\d\d GB to .* GB are free there"),
    )
    for fault, kind, message in cases:
        lines: list[str] = []
        with pytest.raises(kind, match=message):
            build(
                sliced.checkpoint,
                FP32,
                {Choice("planted", fault): tmp_path / "out"},
                cache=StageCache(tmp_path / "stages"),
                report=lines.append,
            )
        assert lines == ["loading weights"]
    assert {path.name for path in tmp_path.iterdir()} <= {"site", "stages"}


def test_a_missing_package_is_named_before_the_weights_are_loaded(planted, tmp_path):
    lines: list[str] = []
    with pytest.raises(
        ExportError,
        match=r"needs nobody-has-this, .* run: pip install 'pinpoint-edge-export'",
    ):
        build(
            Checkpoint(tmp_path / "no weights"),
            FP32,
            {Choice("planted", "uninstalled"): tmp_path / "out"},
            report=lines.append,
        )
    assert lines == []


@pytest.mark.slow
def test_a_dry_run_tells_what_is_missing_and_what_is_refused(sliced, planted, tmp_path):
    stages = MappingProxyType(dict(FP32.stages) | {"decode": StageRecipe("palette4")})
    chosen = (Choice("onnx"), Choice("planted", "uninstalled"))
    cache = StageCache(tmp_path / "stages")
    plan = planned(sliced, cache, *chosen, recipe=Recipe("small", stages))
    facts = plan.to_json(jobs=1)
    onnx, other = facts["targets"]
    assert "palette4" in onnx["stages"]["decode"]["refused"]
    assert onnx["stages"]["detect"]["refused"] is None
    assert (onnx["missing"], other["missing"]) == ([], ["nobody-has-this"])
    assert facts["install"] == ["pip install 'pinpoint-edge-export'"]
    with pytest.raises(
        ExportError, match=r"recipe small cannot be exported to onnx: decode: .*palette4"
    ):
        planned(sliced, cache, Choice("onnx"), recipe=Recipe("small", stages)).check(cache)
    assert not cache.folder.exists()


def test_targets_are_chosen_by_name(planted):
    assert choices("onnx, planted") == (Choice("onnx"), Choice("planted"))
    assert choices("planted", "weight") == (Choice("planted", "weight"),)
    assert choices("planted", "none") == (Choice("planted"),), "the default has one name only"
    for names, delegate, message in (
        ("onnx,onnx", None, "names 'onnx' twice"),
        ("onnx,toaster", None, "no target 'toaster'"),
        ("onnx,planted", "weight", "export that target alone"),
        ("onnx", "weight", "no delegate 'weight': it has no delegates"),
        ("planted", "heat", "no delegate 'heat': it has none, weight"),
    ):
        with pytest.raises(OptionError, match=message):
            choices(names, delegate)


def test_places_of_bundles(tmp_path):
    one, other = Choice("onnx"), Choice("planted", "weight")
    half = Recipe("fp16", FP32.stages)
    assert bundle_places([one], FP32) == {one: Path("bundles/forms-onnx")}
    assert bundle_places([other], half) == {other: Path("bundles/forms-planted-weight-fp16")}
    assert bundle_places([one], FP32, tmp_path) == {one: tmp_path}
    both = {one: tmp_path / "onnx", other: tmp_path / "planted"}
    assert bundle_places([one, other], FP32, tmp_path) == both


def test_a_job_survives_its_way_to_the_worker():
    checkpoint = Checkpoint(Path("/weights"), "model.gguf", 4, 1)
    job = Job(checkpoint, Choice("planted", "weight"), "align", StageRecipe("float16"), "abc")
    assert Job.from_json(job.to_json()) == job
    assert list(job.stage_recipe().stages) == ["align"], "no other stage's recipe is seen"
