"""The whole command: sensors from a recorded board, an interruption, and going on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from pinpoint_edge.bench.record.record import read_record
from pinpoint_edge.errors import OutputError

from ..sensors.recorded import ORIN_NANO, rails, replaying, tree

pytestmark = pytest.mark.slow


def arguments(bundle: Path, data: Path, out: Path, *more: object) -> list[object]:
    short = ("--runs", 3, "--sustained", 0.01, "--idle", 0.5, "--threads", 1)
    return ["run", bundle, "--data", data, "-o", out, *short, *more]


def test_a_board_with_rails(pinpoint_bench, forms_bundle, data, tmp_path, monkeypatch):
    replaying(tmp_path / "bin", "tegrastats", [ORIN_NANO], 0.05)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    root = tree(tmp_path / "root", rails({"VDD_IN": 5.0, "VDD_SOC": 1.0}))
    out = tmp_path / "record.json"
    code, printed, err = pinpoint_bench(*arguments(forms_bundle, data, out, "--sysroot", root))
    assert code == 0, err
    record = read_record(out)
    assert len(record.answers) == 6
    assert record.answers[0].answer == "48.75"
    assert record.figures["anls"].value > 0.5
    assert record.changed == ()
    assert record.energy.sensor == "ina3221"
    assert record.energy.idle_watts == pytest.approx(5.0)
    assert record.energy.cold_page_joules.value == pytest.approx(0.0, abs=1e-6)
    for answer in record.answers:
        assert answer.joules == pytest.approx(5.0 * answer.taken_s, rel=0.02)
        assert answer.taken_s * 1000 >= answer.ms
    assert {"detect", "glance", "prefill", "decode"} <= record.answers[0].stages.keys()
    assert {s.sensor for s in record.series} == {"ina3221", "tegrastats"}
    assert "rapl" in record.missing
    assert not record.validity.valid
    assert any("3 cold pages" in reason for reason in record.validity.reasons)
    assert "not valid: 3 cold pages" in printed
    assert not (tmp_path / "record.json.part").exists()


def test_an_interrupted_run_goes_on(pinpoint_bench, forms_bundle, data, tmp_path):
    out = tmp_path / "record.json"
    part = tmp_path / "record.json.part"
    given = [str(a) for a in arguments(forms_bundle, data, out)]
    command = [sys.executable, "-m", "pinpoint_edge.bench.cli", *given]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True,
        # A run in the background, as of a job server, ignores interruptions, and so would this one.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    while not (part.exists() and part.read_bytes().count(b"\n") >= 2):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    assert not out.exists()
    kept = part.read_text().splitlines()
    code, _, err = pinpoint_bench(*given)
    assert code == OutputError.exit_code
    assert "--resume" in err
    code, _, err = pinpoint_bench(*given, "--resume")
    assert code == 0, err
    record = read_record(out)
    assert len(record.answers) == 6
    times = {(a.round, a.id): a.ms for a in record.answers}
    for line in kept[:2]:
        answer = json.loads(line)
        assert times[answer["round"], answer["id"]] == pytest.approx(answer["ms"], rel=1e-6)
