"""What an export tells on stderr: one line a step, with elapsed and expected time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

from pinpoint_export.bundling.plan import PlannedStage

Report = Callable[[str], None]


class Progress:
    """Counts stages and corrects the expected time by what the finished ones took.

    report: gets a line for every step; show: gets the line of the moment, again and again.
    """

    def __init__(
        self,
        stages: Sequence[PlannedStage],
        jobs: int,
        report: Report,
        show: Report = lambda line: None,
    ) -> None:
        self._numbers = {stage.key: number for number, stage in enumerate(stages, 1)}
        self._pending = {stage.key: stage for stage in stages if stage.entry is None}
        self._started: dict[str, float] = {}
        self._jobs = jobs
        self._report, self._show = report, show
        self._start = time.monotonic()
        self._planned = self._taken = 0.0
        self._last = ""
        for stage in stages:
            if stage.entry is not None:
                self._say(stage, "from the cache")

    def step(self, stage: PlannedStage, step: str) -> None:
        """Say that a stage is being lowered or measured."""
        self._started.setdefault(stage.key, time.monotonic())
        self._say(stage, f"{step}  elapsed {self._elapsed()}, {self._left()}")

    def done(self, stage: PlannedStage, seconds: float, note: str) -> None:
        """Say what came of a stage; `seconds` is what it took."""
        self._planned += stage.estimate.seconds
        self._taken += seconds
        del self._pending[stage.key]
        self._say(stage, f"{note}  elapsed {self._elapsed()}, {self._left()}")

    def tick(self) -> None:
        """Refresh the line of the moment."""
        self._show(f"{self._last}elapsed {self._elapsed()}, {self._left()}")

    def tell(self, line: str) -> None:
        """Report a line of its own."""
        self._report(line)

    def expected(self) -> float:
        """Return the seconds that are left: estimates, at the pace of the finished stages."""
        now = time.monotonic()
        pace = self._taken / self._planned if self._planned else 1.0
        left = [
            max(0.0, pace * stage.estimate.seconds - (now - self._started.get(key, now)))
            for key, stage in self._pending.items()
        ]
        return max(sum(left) / self._jobs, max(left, default=0.0))

    def _say(self, stage: PlannedStage, text: str) -> None:
        head = f"[{self._numbers[stage.key]}/{len(self._numbers)}] {stage.title}  "
        self._last = head + text.split("  ")[0] + "  "
        self._report(head + text)

    def _elapsed(self) -> str:
        return _duration(time.monotonic() - self._start)

    def _left(self) -> str:
        return f"about {_duration(self.expected())} left"


@contextmanager
def on_terminal() -> Iterator[tuple[Report, Report]]:
    """Yield `report` and `show` for stderr: plain lines, and on a terminal a live one below."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False, markup=False)
    if not console.is_terminal:
        yield lambda line: click.echo(line, err=True), lambda line: None
        return
    with console.status("starting") as status:
        yield console.print, status.update


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
