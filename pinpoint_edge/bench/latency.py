"""How long one page takes on this machine: cold, warm, and the next question on an open page."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, Unpack

from pinpoint_edge.bench.memory import peak_rss
from pinpoint_edge.evaluation.summary import Spread, spread

if TYPE_CHECKING:
    from pinpoint_edge.commands.bundle_options import RunOn
    from pinpoint_edge.result import Answer

T = TypeVar("T")

FIRST_QUESTION = "What is the total amount?"
NEXT_QUESTION = "What is the date?"


@dataclass(frozen=True)
class Latency:
    """Milliseconds, but for `peak_rss_bytes`.

    `load` is the loading of the bundle in this process and `first_run` the first page after it,
    opened and asked once: sessions are made and caches are filled then. `page` is a warm page with
    its first question, `stages` its parts, `next_question` a further one on the open page. The
    file cache of the system may be warm from earlier processes.
    """

    regions: int
    prompt_tokens: int
    answer_tokens: int
    runs: int
    load: float
    first_run: float
    page: Spread
    next_question: Spread
    stages: dict[str, Spread]
    peak_rss_bytes: int | None


def measure(
    bundle: str,
    page: str,
    *,
    question: str = FIRST_QUESTION,
    next_question: str = NEXT_QUESTION,
    runs: int = 30,
    on_run: Callable[[object], None] = lambda run: None,
    **run_on: Unpack[RunOn],
) -> Latency:
    """Load a bundle, open `page` and ask `question` once cold and `runs` times warm.

    Raises what loading and asking raise: BundleError, BackendError, PageError, InstructionError.
    """
    # The program's own import is not the bundle's loading.
    from pinpoint_edge.reader import PinPoint

    model, load = timed(lambda: PinPoint.load(bundle, **run_on))
    stages: dict[str, list[float]] = defaultdict(list)
    pages: list[float] = []
    nexts: list[float] = []
    with model:

        def once() -> tuple[Answer, dict[str, float], float]:
            document, opening_ms = timed(lambda: model.open(page))
            answer, ask_ms = timed(lambda: document.ask(question))
            _, next_ms = timed(lambda: document.ask(next_question))
            nexts.append(next_ms)
            return answer, {**document.timings, **answer.timings}, opening_ms + ask_ms

        answer, _, first_run = once()
        nexts.clear()
        for run in range(runs):
            answer, timings, page_ms = once()
            pages.append(page_ms)
            for stage, ms in timings.items():
                stages[stage].append(ms)
            on_run(run)
        regions = len(model.open(page).regions)
    return Latency(
        regions=regions,
        prompt_tokens=answer.tokens.prompt,
        answer_tokens=answer.tokens.answer,
        runs=runs,
        load=load,
        first_run=first_run,
        page=spread(pages),
        next_question=spread(nexts),
        stages={name: spread(times) for name, times in stages.items()},
        peak_rss_bytes=peak_rss(),
    )


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Return what `work` returns, and the milliseconds that it took."""
    start = time.perf_counter()
    result = work()
    return result, (time.perf_counter() - start) * 1000
