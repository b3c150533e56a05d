"""The figures of a record: percentiles of times, accuracy, energy, each with its interval."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from pinpoint_edge.bench.record.record import (
    Energy,
    Figure,
    MeasuredAnswer,
    SensorSeries,
    SustainedPage,
)
from pinpoint_edge.bench.sensors.energy import Series
from pinpoint_edge.evaluation.metrics import Estimate, bootstrap_interval

PERCENTILES = (50, 90, 99)
RESAMPLES = 1000
KEPT_SAMPLES = 400


def figures(
    answers: Sequence[MeasuredAnswer], sustained: Sequence[SustainedPage]
) -> dict[str, Figure]:
    """Return all figures by name, such as `cold_page_p50` and `anls`.

    Times are resampled run by run: the pages are the data's, and the interval is that of measuring
    them again. Accuracy is resampled page by page, of the first round.
    """
    found: dict[str, Figure] = {}
    times = {
        "cold_page": [a.cold_ms for a in answers if a.cold_ms is not None],
        "further_question": [a.ms for a in answers if not a.is_cold],
    }
    stages: dict[str, list[float]] = defaultdict(list)
    for answer in answers:
        if answer.is_cold:
            for name, ms in answer.stages.items():
                stages[name].append(ms)
    for name, values in times.items():
        for percent in PERCENTILES if values else ():
            found[f"{name}_p{percent}"] = percentile(values, percent)
    for name, values in stages.items():
        found[f"stage_{name}_p50"] = percentile(values, 50)
    first = [a for a in answers if a.round == 0]
    pages = [a.page for a in first]
    if first:
        found["anls"] = figure(bootstrap_interval([a.anls for a in first], groups=pages))
        found["tokens"] = figure(bootstrap_interval([float(a.tokens) for a in first], groups=pages))
    if ratio := slowdown(sustained):
        found["sustained_slowdown"] = ratio
    return found


def percentile(values: Sequence[float], percent: float, seed: int = 0) -> Figure:
    """Return a percentile with its bootstrap interval over the values."""
    array = np.asarray(values, np.float64)
    value = float(np.percentile(array, percent))
    if len(array) < 2:
        return Figure(value, None, None, len(array))
    drawn = np.random.default_rng(seed).integers(0, len(array), (RESAMPLES, len(array)))
    low, high = np.percentile(np.percentile(array[drawn], percent, axis=1), (2.5, 97.5))
    return Figure(value, float(low), float(high), len(array))


def figure(estimate: Estimate) -> Figure:
    """Return an estimate without the NaN that JSON lacks."""
    known = not math.isnan(estimate.low)
    low, high = (estimate.low, estimate.high) if known else (None, None)
    return Figure(estimate.mean, low, high, estimate.count)


def slowdown(sustained: Sequence[SustainedPage]) -> Figure | None:
    """Return the time of the last third of a sustained run as a multiple of the first third's.

    Each page is compared with itself; the geometric mean of the ratios. None where no page is in
    both thirds.
    """
    if len(sustained) < 6:
        return None
    end = sustained[-1].at_s
    thirds: list[dict[str, list[float]]] = [defaultdict(list), defaultdict(list)]
    for page in sustained:
        if page.at_s <= end / 3:
            thirds[0][page.page].append(page.cold_ms)
        elif page.at_s >= end * 2 / 3:
            thirds[1][page.page].append(page.cold_ms)
    logs = [
        math.log(late / float(np.median(thirds[0][page])))
        for page in thirds[0].keys() & thirds[1]
        for late in thirds[1][page]
    ]
    return exponential(bootstrap_interval(logs)) if logs else None


def exponential(estimate: Estimate) -> Figure:
    """Return the ratio whose logarithm was estimated."""
    plain = figure(estimate)
    low, high = (None if v is None else math.exp(v) for v in (plain.low, plain.high))
    return Figure(math.exp(plain.value), low, high, plain.count)


def energy(
    answers: Sequence[MeasuredAnswer], sensor: str, scope: str, idle: tuple[float, float]
) -> Energy | None:
    """Return the energy beyond the idle power (watts, their error); None of no answer."""
    known = [a for a in answers if a.joules is not None and a.taken_s > 0]
    if not known:
        return None
    watts, error = idle
    busy = sum(a.joules or 0.0 for a in known) / sum(a.taken_s for a in known)

    def net(chosen: Sequence[MeasuredAnswer]) -> Figure | None:
        if not chosen:
            return None
        mean = bootstrap_interval([(a.joules or 0.0) - watts * a.taken_s for a in chosen])
        plain = figure(mean)
        if plain.low is None or plain.high is None:
            return plain
        # The error of the idle power moves all answers alike: it adds to the spread's, squared.
        shift = 1.96 * error * sum(a.taken_s for a in chosen) / len(chosen)
        low = plain.value - math.hypot(plain.value - plain.low, shift)
        high = plain.value + math.hypot(plain.high - plain.value, shift)
        return Figure(plain.value, low, high, plain.count)

    cold, further = [a for a in known if a.is_cold], [a for a in known if not a.is_cold]
    return Energy(sensor, scope, watts, error, busy, net(cold), net(further))


def thinned(series: Iterable[Series], start: float) -> tuple[SensorSeries, ...]:
    """Return the samples of all channels as at most KEPT_SAMPLES means each.

    Counters become mean powers. Times are counted from `start`, of `time.perf_counter`.
    """
    kept = []
    for each in series:
        times, values = np.array(each.times) - start, np.array(each.values)
        unit: str = each.channel.unit
        if unit == "J" and len(times) > 1:
            steps = np.diff(values)
            steps = np.where(steps < 0, steps + (each.channel.wraps_at or np.nan), steps)
            values, times, unit = steps / np.diff(times), times[1:], "W"
            times, values = times[np.isfinite(values)], values[np.isfinite(values)]
        if len(times):
            parts = min(len(times), KEPT_SAMPLES)
            times = np.array([part.mean() for part in np.array_split(times, parts)])
            values = np.array([part.mean() for part in np.array_split(values, parts)])
            kept.append(
                SensorSeries(
                    each.sensor,
                    each.channel.name,
                    unit,
                    tuple(round(float(t), 2) for t in times),
                    tuple(round(float(v), 3) for v in values),
                )
            )
    return tuple(kept)
