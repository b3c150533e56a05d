"""Observers of a reader come and go, each by itself."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from pinpoint_edge.reader import PinPoint
from pinpoint_edge.runtime.stages import Observer, Stages


@dataclass
class Counter(Observer):
    loads: int = 0

    def loaded(self, stage: str) -> None:
        self.loads += 1


def test_equal_observers_leave_each_by_itself() -> None:
    stages = Stages(cast(Any, SimpleNamespace(session=lambda stage: SimpleNamespace(
        inputs=(), outputs=()))))  # fmt: skip
    reader = PinPoint(cast(Any, SimpleNamespace(stages=stages)))
    outer, inner = Counter(), Counter()
    with reader.observed(outer):
        with reader.observed(inner):
            assert outer == inner
        stages.session("detect")
    assert (outer.loads, inner.loads) == (1, 0)
    assert stages.observers == []
