"""`pinpoint-bench latency`: the time and memory of one page on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pinpoint_edge.commands.bundle_options import RunOn, runtime_options
from pinpoint_edge.commands.group import deliver, output_option, shared_options
from pinpoint_edge.commands.terminal import console, megabytes, progress

if TYPE_CHECKING:
    from pinpoint_edge.bench.latency import Latency
    from pinpoint_edge.bench.memory import StageMemory

# Where a checkout keeps its demo documents.
DEMO_DOCUMENTS = Path("demo/documents")
_PAGES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".pdf"})


@click.command(
    "latency",
    epilog="Example: pinpoint-bench latency bundles/forms-onnx receipt.jpg --threads 2",
)
@click.argument("bundle")
@click.argument("page", required=False)
@runtime_options
@click.option("--question", metavar="Q", help="The page's first question.")
@click.option("--next-question", metavar="Q", help="The question asked on the open page.")
@click.option("--runs", type=click.IntRange(min=1), default=30, show_default=True, metavar="N")
@click.option(
    "--memory", is_flag=True, help="Also show the memory after each stage of a first question."
)
@output_option()
@shared_options
def command(
    bundle: str,
    page: str | None,
    run_on: RunOn,
    question: str | None,
    next_question: str | None,
    runs: int,
    memory: bool,
) -> None:
    """Load BUNDLE, open PAGE and ask it: once cold, then --runs times warm.

    Without PAGE the first document of demo/documents is taken, where the current folder has one.
    """
    from pinpoint_edge.bench import latency
    from pinpoint_edge.bench import memory as process_memory
    from pinpoint_edge.bench.machine import run_facts
    from pinpoint_edge.evaluation.summary import plain

    chosen = page or demo_page()
    facts = run_facts()
    held: list[StageMemory] = []
    if memory:  # first: a peak is that of the whole process until then
        held = process_memory.by_stage(bundle, chosen, question or latency.FIRST_QUESTION, **run_on)
    with progress(runs, "run") as on_run:
        measured = latency.measure(
            bundle,
            chosen,
            question=question or latency.FIRST_QUESTION,
            next_question=next_question or latency.NEXT_QUESTION,
            runs=runs,
            on_run=on_run,
            **run_on,
        )
    figures = {**facts, "page": chosen, "ms": plain(measured)}
    figures |= {"memory": plain(held)} if memory else {}

    def show() -> None:
        machine = facts["machine"]
        title = "{cpu}, {usable_cores} cores, load {load_average}".format(**machine)
        _print(measured, title)
        if memory:
            _print_memory(held)

    deliver(figures, show)


def demo_page() -> str:
    if DEMO_DOCUMENTS.is_dir():
        for path in sorted(DEMO_DOCUMENTS.iterdir()):
            if path.suffix.lower() in _PAGES:
                return str(path)
    from pinpoint_edge.errors import OptionError

    raise OptionError(
        f"no PAGE was given and {DEMO_DOCUMENTS} has none here; name a page, "
        "as in: pinpoint-bench latency BUNDLE receipt.jpg"
    )


def _print(measured: Latency, machine: str) -> None:
    from rich.table import Table

    table = Table(title=machine, title_justify="left")
    for name in ("", "p50 ms", "p90 ms"):
        table.add_column(name, justify="right" if name else "left")
    table.add_row("load the bundle", f"{measured.load:.1f}", "")
    table.add_row("first page and question", f"{measured.first_run:.1f}", "")
    table.add_section()
    for stage, times in measured.stages.items():
        table.add_row(f"  {stage}", f"{times.p50:.1f}", f"{times.p90:.1f}")
    table.add_row("warm page and question", f"{measured.page.p50:.1f}", f"{measured.page.p90:.1f}")
    table.add_row(
        "next question on it",
        f"{measured.next_question.p50:.1f}",
        f"{measured.next_question.p90:.1f}",
    )
    terminal = console()
    terminal.print(table)
    terminal.print(
        f"{measured.runs} warm runs; {measured.regions} regions, {measured.prompt_tokens} prompt "
        f"and {measured.answer_tokens} answer tokens; peak RSS {megabytes(measured.peak_rss_bytes)}"
    )


def _print_memory(held: list[StageMemory]) -> None:
    from rich.table import Table

    table = Table(title="memory after each step of the first question", title_justify="left")
    for name in ("", "resident", "of it mapped", "peak"):
        table.add_column(name, justify="right" if name else "left")
    for step in held:
        sizes = (step.resident_bytes, step.mapped_bytes, step.peak_bytes)
        table.add_row(step.stage, *map(megabytes, sizes))
    console().print(table)
