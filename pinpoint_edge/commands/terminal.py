"""The terminal: tables, numbers that may be unknown, and progress on stderr.

Progress is a bar on a terminal, plain lines in a log.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

LINE_EVERY_S = 15.0


def console(width: int = 160) -> Console:
    """Return a console for tables, of this width where the output goes to no terminal."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else width, highlight=False)


def corners(box: Sequence[float]) -> str:
    """Return a box as "[10, 20, 30, 40]"."""
    return "[" + ", ".join(f"{value:.0f}" for value in box) + "]"


def megabytes(size: int | None) -> str:
    """Return "120 MB", or "unknown" where the system does not say."""
    return "unknown" if size is None else f"{size / 1e6:.0f} MB"


@contextmanager
def progress(total: int, unit: str = "page") -> Iterator[Callable[[object], None]]:
    """Yield a function to call after each of `total` pages, or of another unit."""
    if not sys.stderr.isatty():
        yield _lines(total, unit)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn(f"{unit}s"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(unit, total=total)
        yield lambda _: bar.advance(task)


@contextmanager
def page_progress(quiet: bool) -> Iterator[Callable[[int, int, object], None]]:
    """Yield what `PinPoint.open` takes as `on_page`: it shows the pages of a longer document."""
    with ExitStack() as shown:
        advance: Callable[[object], None] = print

        def on_page(number: int, count: int, page: object) -> None:
            nonlocal advance
            if quiet or count < 2:
                return
            if number == 1:
                shown.close()
                advance = shown.enter_context(progress(count))
            advance(page)
            if number == count:
                shown.close()

        yield on_page


def _lines(total: int, unit: str) -> Callable[[object], None]:
    start = last = time.monotonic()
    done = 0

    def advance(_: object) -> None:
        nonlocal done, last
        done += 1
        now = time.monotonic()
        if now - last >= LINE_EVERY_S or done == total:
            last = now
            left = (now - start) / done * (total - done)
            print(f"{unit} {done} of {total}, about {left:.0f} s left", file=sys.stderr, flush=True)

    return advance
