"""The protocol: idle, load, first run, warm-up, measured rounds, a sustained run.

In the spirit of MLPerf's rules for mobile devices: fixed steps, a least number of runs, percentiles
with intervals, accuracy on the same run, and a verdict with its reasons. docs/benchmarks.md has it
in full.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING

from pinpoint_edge.bench.latency import timed
from pinpoint_edge.bench.machine import machine_facts
from pinpoint_edge.bench.memory import MemoryByStage, import_psutil
from pinpoint_edge.bench.record import watch
from pinpoint_edge.bench.record.figures import energy, figures, thinned
from pinpoint_edge.bench.record.plan import (
    bundle_facts,
    changed,
    measured_answer,
    settled,
    turns,
)
from pinpoint_edge.bench.record.record import (
    DeviceFacts,
    MeasuredAnswer,
    Record,
    Settings,
    SustainedPage,
    Validity,
    WarmUp,
)
from pinpoint_edge.bench.sensors import thermal
from pinpoint_edge.bench.sensors.find import find_sensors
from pinpoint_edge.bench.sensors.sampler import Sampler
from pinpoint_edge.errors import OutputError
from pinpoint_edge.evaluation.ask import ask_page
from pinpoint_edge.runtime.board import Machine, jetson_state
from pinpoint_edge.storage.resumable_log import Log

if TYPE_CHECKING:
    from pinpoint_edge.bundle import Bundle
    from pinpoint_edge.evaluation.dataset import AnnotatedPage
    from pinpoint_edge.reader import PinPoint

MOST_WARM_UPS = 10
BUSY_BEFORE = 0.1


class Run:
    """One bundle on one machine, by the protocol.

    Args:
        bundle: opened, its runtime checked.
        pages: with the questions to ask.
        settings: as in the record.
        log: the answers that are there already, and where new ones go.
        device: the name of the device in the record.
        machine: where sensors look.
        step: called with a step's name and parts; it returns what is called after each part.

    `measure` raises what loading and asking raise.
    """

    def __init__(
        self,
        bundle: Bundle,
        pages: Sequence[AnnotatedPage],
        settings: Settings,
        log: Log[MeasuredAnswer],
        device: DeviceFacts,
        machine: Machine,
        step: Callable[[str, int], Callable[[object], None]],
    ) -> None:
        self._bundle, self._pages, self._settings = bundle, pages, settings
        self._log, self._device, self._machine, self._step = log, device, machine, step
        self._reasons: list[str] = []
        self._memory = MemoryByStage()

    def measure(self) -> Record:
        """Run all steps and return the record."""
        from pinpoint_edge.reader import PinPoint
        from pinpoint_edge.runtime.bundle_source import BundleSource

        settings = self._settings
        if settings.cores is not None:
            import_psutil().Process().cpu_affinity(list(settings.cores))
        facts = machine_facts() | jetson_state(self._machine)
        with ExitStack() as opened:
            if not opened.enter_context(watch.only_benchmark()):
                self._reasons.append("another pinpoint-bench runs on this machine")
            found = find_sensors(self._machine)
            self._sampler = sampler = opened.enter_context(Sampler(found))
            self._start = time.perf_counter()
            watching = watch.Watch(self._machine)
            idle = self._idle(watching)
            self._memory.add("program")

            def load() -> PinPoint:
                source = BundleSource(
                    self._bundle, settings.providers, settings.threads, settings.runtime
                )
                return PinPoint.from_bundle(self._bundle, source)

            reader, load_ms = timed(load)
            opened.enter_context(reader)
            self._memory.add("bundle")
            with reader.observed(self._memory):
                first = self._page_ms(reader, self._pages[0])
            warm_up = self._warm_up(reader)
            watching.start()
            began = time.perf_counter() - self._start
            self._measured(reader)
            sustained = self._sustained(reader)
            ended = time.perf_counter() - self._start
            self._reasons += watching.reasons()
            share = sampler.cost_share
        missing = found.missing | {
            name: f"it stopped: {reason}" for name, reason in sampler.stopped.items()
        }
        answers = tuple(self._log.done.values())
        series = thinned(sampler.series.values(), self._start)
        shown = figures(answers, sustained)
        limits = thermal.limits(self._machine)
        self._reasons += watch.sensor_reasons(series, limits, began, ended)
        cold = sum(a.is_cold for a in answers)
        self._reasons += watch.run_reasons(
            cold, len(answers) - cold, warm_up.settled, shown.get("sustained_slowdown")
        )
        if self._device.emulated:
            self._reasons.append("the device is emulated: its times mean nothing")
        power = found.power
        return Record(
            schema=1,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            version=metadata.version("pinpoint-edge"),
            device=self._device,
            bundle=bundle_facts(self._bundle),
            settings=settings,
            machine=facts,
            load_ms=load_ms,
            first_run_ms=first,
            warm_up=warm_up,
            answers=answers,
            changed=changed(answers),
            sustained=sustained,
            memory=tuple(self._memory.found.values()),
            series=series,
            missing=missing,
            sampling_share=share,
            energy=energy(answers, power.name, power.total.scope, idle)
            if power is not None and power.total is not None and idle is not None
            else None,
            figures=shown,
            validity=Validity(not self._reasons, tuple(self._reasons)),
        )

    def _idle(self, watching: watch.Watch) -> tuple[float, float] | None:
        """Wait and watch; return the idle power and its error, None without a sensor."""
        advance = self._step("idle second", max(1, round(self._settings.idle_s)))
        start = self._sampler.mark()
        end = start + self._settings.idle_s
        while (left := end - time.perf_counter()) > 0:
            time.sleep(min(1.0, left))
            advance(None)
        if (share := watching.other_work()) > BUSY_BEFORE:
            self._reasons.append(f"other work took {share:.0%} of the cores before the run")
        end = self._sampler.mark()
        power = self._sampler.power()
        return None if power is None else power.mean(start, end)

    def _page_ms(self, reader: PinPoint, page: AnnotatedPage) -> float:
        """Open a page and ask its first question; return the milliseconds."""
        (prediction,) = ask_page(reader, page.paths, page.questions[:1])
        assert prediction.cold_ms is not None
        return prediction.cold_ms

    def _warm_up(self, reader: PinPoint) -> WarmUp:
        """Repeat the first page until the last three times are near the three before."""
        advance = self._step("warm-up page", MOST_WARM_UPS)
        times: list[float] = []
        while len(times) < MOST_WARM_UPS:
            times.append(self._page_ms(reader, self._pages[0]))
            advance(None)
            if len(times) >= 4 and settled(times):
                return WarmUp(len(times), True)
        return WarmUp(len(times), settled(times))

    def _measured(self, reader: PinPoint) -> None:
        """Ask all questions of all turns that the log does not hold yet."""
        planned = turns(self._pages, self._settings.runs)
        advance = self._step("page", len(planned))
        for number, page in planned:
            if any((number, question.id) not in self._log.done for question in page.questions):
                for answer in self._asked(reader, number, page):
                    self._keep(answer)
            advance(None)

    def _keep(self, answer: MeasuredAnswer) -> None:
        """Log an answer; where the disk is full, the run goes on without the file."""
        try:
            self._log.add(answer)
        except OutputError as error:
            self._reasons.append(f"an interrupted run could not have been resumed: {error}")
            self._log.path = None
            self._log.add(answer)

    def _asked(
        self, reader: PinPoint, number: int, page: AnnotatedPage
    ) -> Iterator[MeasuredAnswer]:
        """Open a page, ask its questions, and yield each answer with its energy."""
        asking = ask_page(reader, page.paths, page.questions)
        start = self._sampler.mark()
        for question, prediction in zip(page.questions, asking, strict=True):
            end = self._sampler.mark()
            power = self._sampler.power()
            joules = None if power is None else power.joules(start, end)
            yield measured_answer(
                number, page, question, prediction, start - self._start, end - start, joules
            )
            start = self._sampler.mark()

    def _sustained(self, reader: PinPoint) -> tuple[SustainedPage, ...]:
        """Open and ask pages in turn for minutes on end."""
        end = time.perf_counter() + self._settings.sustained_min * 60
        advance = self._step("sustained second", max(1, round(self._settings.sustained_min * 60)))
        found: list[SustainedPage] = []
        begun, shown = time.perf_counter(), 0
        while time.perf_counter() < end:
            page = self._pages[len(found) % len(self._pages)]
            at = time.perf_counter() - begun
            found.append(SustainedPage(at, page.questions[0].image, self._page_ms(reader, page)))
            while shown < min(time.perf_counter(), end) - begun - 1:
                shown += 1
                advance(None)
        return tuple(found)
