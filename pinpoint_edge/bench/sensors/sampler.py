"""All sensors sampled in a thread, and what the sampling itself costs."""

from __future__ import annotations

import threading
import time
from collections import defaultdict

from pinpoint_edge.bench.sensors.energy import Power, Series, total_power
from pinpoint_edge.bench.sensors.find import Found
from pinpoint_edge.bench.sensors.sensor import Sensor, SensorStopped

INTERVAL_S = 0.1
COST_SHARE = 0.004
"""A slow sensor is asked less often, so that it takes at most this part of the time."""
QUICK_S = 0.002
"""A sensor that takes longer is not asked at the ends of an answer."""


class Sampler:
    """Samples sensors from `with` to its end.

    Attributes:
        found: the sensors.
        series: by sensor and channel; they grow while the sampler runs.
        stopped: why a sensor gave nothing more, by its name.
    """

    def __init__(self, found: Found, interval_s: float = INTERVAL_S) -> None:
        self.found, self._interval = found, interval_s
        self.series = {
            (sensor.name, channel.name): Series(sensor.name, channel)
            for sensor in found.sensors
            for channel in sensor.channels
        }
        self.stopped: dict[str, str] = {}
        self._costs: dict[str, list[float]] = defaultdict(list)
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="sensors", daemon=True)
        self._started = self._cpu = 0.0

    def __enter__(self) -> Sampler:
        self._started = time.perf_counter()
        for sensor in self.found.sensors:
            self._sample(sensor)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        self.found.close()

    @property
    def cost_share(self) -> float:
        """The processor time of the sampling thread, as a part of one core's time until now."""
        return self._cpu / max(time.perf_counter() - self._started, 1e-9)

    def power(self) -> Power | None:
        """Return the total power until now; None where no sensor knows it."""
        sensor = self.found.power
        if sensor is None:
            return None
        with self._lock:
            return total_power(sensor, list(self.series.values()))

    def mark(self) -> float:
        """Sample the power now, where that is quick, and return the time: an answer's end."""
        power = self.found.power
        if power is not None and power.name not in self.stopped:
            costs = self._costs[power.name]
            if costs and sum(costs) / len(costs) < QUICK_S:
                self._sample(power)
        return time.perf_counter()

    def _follow(self) -> None:
        due = {sensor.name: 0.0 for sensor in self.found.sensors}
        while not self._end.is_set():
            for sensor in self.found.sensors:
                now = time.perf_counter()
                if sensor.name in self.stopped or due[sensor.name] > now:
                    continue
                took = self._sample(sensor)
                due[sensor.name] = now + max(self._interval, took / COST_SHARE)
            self._cpu = time.thread_time()
            self._end.wait(self._interval / 2)

    def _sample(self, sensor: Sensor) -> float:
        """Sample one sensor; return the seconds that it took."""
        with self._lock:
            start = time.perf_counter()
            try:
                values = sensor.sample()
            except SensorStopped as error:
                self.stopped.setdefault(sensor.name, str(error))
                return 0.0
            end = time.perf_counter()
            for name, value in values.items():
                series = self.series[sensor.name, name]
                series.times.append((start + end) / 2)
                series.values.append(value)
            costs = self._costs[sensor.name]
            costs.append(end - start)
            del costs[:-20]
            return sorted(costs)[len(costs) // 2]
