"""Machine facts and memory, on the machine that runs the test."""

from __future__ import annotations

import json
import platform
import subprocess
import sys

import numpy as np
import pytest

from pinpoint_edge.bench import memory
from pinpoint_edge.bench.machine import machine_facts


def test_facts_are_json_and_name_no_one():
    facts = machine_facts()
    text = json.dumps(facts, allow_nan=False)
    assert facts["logical_cores"] >= facts["usable_cores"] >= 1
    assert facts["packages"]["numpy"] == np.__version__
    assert facts["python"] == platform.python_version()
    assert platform.node() not in text or len(platform.node()) < 4


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells no peak")
def test_peak_rss_grows_with_what_is_touched():
    code = (
        "from pinpoint_edge.bench.memory import peak_rss\n"
        "before = peak_rss()\n"
        "block = bytearray(b'x') * (64 << 20)\n"
        "del block\n"
        "print(before, peak_rss())\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    ).stdout
    before, after = map(int, out.split())
    assert 60 << 20 < after - before < 140 << 20  # and it stays when the block is gone


@pytest.mark.skipif(sys.platform != "linux", reason="compares two Linux sources")
def test_both_sources_speak_of_bytes():
    status, rusage = memory._from_status(), memory._from_rusage()
    assert status is not None
    assert rusage is not None
    # getrusage may hold the peak of the process that started this one, but never less than ours.
    assert 0.9 * status <= rusage < 100 * status
