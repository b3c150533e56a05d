"""A record of a made-up run, to be changed by a test."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pinpoint_edge.bench.memory import StageMemory
from pinpoint_edge.bench.record.figures import energy, figures
from pinpoint_edge.bench.record.record import (
    BundleFacts,
    DeviceFacts,
    MeasuredAnswer,
    Record,
    SensorSeries,
    Settings,
    SustainedPage,
    Validity,
    WarmUp,
)

STAGES = {"detect": 0.3, "glance": 0.1, "refine": 0.2, "prefill": 0.25, "decode": 0.15}


def answers(count: int, ms: float = 1000.0, anls: float = 0.9, seed: int = 0):
    """Answers to two questions a page, the first of them cold."""
    random = np.random.default_rng(seed)
    for number in range(count):
        cold = number % 2 == 0
        time = ms * (1 if cold else 0.4) * random.uniform(0.95, 1.05)
        right = random.uniform() < anls
        yield MeasuredAnswer(
            round=0, id=f"q{number}", page=f"page-{number // 2}.png", width=600, height=800,
            question=f"What is <b>{number}</b>?", gold=(f"gold {number}",),
            gold_boxes=((50.0, 60.0, 250.0, 90.0),),
            answer=f"gold {number}" if right else None, confidence=0.8,
            boxes=((60.0, 300.0, 260.0, 330.0),) if number % 3 else (),
            anls=float(right), tokens=150, at_s=number * 1.5, ms=time,
            cold_ms=time if cold else None,
            stages={name: time * share for name, share in STAGES.items()} if cold else {},
            joules=time / 1000 * 8.0, taken_s=time / 1000,
        )  # fmt: skip


def record(
    name: str = "small", count: int = 80, ms: float = 1000.0, anls: float = 0.9, seed: int = 0,
    **changes: Any,
) -> Record:  # fmt: skip
    measured = tuple(answers(count, ms, anls, seed))
    sustained = tuple(
        SustainedPage(n * ms / 1000, f"page-{n % 3}.png", ms * (1 + n / 500)) for n in range(60)
    )
    times = tuple(float(t) for t in range(100))
    series = (
        SensorSeries("thermal", "cpu", "°C", times, tuple(50 + t / 10 for t in times)),
        SensorSeries("cpufreq", "cpu 0-3", "MHz", times, (1800.0,) * 100),
        SensorSeries("ina3221", "VDD_IN", "W", times, (8.0,) * 100),
    )
    made = Record(
        schema=1, created="2026-11-30T10:00:00+00:00", version="0.1.0",
        device=DeviceFacts("local", "local", False),
        bundle=BundleFacts(name, "0" * 64, 109_000_000, "onnx", "int4"),
        settings=Settings(30, 3.0, 10.0, threads=2),
        machine={"cpu": "a board", "usable_cores": 4, "load_average": 0.1},
        load_ms=700.0, first_run_ms=ms * 2, warm_up=WarmUp(4, True), answers=measured, changed=(),
        sustained=sustained, memory=(StageMemory("detect", 2 << 20, 1 << 20, 3 << 20),),
        series=series, missing={"rapl": "no counter"}, sampling_share=0.002,
        energy=energy(measured, "ina3221", "the module", (3.0, 0.05)),
        figures=figures(measured, sustained), validity=Validity(True, ()),
    )  # fmt: skip
    return replace(made, **changes)
