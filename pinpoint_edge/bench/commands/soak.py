"""`pinpoint-bench soak`: one reader asked again and again, its memory and its handles watched."""

from __future__ import annotations

import click

from pinpoint_edge.bench.commands.latency import demo_page
from pinpoint_edge.commands.bundle_options import RunOn, runtime_options
from pinpoint_edge.commands.group import deliver, output_option, shared_options

QUESTIONS = ("What is the total?", "What is the date?", "What is the passport number?")


@click.command(
    "soak",
    epilog="Example: pinpoint-bench soak bundles/forms-onnx receipt.jpg --questions 20000",
)
@click.argument("bundle")
@click.argument("pages", nargs=-1)
@click.option(
    "--questions", "count", type=click.IntRange(min=10), default=300, show_default=True,
    metavar="N", help="To ask in all.",
)  # fmt: skip
@click.option(
    "--growth", type=click.FloatRange(min=0), default=5.0, show_default=True, metavar="PERCENT",
    help="Most that memory may grow by from the first half to the end.",
)  # fmt: skip
@runtime_options
@output_option()
@shared_options
@click.pass_context
def command(
    ctx: click.Context, bundle: str, pages: tuple[str, ...], count: int, growth: float,
    run_on: RunOn,
) -> None:  # fmt: skip
    """Open PAGES in turn and ask them, always with the same reader.

    Memory, open files and threads are noted ten times; from the first half to the end memory may
    grow by --growth, files and threads not at all, and each answer must be the first one to its
    question. Exit code 1 where they do not hold.
    """
    from pinpoint_edge.bench.soak import soak
    from pinpoint_edge.commands.terminal import progress
    from pinpoint_edge.storage.records import encode

    chosen = pages or (demo_page(),)
    with progress(count, "question") as advance:
        found = soak(bundle, chosen, QUESTIONS, count, growth / 100, run_on, lambda: advance(None))
    lines = [
        f"{s.questions:>7} questions  {s.resident_bytes / 1e6:.0f} MB  {s.files} files  "
        f"{s.threads} threads"
        for s in found.samples
    ]
    lines.append("steady" if not found.faults else "not steady: " + "; ".join(found.faults))
    deliver(encode(found), lambda: click.echo("\n".join(lines)))
    ctx.exit(1 if found.faults else 0)
