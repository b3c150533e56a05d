"""What else the machine did during a run: other work, swapping, throttling, a clock that jumps."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from pinpoint_edge.bench.memory import import_psutil
from pinpoint_edge.bench.record.record import Figure, SensorSeries
from pinpoint_edge.bench.sensors import thermal
from pinpoint_edge.bench.sensors.sensor import Machine

BUSY_SHARE = 0.1
"""Other work, as a share of all cores, above which times count for nothing."""
CLOCK_CHANGE = 0.1
NEAR_LIMIT = 2.0
JUMP_S = 1.0
SWAPPED_BYTES = 4 << 20
SLOWER = 1.1
LEAST_RUNS = 30


class Watch:
    """Compares the machine at the start of a run with that of its end."""

    def __init__(self, machine: Machine) -> None:
        self._psutil: Any = import_psutil()
        self._machine = machine
        self.start()

    def start(self) -> None:
        """Take the present as the start."""
        self._busy, self._own = self._cores_busy(), self._own_time()
        self._swapped = self._swap()
        self._wall, self._clock = time.time(), time.monotonic()
        self._throttled = thermal.throttle_count(self._machine)

    def other_work(self) -> float:
        """Return the share of all cores that other processes took since the start."""
        elapsed = max(time.monotonic() - self._clock, 1e-3) * (os.cpu_count() or 1)
        other = (self._cores_busy() - self._busy) - (self._own_time() - self._own)
        return max(0.0, other / elapsed)

    def reasons(self) -> Iterator[str]:
        """Yield why times since the start are not to be trusted."""
        if (share := self.other_work()) > BUSY_SHARE:
            yield f"other work took {share:.0%} of the cores during the run"
        if (swapped := self._swap() - self._swapped) > SWAPPED_BYTES:
            yield f"the machine swapped {swapped / 1e6:.0f} MB"
        jump = (time.time() - self._wall) - (time.monotonic() - self._clock)
        if abs(jump) > JUMP_S:
            yield f"the wall clock jumped by {jump:.0f} s"
        count = thermal.throttle_count(self._machine)
        if count is not None and self._throttled is not None and count > self._throttled:
            yield f"the processor throttled {count - self._throttled} times"

    def _cores_busy(self) -> float:
        times = self._psutil.cpu_times()
        # Guest times are in user and nice already.
        uncounted = ("idle", "iowait", "guest", "guest_nice")
        return float(sum(times) - sum(getattr(times, name, 0.0) for name in uncounted))

    def _own_time(self) -> float:
        own = self._psutil.Process().cpu_times()
        return float(own.user + own.system + own.children_user + own.children_system)

    def _swap(self) -> int:
        try:
            swap = self._psutil.swap_memory()
        except (OSError, RuntimeError):
            return 0
        return int(swap.sin + swap.sout)


def sensor_reasons(
    series: Iterable[SensorSeries], limits: dict[str, float], start_s: float, end_s: float
) -> Iterator[str]:
    """Yield why clocks, temperatures and flags between two times make a run invalid."""
    for each in series:
        times, values = np.array(each.times_s), np.array(each.values)
        values = values[(times >= start_s) & (times <= end_s)]
        if not len(values):
            continue
        if each.unit == "MHz":
            low, high = np.percentile(values, (5, 95))
            if low < high * (1 - CLOCK_CHANGE):
                yield f"the clock {each.channel} changed between {low:.0f} and {high:.0f} MHz"
        elif each.unit == "°C":
            limit = limits.get(each.channel)
            if limit is not None and values.max() > limit - NEAR_LIMIT:
                yield f"{each.channel} reached {values.max():.0f} °C; its limit is {limit:.0f} °C"
        elif each.unit == "flag" and values.max() > 0:
            yield f"{each.sensor} shows: {each.channel}"


def run_reasons(cold: int, further: int, settled: bool, slowdown: Figure | None) -> Iterator[str]:
    """Yield why the runs themselves are not enough, or not steady."""
    for count, name in ((cold, "cold pages"), (further, "further questions")):
        if count < LEAST_RUNS:
            yield f"{count} {name} were measured, fewer than {LEAST_RUNS}"
    if not settled:
        yield "the times of the warm-up did not settle"
    if slowdown is not None and (slowdown.low or slowdown.value) > SLOWER:
        yield f"the sustained run became {slowdown} times as slow"


@contextmanager
def only_benchmark() -> Iterator[bool]:
    """Yield whether no other benchmark of this user runs on the machine."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield True
        return
    user = os.getuid()
    path = Path(tempfile.gettempdir()) / f"pinpoint-bench-{user}.lock"
    try:
        file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    except OSError:
        yield True
        return
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(file)
