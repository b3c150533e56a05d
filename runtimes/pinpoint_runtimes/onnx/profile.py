"""The time of every operator of a stage, from ONNX Runtime's own profiler.

A profiled stage is loaded with the options of `pinpoint_runtimes.onnx.runtime`. The profiler itself
takes a few microseconds for each operator, which it does not count.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pinpoint_runtimes.errors import SessionError

if TYPE_CHECKING:
    from pinpoint_runtimes.onnx.runtime import OnnxKVCache, OnnxSession


@dataclass(frozen=True)
class OperatorTime:
    """One operator in one run: the node's name, its type, its input shapes, and milliseconds.

    The operators inside a Scan, If or Loop are listed separately; its time is without theirs.
    """

    node: str
    kind: str
    shapes: tuple[str, ...]
    ms: float


@dataclass(frozen=True)
class ProfiledRun:
    """One run of a stage: its milliseconds and its operators, whose sum is less."""

    ms: float
    operators: tuple[OperatorTime, ...]


def finish(stage: OnnxSession | OnnxKVCache) -> list[ProfiledRun]:
    """End the profiling of a stage that is loaded with `profile` and return its runs in order.

    The profiler's file is removed. Raises SessionError when the stage was not profiled.
    """
    path = Path(stage._session.end_profiling())
    if not path.is_file():
        raise SessionError(f"{stage.path}: it was not profiled; load it with `profile`.")
    try:
        return read(path)
    finally:
        path.unlink()


def read(path: Path) -> list[ProfiledRun]:
    """Read a profiler's file; raises SessionError for another file."""
    try:
        events = json.loads(path.read_text("utf-8"))
        runs = sorted(
            (event for event in events if event["name"] == "model_run"), key=lambda e: e["ts"]
        )
        nodes = sorted(
            (event for event in events if event["name"].endswith("_kernel_time")),
            key=lambda e: (e["ts"], -e["dur"]),
        )
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise SessionError(f"{path}: no profile of ONNX Runtime ({error}).") from error
    own = _own_times(nodes)
    found = []
    at = 0
    for run in runs:
        inside = []
        while at < len(nodes) and nodes[at]["ts"] <= run["ts"] + run["dur"]:
            if nodes[at]["ts"] >= run["ts"]:
                inside.append(_operator(nodes[at], own[at]))
            at += 1
        found.append(ProfiledRun(run["dur"] / 1e3, tuple(inside)))
    return found


def _own_times(nodes: list[dict[str, Any]]) -> list[int]:
    """Return the microseconds of each event without those of the operators inside it.

    A Scan, If or Loop spans its body, which would count twice. Events are in order of their start,
    the longer first where starts are equal.
    """
    own = [int(node["dur"]) for node in nodes]
    open_nodes: list[int] = []
    for at, node in enumerate(nodes):
        while open_nodes:
            outer = nodes[open_nodes[-1]]
            if node["ts"] < outer["ts"] + outer["dur"]:
                own[open_nodes[-1]] -= node["dur"]
                break
            open_nodes.pop()
        open_nodes.append(at)
    return [max(time, 0) for time in own]


def _operator(event: dict[str, Any], microseconds: int) -> OperatorTime:
    arguments = event.get("args", {})
    shapes = tuple(
        f"{kind} {'x'.join(map(str, shape))}"
        for item in arguments.get("input_type_shape", [])
        for kind, shape in item.items()
    )
    name = event["name"].removesuffix("_kernel_time")
    return OperatorTime(name, arguments.get("op_name", ""), shapes, microseconds / 1e3)
