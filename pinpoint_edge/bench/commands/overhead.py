"""`pinpoint-bench overhead`: the time that our sessions add to the runtime called directly."""

from __future__ import annotations

import click

from pinpoint_edge.commands.group import deliver, output_option, shared_options


@click.command(
    "overhead",
    epilog="Example: pinpoint-bench overhead bundles/forms-onnx demo/documents/receipt.jpg",
)
@click.argument("bundle")
@click.argument("page")
@click.option("--question", default="What is the total amount?", show_default=True, metavar="Q")
@click.option("--runtime", metavar="NAME", help="onnx, executorch or litert; default: its own.")
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True, metavar="N")
@click.option("--runs", type=click.IntRange(min=1), default=50, show_default=True, metavar="N")
@output_option()
@shared_options
def command(
    bundle: str,
    page: str,
    question: str,
    runtime: str | None,
    threads: int,
    runs: int,
) -> None:
    """Run every vision stage of BUNDLE by turns through its session and without it.

    The inputs are those that QUESTION to PAGE gives; ratios are of neighbouring runs.
    """
    from pinpoint_edge.bench import overhead
    from pinpoint_edge.bench.machine import run_facts
    from pinpoint_edge.bundle import Bundle
    from pinpoint_edge.commands.terminal import progress
    from pinpoint_edge.evaluation.summary import plain

    facts = run_facts()
    with progress(len(overhead.VISION), "stage") as on_stage:
        found = overhead.measure(
            Bundle.open(bundle, check_backends=False),
            page,
            question,
            runtime=runtime,
            threads=threads,
            runs=runs,
            on_stage=on_stage,
        )

    def show() -> None:
        for item in found:
            click.echo(
                f"{item.stage:7} runtime alone {item.direct:8.2f} ms, "
                f"session {item.session:8.2f} ms: {item.added:+.1%}"
            )

    figures = {**facts, "stages": plain(found)}
    deliver(figures, show)
