"""Percentiles, slowdown and joules, with intervals that hold the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pinpoint_edge.bench.record.figures import energy, figures, percentile, slowdown, thinned
from pinpoint_edge.bench.record.record import SustainedPage
from pinpoint_edge.bench.sensors.energy import Series
from pinpoint_edge.bench.sensors.sensor import Channel

from ..records import answers


def test_the_interval_of_a_percentile_holds_the_true_one():
    random = np.random.default_rng(1)
    held = 0
    for seed in range(60):
        found = percentile(random.exponential(100, 60).tolist(), 50, seed)
        held += found.low <= 100 * np.log(2) <= found.high
    assert held >= 51  # of 95 %
    assert percentile([3.0], 90).low is None


def test_figures_of_answers():
    made = list(answers(40))
    found = figures(made, ())
    assert found["cold_page_p50"].count == found["further_question_p99"].count == 20
    assert found["cold_page_p50"].value == pytest.approx(1000, rel=0.05)
    assert found["stage_detect_p50"].value == pytest.approx(300, rel=0.05)
    again = [replace(a, round=1, anls=0.0) for a in made]
    assert figures(made + again, ())["anls"] == found["anls"]


def test_a_run_that_becomes_slower_is_seen_page_by_page():
    def run(factor):
        return [
            SustainedPage(float(n), f"p{n % 2}", (100 + 900 * (n % 2)) * (factor if n > 50 else 1))
            for n in range(90)
        ]

    assert slowdown(run(1.3)).value == pytest.approx(1.3)
    assert slowdown(run(1.0)).value == pytest.approx(1.0)
    assert slowdown(run(1.3)[:4]) is None


def test_idle_power_is_taken_off_and_its_error_widens_the_interval():
    made = list(answers(60))  # 8 W while they are answered
    sure = energy(made, "s", "all", (3.0, 0.0))
    assert sure.busy_watts == pytest.approx(8)
    seconds = np.mean([a.taken_s for a in made if a.is_cold])
    assert sure.cold_page_joules.value == pytest.approx(5 * seconds)
    unsure = energy(made, "s", "all", (3.0, 0.5))
    assert unsure.cold_page_joules.value == sure.cold_page_joules.value
    width = unsure.cold_page_joules.high - unsure.cold_page_joules.low
    assert width == pytest.approx(2 * 1.96 * 0.5 * seconds, rel=0.05)
    assert energy([replace(a, joules=None) for a in made], "s", "all", (3.0, 0.0)) is None


def test_counters_become_powers_and_long_series_are_thinned():
    times = [n * 0.1 for n in range(4000)]
    counter = Series("rapl", Channel("package-0", "J", 100.0), times, [n * 0.5 % 100 for n in
                     range(4000)])  # fmt: skip
    zone = Series("thermal", Channel("cpu", "°C"), times, [50.0] * 4000)
    power, heat = thinned([counter, zone], 0.0)
    assert power.unit == "W"
    assert set(power.values) == {5.0}
    assert len(heat.times_s) == 400
