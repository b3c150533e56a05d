"""Energy by the trapezoid rule, and a sampler over replaying programs."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from pinpoint_edge.bench.sensors import tegrastats
from pinpoint_edge.bench.sensors.energy import Power, Series, total_power
from pinpoint_edge.bench.sensors.find import find_sensors
from pinpoint_edge.bench.sensors.sampler import Sampler
from pinpoint_edge.bench.sensors.sensor import Channel, Machine, Total

from .recorded import NEWEST, rails, replaying, tree


class Counter:
    """A counter of joules that is read from a list."""

    name, total = "counter", Total(("a", "b"), "both")
    channels = (Channel("a", "J", 100.0), Channel("b", "J", 100.0))


def test_a_load_of_known_power_within_two_per_cent():
    # 4 W idle; a load of 6 + 2 sin W for 3.2 s, sampled every 0.2 s with jitter.
    random = np.random.default_rng(3)
    times = np.cumsum(0.2 + random.uniform(-0.05, 0.05, 200))

    def watts(t):
        return 6 + 2 * math.sin(2 * t)

    power = Power(times, np.array([watts(t) for t in times]), counted=False)
    start, end = 7.03, 10.23
    exact = 6 * (end - start) - (math.cos(2 * end) - math.cos(2 * start))
    assert power.joules(start, end) == pytest.approx(exact, rel=0.02)
    mean, error = power.mean(0.5, 30)
    assert mean == pytest.approx(6, rel=0.02)
    assert 0 < error < 1


def test_a_counter_that_starts_again():
    series = [
        Series("counter", Counter.channels[0], [0.0, 1.0, 2.0, 3.0], [90.0, 98.0, 6.0, 14.0]),
        Series("counter", Counter.channels[1], [0.0, 1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 4.0]),
    ]
    power = total_power(Counter(), series)
    assert power.joules(0.5, 2.5) == pytest.approx(2 * 9)


def test_nothing_is_guessed_where_samples_are_missing():
    power = Power(np.array([0.0, 1.0, 2.0, 30.0, 31.0]), np.full(5, 3.0), counted=False)
    assert power.joules(0.2, 1.8) == pytest.approx(4.8)
    assert power.joules(1.5, 30.5) is None  # a hole of 28 s
    assert power.joules(30.5, 40.0) is None  # after the end
    assert power.mean(40.0, 50.0) is None
    assert total_power(Counter(), []) is None


def test_a_sampler_over_rails_knows_its_own_cost(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    found = find_sensors(Machine(tree(tmp_path, rails({"VDD_IN": 8.0, "VDD_SOC": 2.0}))))
    with Sampler(found, interval_s=0.01) as sampler:
        start = sampler.mark()
        while len(sampler.series["ina3221", "VDD_IN"].times) < 20:
            time.sleep(0.01)
        end = sampler.mark()
        power = total_power(found.power, list(sampler.series.values()))
    assert power.joules(start, end) == pytest.approx(8.0 * (end - start), rel=1e-6)
    assert 0 < sampler.cost_share < 1


def test_a_tegrastats_that_stops_is_said(tmp_path, monkeypatch):
    replaying(tmp_path, "tegrastats", [NEWEST] * 3, 0.01, then="sys.exit(3)")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = find_sensors(Machine(tmp_path))
    assert found.power.name == "tegrastats"
    found.power._lines._process.wait()
    monkeypatch.setattr("pinpoint_edge.bench.sensors.followed.STOPPED_S", -1.0)
    with Sampler(found, interval_s=0.01) as sampler:
        pass
    assert "exit code 3" in sampler.stopped["tegrastats"]


@pytest.mark.parametrize("lines", [["tegrastats: permission denied"], []])
def test_a_tegrastats_without_figures(tmp_path, monkeypatch, lines):
    replaying(tmp_path, "tegrastats", lines, 0, then="sys.exit(1)")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "no figure" in str(tegrastats.find(Machine(tmp_path)))
