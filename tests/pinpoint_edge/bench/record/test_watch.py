"""Reasons against a run: clocks, heat, flags, too few runs, two benchmarks at once."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pinpoint_edge.bench.record.figures import Figure
from pinpoint_edge.bench.record.record import SensorSeries
from pinpoint_edge.bench.record.watch import Watch, only_benchmark, run_reasons, sensor_reasons
from pinpoint_edge.bench.sensors.sensor import Machine

TIMES = tuple(float(t) for t in range(100))


def series(unit, values, name="cpu"):
    return SensorSeries("a sensor", name, unit, TIMES, tuple(values))


@pytest.mark.parametrize(("given", "reason"), [
    (series("MHz", [1800.0] * 50 + [1200.0] * 50), "changed between 1200 and 1800"),
    (series("°C", [40.0 + t / 2 for t in TIMES]), "reached 90 °C; its limit is 85"),
    (series("flag", [0.0] * 60 + [1.0] * 40, "throttled"), "a sensor shows: throttled"),
    (series("MHz", [600.0] * 20 + [1800.0] * 80), None),  # before the start
    (series("°C", [60.0] * 100), None),
    (series("W", [1.0, 9.0] * 50), None),
])  # fmt: skip
def test_sensors_speak_against_a_run(given, reason):
    found = list(sensor_reasons([given], {"cpu": 85.0}, 20.0, 100.0))
    assert (found == []) if reason is None else reason in found[0]


def test_runs_speak_against_themselves():
    assert list(run_reasons(30, 30, True, None)) == []
    slower = Figure(1.3, 1.2, 1.4, 9)
    reasons = list(run_reasons(12, 30, False, slower))
    assert len(reasons) == 3
    assert "12 cold pages" in reasons[0]
    assert "1.3 [1.2, 1.4] times as slow" in reasons[2]


def test_two_benchmarks_at_once_are_noticed(tmp_path, monkeypatch):
    pytest.importorskip("fcntl")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with only_benchmark() as alone, only_benchmark() as second:
        assert (alone, second) == (True, False)
    with only_benchmark() as alone:
        assert alone


def test_other_work_swapping_and_a_clock_that_jumps(monkeypatch):
    class Psutil:
        busy, swapped = 0.0, 0

        def cpu_times(self):
            return type("T", (tuple,), {"idle": 5.0, "iowait": 0.0})((self.busy, 5.0))

        def swap_memory(self):
            return SimpleNamespace(sin=0, sout=self.swapped)

        def Process(self):
            times = SimpleNamespace(user=0, system=0, children_user=0, children_system=0)
            return SimpleNamespace(cpu_times=lambda: times)

    machine = Psutil()
    monkeypatch.setattr("pinpoint_edge.bench.record.watch.import_psutil", lambda: machine)
    watching = Watch(Machine())
    assert list(watching.reasons()) == []
    machine.busy, machine.swapped = 1e6, 64 << 20
    watching._wall -= 3600
    text = " ".join(watching.reasons())
    assert "other work" in text
    assert "swapped 67 MB" in text
    assert "clock jumped by 3600 s" in text
