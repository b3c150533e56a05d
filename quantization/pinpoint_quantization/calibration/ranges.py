"""Check of the ranges in a calibration set: one half of the runs is tested on the other.

Static quantization fixes the range of a layer's input. Values of a later page that lie outside are
cut off, which may change a digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from pinpoint_edge.bundle import Bundle
from pinpoint_quantization.calibration.calibration_set import Array, CalibrationSet, Feeds
from pinpoint_quantization.onnx.session import session_of

VISION = ("detect", "glance", "align", "refine")
LAYERS = ("Conv", "ConvTranspose", "MatMul", "Gemm")
MOST_OUTSIDE = 1e-4  # share of the values; fewer beyond the range do no harm


@dataclass(frozen=True)
class Range:
    """The input of a layer: its range on the even runs, and the values of the odd runs outside it.

    outside: share of the odd runs' values; reached: the value of them furthest from zero.
    """

    stage: str
    tensor: str
    low: float
    high: float
    outside: float
    reached: float

    @property
    def saturates(self) -> bool:
        """Whether more values lie outside than MOST_OUTSIDE."""
        return self.outside > MOST_OUTSIDE

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def check_ranges(
    bundle: Bundle, data: CalibrationSet, *, threads: int | None = None
) -> list[Range]:
    """Measure the ranges of the vision stages of an ONNX bundle; needs two runs of a stage."""
    return [
        found
        for stage in VISION
        if len(data.feeds.get(stage, ())) > 1
        for found in _stage_ranges(bundle.stage_path(stage), stage, data.of(stage), threads)
    ]


def _stage_ranges(
    path: Path, stage: str, runs: Sequence[Feeds], threads: int | None
) -> list[Range]:
    model = onnx.load(path, load_external_data=False)
    known = {tensor.name for tensor in model.graph.initializer}
    taken = list(
        dict.fromkeys(
            node.input[0]
            for node in model.graph.node
            if node.op_type in LAYERS and node.input[0] not in known
        )
    )
    fed = {value.name for value in model.graph.input}
    taken = [name for name in taken if name not in fed]
    del model.graph.output[:]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in taken)
    session = session_of(model, path.parent, threads=threads)
    low = dict.fromkeys(taken, np.inf)
    high = dict.fromkeys(taken, -np.inf)
    for feeds in runs[::2]:
        for name, values in zip(taken, session.run(taken, dict(feeds)), strict=True):
            low[name] = min(low[name], float(values.min()))
            high[name] = max(high[name], float(values.max()))
    outside = dict.fromkeys(taken, 0)
    count = dict.fromkeys(taken, 0)
    reached = dict.fromkeys(taken, 0.0)
    for feeds in runs[1::2]:
        for name, values in zip(taken, session.run(taken, dict(feeds)), strict=True):
            outside[name] += int(((values < low[name]) | (values > high[name])).sum())
            count[name] += values.size
            reached[name] = max(reached[name], _furthest(values), key=abs)
    return [
        Range(stage, n, low[n], high[n], outside[n] / max(count[n], 1), reached[n]) for n in taken
    ]


def _furthest(values: Array) -> float:
    return max(float(values.min()), float(values.max()), key=abs)
