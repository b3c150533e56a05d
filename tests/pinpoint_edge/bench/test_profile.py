"""Operators of a stage: how runs are summed up, what is refused, and a whole question."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinpoint_edge.bench import profile
from pinpoint_edge.bench.commands import profile as profile_command
from pinpoint_edge.bench.plots import stacked
from pinpoint_edge.errors import BackendError, OutputError
from pinpoint_runtimes.onnx.profile import OperatorTime, ProfiledRun


def run(product: float, adding: float, total: float) -> ProfiledRun:
    shapes = ("float 1x2",)
    return ProfiledRun(
        total,
        (
            OperatorTime("first", "MatMul", shapes, product),
            OperatorTime("plus", "Add", shapes, adding),
            OperatorTime("second", "MatMul", shapes, product),
        ),
    )


def test_operators_are_summed_by_question_and_the_median_question_counts() -> None:
    questions = [
        [run(1, 2, 5), run(1, 2, 5)],
        [run(2, 2, 7), run(2, 2, 7)],
        [run(9, 9, 30), run(9, 9, 30)],
    ]
    found = profile.summed("decode", questions)
    assert (found.stage, found.runs, found.ms) == ("decode", 2, 14)
    assert [(s.name, s.calls, s.ms) for s in found.kinds] == [
        ("MatMul", 4, 8),
        ("Add", 2, 4),
        (profile.BETWEEN, 0, 2),
    ]
    assert sum(share.share for share in found.kinds) == pytest.approx(1)
    assert [(s.name, s.kind, s.calls, s.ms) for s in found.operators] == [
        ("first", "MatMul", 2, 4),
        ("plus", "Add", 2, 4),
        ("second", "MatMul", 2, 4),
    ]


def test_a_bundle_of_another_target_is_refused_by_name(
    small_bundle: Path, pinpoint_bench: Callable[..., tuple[int, str, str]]
) -> None:
    manifest = small_bundle / "manifest.json"
    manifest.write_text(
        manifest.read_text("utf-8").replace('"target": "onnx"', '"target": "litert"')
    )
    code, _, error = pinpoint_bench("profile", small_bundle, "page.png")
    assert code == BackendError.exit_code
    assert "exported for litert" in error
    assert "profile a bundle of the target onnx" in error


def test_a_plot_is_a_picture_and_its_name_is_checked_first(
    tmp_path: Path, small_bundle: Path, pinpoint_bench: Callable[..., tuple[int, str, str]]
) -> None:
    pytest.importorskip("matplotlib")
    rows = {"detect": [("Conv", 60.0), ("others", 40.0)], "decode": [("MatMul", 90.0)]}
    for name in ("a.png", "b.png"):
        stacked(tmp_path / name, "title", "%", rows)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    code, _, error = pinpoint_bench("profile", small_bundle, "page.png", "--plot", "out.xyz")
    assert code == OutputError.exit_code
    assert "end its name in .png" in error


def test_small_types_are_drawn_together() -> None:
    shares = tuple(
        profile.Share(f"Op{n}", f"Op{n}", 1, 10.0 - n, (10.0 - n) / 55) for n in range(10)
    )
    parts = profile_command._parts(profile.StageProfile("decode", 1, 55.0, shares, ()))
    assert [name for name, _ in parts] == ["Op0", "Op1", "Op2", "Op3", "Op4", "others"]
    assert sum(value for _, value in parts) == pytest.approx(100)


@pytest.mark.slow
def test_a_question_is_profiled_stage_by_stage(
    forms_bundle: Path,
    demo_questions: list[dict[str, Any]],
    tmp_path: Path,
    pinpoint_bench: Callable[..., tuple[int, str, str]],
) -> None:
    asked, out = demo_questions[0], tmp_path / "profile.json"
    code, printed, _ = pinpoint_bench(
        "profile", forms_bundle, asked["image"], "--question", asked["question"], "--runs", 1,
        "--stage", "glance", "--stage", "prefill", "--stage", "decode", "--output", out,
    )  # fmt: skip
    assert code == 0
    assert "MatMul" in printed
    stages = {stage["stage"]: stage for stage in json.loads(out.read_text())["stages"]}
    assert list(stages) == ["glance", "prefill", "decode"]
    assert stages["glance"]["runs"] > 1
    assert stages["prefill"]["runs"] <= 2 < stages["decode"]["runs"]
    # As many products a run, whichever part of an answer they are in.
    products = {
        name: sum(k["calls"] for k in stages[name]["kinds"] if k["name"].startswith("MatMul"))
        / stages[name]["runs"]
        for name in ("prefill", "decode")
    }
    assert products["prefill"] == products["decode"] > 200
    for stage in stages.values():
        assert np.isclose(sum(kind["share"] for kind in stage["kinds"]), 1, atol=0.05)
