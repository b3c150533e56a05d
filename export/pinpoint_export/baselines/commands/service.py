"""`pinpoint-bench service`: a service of the bundle under load, against the library."""

from __future__ import annotations

from pathlib import Path

import click

from pinpoint_edge.commands.group import deliver, output_option, shared_options


@click.command(
    "service",
    epilog="Example: pinpoint-bench service bundles/forms-onnx-int4 demo/documents/receipt.jpg",
)
@click.argument("bundle")
@click.argument("page", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--question", default="What is the total amount?", show_default=True, metavar="Q")
@click.option("--runs", type=click.IntRange(min=2), default=50, show_default=True, metavar="N")
@click.option("--requests", type=click.IntRange(min=10), default=200, show_default=True)
@click.option("--clients", type=click.IntRange(min=1), default=20, show_default=True)
@click.option("--readers", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True, metavar="N")
@output_option()
@shared_options
def command(
    bundle: str,
    page: Path,
    question: str,
    runs: int,
    requests: int,
    clients: int,
    readers: int,
    threads: int,
) -> None:
    """Start `pinpoint serve BUNDLE` and ask QUESTION to PAGE, by turns with the library.

    Then CLIENTS send REQUESTS side by side: answers are compared, statuses counted, and the
    service's memory is taken once it is warm and at the end. Needs the extras serve and bench of
    pinpoint-edge.
    """
    from dataclasses import asdict

    from pinpoint_edge.bench.machine import run_facts
    from pinpoint_edge.commands.terminal import progress
    from pinpoint_export.baselines.service import WARM, measure

    facts = run_facts()
    with progress(runs + WARM + requests, "question") as on_done:
        found = measure(
            bundle,
            page,
            question,
            runs=runs,
            requests=requests,
            clients=clients,
            readers=readers,
            threads=threads,
            on_done=on_done,
        )

    def show() -> None:
        for name, spread in (("service", found.service_ms), ("library", found.library_ms)):
            click.echo(f"{name:8} median {spread['median']:7.0f} ms, p95 {spread['p95']:7.0f} ms")
        click.echo(f"p95 of the service: {found.p95_ratio:.2f} times the library's")
        statuses = ", ".join(f"{count} x {status}" for status, count in found.statuses.items())
        click.echo(f"{found.clients} clients, {found.per_second:.1f} a second: {statuses}")
        click.echo(f"answers unlike the library's: {found.wrong}")
        grown = found.end_bytes / max(found.warm_bytes, 1) - 1
        click.echo(f"memory {found.end_bytes / 1e6:.0f} MB at the end, {grown:+.1%} since warm")

    deliver({**facts, **asdict(found)}, show)
