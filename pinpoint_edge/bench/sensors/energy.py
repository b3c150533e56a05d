"""Energy of a window: the trapezoid rule over power, or the difference of a counter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.bench.sensors.sensor import Channel, Sensor

GAP_S = 2.0
"""Seconds between two samples over which nothing is interpolated, or ten usual distances."""


@dataclass
class Series:
    """The samples of a channel: seconds of `time.perf_counter`, and values."""

    sensor: str
    channel: Channel
    times: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Power:
    """Power or rising energy over time, ready to be integrated.

    times: seconds, rising; values: watts, or joules where `counted`.
    """

    times: NDArray[np.float64]
    values: NDArray[np.float64]
    counted: bool

    def joules(self, start: float, end: float) -> float | None:
        """Return the energy between two times; None where the samples do not span them.

        Power is taken as linear between samples, and a counter's energy likewise.
        """
        if not self._spans(start, end):
            return None
        inside = self.times[(self.times > start) & (self.times < end)]
        times = np.concatenate([[start], inside, [end]])
        values = np.interp(times, self.times, self.values)
        if self.counted:
            return float(values[-1] - values[0])
        return float(np.trapezoid(values, times))

    def mean(self, start: float, end: float) -> tuple[float, float] | None:
        """Return the mean power of a window and its standard error; None as in `joules`.

        The error is that of the means of up to ten parts of the window.
        """
        whole = self.joules(start, end)
        if whole is None:
            return None
        samples = int(((self.times >= start) & (self.times <= end)).sum())
        edges = np.linspace(start, end, max(2, min(10, samples // 2)) + 1)
        parts = [self.joules(a, b) for a, b in pairwise(edges)]
        watts = [part / (edges[1] - edges[0]) for part in parts if part is not None]
        error = float(np.std(watts, ddof=1) / math.sqrt(len(watts))) if len(watts) > 1 else 0.0
        return whole / (end - start), error

    def _spans(self, start: float, end: float) -> bool:
        if len(self.times) < 2 or end <= start:
            return False
        usual = float(np.median(np.diff(self.times)))
        allowed = max(GAP_S, 10 * usual)
        if start < self.times[0] - usual or end > self.times[-1] + usual:
            return False
        first = max(int(np.searchsorted(self.times, start, "right")) - 1, 0)
        last = min(int(np.searchsorted(self.times, end, "left")), len(self.times) - 1)
        steps = np.diff(self.times[first : last + 1])
        return not len(steps) or float(steps.max()) <= allowed


def total_power(sensor: Sensor, series: Sequence[Series]) -> Power | None:
    """Add up the channels of a sensor's total; None without samples.

    A counter that starts again at 0 is carried on.
    """
    if sensor.total is None:
        return None
    chosen = [
        s for s in series if s.sensor == sensor.name and s.channel.name in sensor.total.channels
    ]
    if len(chosen) < len(sensor.total.channels):
        return None
    count = min(len(s.times) for s in chosen)
    if count < 2:
        return None
    # All channels of a sensor are sampled together; a channel that was missing once is not.
    whole = [s for s in chosen if len(s.times) == len(chosen[0].times)]
    times = np.array(chosen[0].times)
    summed = np.zeros(len(times))
    for each in chosen:
        values = np.array(each.values)
        if each.channel.unit == "J":
            values = _carried_on(values, each.channel.wraps_at)
        summed += values if each in whole else np.interp(times, each.times, values)
    return Power(times, summed, counted=chosen[0].channel.unit == "J")


def _carried_on(values: NDArray[np.float64], wraps_at: float | None) -> NDArray[np.float64]:
    steps = np.diff(values)
    restarts = np.where(steps < 0, wraps_at or 0.0, 0.0)
    return np.concatenate([values[:1], values[0] + np.cumsum(steps + restarts)])
