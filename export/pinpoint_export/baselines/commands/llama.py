"""`pinpoint-bench llama`: our decode stage against llama.cpp."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pinpoint_edge.commands.group import FILE_PATH, deliver, output_option, shared_options
from pinpoint_edge.commands.terminal import console, progress

if TYPE_CHECKING:
    from pinpoint_export.baselines.decode_speed import SpeedComparison


@click.command(
    "llama",
    epilog="Example: pinpoint-bench llama bundles/forms-int4 --gguf model.Q4_0.gguf --threads 2",
)
@click.argument("bundle")
@click.option(
    "--gguf", type=FILE_PATH, metavar="FILE",
    help="The model for llama.cpp, default SmolLM2-135M as it comes; where it is not Q4_0 or Q4_1, "
    "these are made of it.",
)  # fmt: skip
@click.option("--threads", type=click.IntRange(min=1), default=2, show_default=True, metavar="N")
@click.option(
    "--prompt", "prompts", type=click.IntRange(min=1), multiple=True, default=(150, 380),
    show_default=True, metavar="TOKENS", help="Length of a prompt; may be given several times.",
)  # fmt: skip
@click.option("--steps", type=click.IntRange(min=1), default=32, show_default=True, metavar="N")
@click.option("--runs", type=click.IntRange(min=1), default=10, show_default=True, metavar="N")
@output_option()
@shared_options
def command(
    bundle: str,
    gguf: Path | None,
    threads: int,
    prompts: tuple[int, ...],
    steps: int,
    runs: int,
) -> None:
    """Read prompts and write tokens by turns with BUNDLE's decode stage and with llama.cpp.

    Both run on as many threads, over the same ids. A ratio above 1 says that BUNDLE is faster than
    the faster of Q4_0 and Q4_1. Keep the machine idle: llama.cpp's threads wait for one another.
    """
    from pinpoint_edge.bench.machine import run_facts
    from pinpoint_edge.bundle import Bundle
    from pinpoint_edge.evaluation.summary import plain
    from pinpoint_export.baselines import decode_speed
    from pinpoint_export.baselines.llama_cpp import facts
    from pinpoint_models.decoder.gguf_file import installed_smollm2
    from pinpoint_runtimes.cache import cache_folder

    run, package = run_facts(), facts()
    warn_if_busy(run["machine"]["load_average"], threads)
    with progress(len(prompts) * (runs + 1), "run") as on_run:
        found = decode_speed.measure(
            Bundle.open(bundle),
            gguf or installed_smollm2(),
            cache_folder("gguf"),
            threads=threads,
            prompts=prompts,
            steps=steps,
            runs=runs,
            on_run=on_run,
        )
    figures = {
        **run,
        "llama.cpp": package,
        "threads": threads,
        "steps": steps,
        "comparisons": plain(found),
    }

    def show() -> None:
        _print(found, threads, package["package"], ", ".join(package["instructions"]))

    deliver(figures, show)


def warn_if_busy(load: float | None, threads: int) -> None:
    """Say on stderr when other work will spoil the figures."""
    free = (os.cpu_count() or 1) - (load or 0.0)
    if free < threads - 0.5:
        click.echo(
            f"warning: {load:.1f} processes run beside this one, so {threads} threads will wait "
            "for one another; figures of an idle machine differ",
            err=True,
        )


def _print(found: list[SpeedComparison], threads: int, package: str, instructions: str) -> None:
    from rich.table import Table

    title = rf"tokens/s on {threads} threads, median \[p10, p90]"
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for rate in found[0].rates:
        table.add_column(rate.engine, justify="right")
    table.add_column("ratio to the faster", justify="right")
    for each in found:
        cells = [rf"{r.p50:.1f} \[{r.p10:.1f}, {r.p90:.1f}]" for r in each.rates]
        ratio = rf"{each.ratio:.2f} \[{each.ratio_p10:.2f}, {each.ratio_p90:.2f}]"
        table.add_row(f"{each.phase}, prompt of {each.tokens}", *cells, ratio)
    terminal = console(140)
    terminal.print(table)
    terminal.print(
        f"{found[0].runs} runs; {package}, compiled for {instructions}",
        markup=False,
        soft_wrap=True,
    )
