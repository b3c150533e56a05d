"""`pinpoint-bench profile`: the operators that take a stage's time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pinpoint_edge.bench.options import plot_option
from pinpoint_edge.commands.group import deliver, output_option, shared_options
from pinpoint_edge.commands.terminal import console, progress

if TYPE_CHECKING:
    from pinpoint_edge.bench.profile import StageProfile

STAGES = ("detect", "glance", "align", "refine", "prefill", "decode")
DRAWN = 5  # types of operators that a plot shows apart
LEAST = 0.005  # share of a stage below which types are shown together


@click.command(
    "profile",
    epilog="Example: pinpoint-bench profile bundles/forms-onnx receipt.jpg --stage decode",
)
@click.argument("bundle")
@click.argument("page")
@click.option(
    "--stage", "stages", type=click.Choice(STAGES), multiple=True,
    help="Of these alone: a prompt is read in prefill, its answer written in decode; repeatable.",
)  # fmt: skip
@click.option("--question", default="What is the total amount?", show_default=True, metavar="Q")
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True, metavar="N")
@click.option("--runs", type=click.IntRange(min=1), default=5, show_default=True, metavar="N")
@click.option(
    "--top", type=click.IntRange(min=0), default=8, show_default=True, metavar="N",
    help="Show that many operators a stage, beside all types.",
)  # fmt: skip
@plot_option("Draw the types' shares a stage.")
@output_option("Write all figures as JSON.")
@shared_options
def command(
    bundle: str,
    page: str,
    stages: tuple[str, ...],
    question: str,
    threads: int,
    runs: int,
    top: int,
    plot: Path | None,
) -> None:
    """Answer QUESTION to PAGE and time every operator of every stage on what it was run on.

    Times are ONNX Runtime's own, for all runs of a stage that the question takes; the first answer
    is not counted. Bundles of other targets are refused.
    """
    from pinpoint_edge.bench import profile
    from pinpoint_edge.bench.machine import run_facts
    from pinpoint_edge.bench.plots import stacked
    from pinpoint_edge.bundle import Bundle
    from pinpoint_edge.evaluation.summary import plain

    wanted = stages or STAGES
    facts = run_facts()
    with progress(len(set(wanted)), "stage") as on_stage:
        found = profile.measure(
            Bundle.open(bundle, check_backends=False),
            page,
            question,
            stages=wanted,
            threads=threads,
            runs=runs,
            on_stage=on_stage,
        )
    figures = {**facts, "threads": threads, "runs": runs, "stages": plain(found)}
    if plot is not None:
        rows = {f"{s.stage} ({s.ms:.1f} ms)": _parts(s) for s in found}
        stacked(plot, "Time of a stage by type of operator", "% of the stage", rows)
    deliver(figures, lambda: _print(found, top))


def _parts(stage: StageProfile) -> list[tuple[str, float]]:
    """The longest types, and the others together."""
    from pinpoint_edge.bench.plots import OTHERS

    parts = [(share.name, share.share * 100) for share in stage.kinds]
    first = sorted(parts, key=lambda part: -part[1])[:DRAWN]
    rest = sum(value for _, value in parts) - sum(value for _, value in first)
    return [*first, (OTHERS, max(rest, 0.0))]


def _print(found: list[StageProfile], top: int) -> None:
    from rich.table import Table

    terminal = console(140)
    for stage in found:
        runs = "run" if stage.runs == 1 else "runs"
        title = f"{stage.stage}: {stage.ms:.2f} ms in {stage.runs} {runs}"
        table = Table(title=title, title_justify="left")
        for name in ("operator", "calls", "ms", "share"):
            table.add_column(name, justify="left" if name == "operator" else "right")
        small = [share for share in stage.kinds if share.calls and share.share < LEAST]
        for share in stage.kinds:
            if share not in small:
                calls = str(share.calls) if share.calls else ""
                table.add_row(share.name, calls, f"{share.ms:.2f}", f"{share.share:.1%}")
        if small:
            ms, part = sum(s.ms for s in small), sum(s.share for s in small)
            name = f"({len(small)} other types)"
            table.add_row(name, str(sum(s.calls for s in small)), f"{ms:.2f}", f"{part:.1%}")
        if top:
            table.add_section()
        for share in stage.operators[:top]:
            shapes = ", ".join(share.shapes[:2])
            table.add_row(
                f"{share.name} ({share.kind}: {shapes})", str(share.calls), f"{share.ms:.2f}",
                f"{share.share:.1%}",
            )  # fmt: skip
        terminal.print(table)
