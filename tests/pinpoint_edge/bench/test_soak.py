"""A soak finds what grows and what changes; noise alone is no fault."""

from __future__ import annotations

import json

import pytest

from pinpoint_edge.bench.soak import Sample, _faults


def samples(sizes, files=9, threads=2):
    return [Sample(number, size, files, threads) for number, size in enumerate(sizes)]


def test_memory_that_grows_and_memory_that_varies():
    assert _faults(samples([320, 362, 341, 368, 367, 343, 360, 364, 350]), 0.05, 0) == []
    leaking = samples(range(300, 400, 11))
    assert "memory grew" in _faults(leaking, 0.05, 0)[0]


def test_handles_threads_and_answers():
    grown = [*samples([300] * 5), Sample(9, 300, 10, 3)]
    assert [fault.split()[0] for fault in _faults(grown, 0.05, 2)] == ["files", "threads", "2"]


@pytest.mark.slow
def test_the_command(pinpoint_bench, forms_bundle, tmp_path):
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (400, 200), "white")
    ImageDraw.Draw(image).text((20, 40), "Total 48.75", "black", ImageFont.load_default(30))
    image.save(tmp_path / "page.png")
    code, out, err = pinpoint_bench(
        "soak", forms_bundle, tmp_path / "page.png", "--questions", "12", "--json",
        "--growth", "50", "--threads", "1",
    )  # fmt: skip
    found = json.loads(out)
    assert (code, found["faults"]) == (0, []), err
    assert found["samples"][-1]["questions"] == 12
