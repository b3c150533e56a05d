"""The memory of a question, step by step."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinpoint_edge.bench.memory import by_stage, peak_rss

STEPS = [
    *("program", "bundle", "detect", "glance", "align", "refine"),
    *("decode loaded", "prompt", "answer"),
]
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux's /proc")


@linux
def test_the_peak_rises_with_what_is_touched():
    before = peak_rss()
    assert before is not None
    touched = np.ones((before + (64 << 20)) // 8)  # larger than anything that was here before
    after = peak_rss()
    assert after is not None
    assert after >= touched.nbytes > before


@linux
@pytest.mark.slow
def test_every_step_of_a_question_tells_its_memory(
    forms_bundle: Path, demo_questions: list[dict[str, Any]]
):
    question = demo_questions[0]
    held = by_stage(str(forms_bundle), question["image"], question["question"], threads=1)
    assert [step.stage for step in held] == STEPS
    peaks = [step.peak_bytes or 0 for step in held]
    assert peaks == sorted(peaks)
    for step in held:
        assert step.resident_bytes is not None
        assert step.mapped_bytes is not None
        assert step.peak_bytes is not None
        assert 0 < step.mapped_bytes < step.resident_bytes <= step.peak_bytes


@linux
@pytest.mark.slow
def test_latency_tells_the_memory_when_asked(
    pinpoint_bench: Any, forms_bundle: Path, demo_questions: list[dict[str, Any]]
):
    page = demo_questions[0]["image"]
    code, out, err = pinpoint_bench(
        "latency", forms_bundle, page, "--runs", 1, "--memory", "--json"
    )
    assert code == 0, err
    assert [step["stage"] for step in json.loads(out)["memory"]] == STEPS
    code, out, err = pinpoint_bench("latency", forms_bundle, page, "--runs", 1, "--memory")
    assert code == 0, err
    assert "of it mapped" in out
