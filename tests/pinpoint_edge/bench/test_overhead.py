"""Sessions against the runtime called directly, on a real page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinpoint_edge.bench import overhead
from pinpoint_edge.bundle import Bundle
from pinpoint_edge.runtime.bundle_source import runtime_for, stage_file
from pinpoint_runtimes import SessionError
from pinpoint_runtimes.direct import direct
from pinpoint_runtimes.runtime import RuntimeOptions


@pytest.mark.slow
def test_both_ways_run_the_same_stage_on_the_inputs_of_a_page(
    forms_bundle: Path, demo_questions: list[dict[str, Any]]
):
    bundle = Bundle.open(forms_bundle)
    question = demo_questions[0]
    feeds = overhead.captured(bundle, question["image"], question["question"], None, 1)
    assert list(feeds) == ["detect", "glance", "align", "refine"]
    for stage, batches in feeds.items():
        file = stage_file(bundle, stage)
        plain = direct("onnx", file, batches, 1)
        session = runtime_for(bundle, None).session(file, RuntimeOptions(1))
        assert batches
        for inputs in batches:
            for one, other in zip(plain(inputs), session.run(inputs).values(), strict=True):
                np.testing.assert_array_equal(one, other)
    with pytest.raises(SessionError, match="nothing to compare the runtime mil with"):
        direct("mil", stage_file(bundle, "glance"), feeds["glance"], 1)


@pytest.mark.slow
def test_every_vision_stage_is_measured(forms_bundle: Path, demo_questions: list[dict[str, Any]]):
    done: list[str] = []
    found = overhead.measure(
        Bundle.open(forms_bundle),
        demo_questions[0]["image"],
        demo_questions[0]["question"],
        runs=1,
        on_stage=done.append,
    )
    assert [item.stage for item in found] == done == list(overhead.VISION)
    assert all(item.direct > 0 and item.session > 0 for item in found)
