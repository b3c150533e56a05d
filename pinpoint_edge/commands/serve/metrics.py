"""Figures for those who watch the service, in the text format of Prometheus."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.requests import Request
from starlette.responses import Response

Handler = Callable[[Request], Awaitable[Response]]
SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120)


class Metrics:
    """The figures of one service."""

    def __init__(self, bundle: str) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "pinpoint_requests",
            "Requests by kind and outcome.",
            ["kind", "outcome"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "pinpoint_request_seconds",
            "Time of a request.",
            ["kind"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._stages = Counter(
            "pinpoint_stage_seconds",
            "Time spent in a step of answers.",
            ["stage"],
            registry=self._registry,
        )
        self.waiting = Gauge(
            "pinpoint_requests_here", "Requests that wait or run.", registry=self._registry
        )
        Gauge("pinpoint_info", "The bundle.", ["bundle"], registry=self._registry).labels(
            bundle
        ).set(1)

    def measured(self, kind: str, handler: Handler) -> Handler:
        """Wrap a handler so that its requests are counted and timed."""

        async def counted(request: Request) -> Response:
            start, outcome = time.perf_counter(), "ok"
            try:
                return await handler(request)
            except Exception as error:
                outcome = getattr(error, "code", type(error).__name__.lower())
                raise
            finally:
                self._requests.labels(kind, outcome).inc()
                self._seconds.labels(kind).observe(time.perf_counter() - start)

        return counted

    def stages(self, timings: Mapping[str, float]) -> None:
        """Add the milliseconds of an answer's steps."""
        for stage, milliseconds in timings.items():
            self._stages.labels(stage).inc(milliseconds / 1e3)

    def text(self) -> bytes:
        """Return all figures."""
        return generate_latest(self._registry)
