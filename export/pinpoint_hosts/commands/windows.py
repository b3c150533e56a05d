"""`pinpoint-train windows`: a head for a host, from annotated questions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pinpoint_train.commands.options import FILE, FOLDER, run_options

if TYPE_CHECKING:
    from pinpoint_train.training.run import TrainingRun

CARD = """# Head of windows

Guidance queries and two projections for the host `{family}`, trained on {examples} questions of
`{data}`. The most relevant window holds evidence for {top_one:.1%} of the training's questions.
It fits this host's weights only.
"""


@click.command(
    "windows",
    epilog="Example: pinpoint-train windows SmolVLM-256M --data qa.jsonl --steps 2000",
)
@click.argument("host", type=FOLDER)
@click.option(
    "--data", type=FILE, required=True, metavar="QA.jsonl",
    help="Annotated questions; the host's own attention stands in for boxes that are not there.",
)  # fmt: skip
@click.option("--queries", type=click.IntRange(1), default=100, show_default=True)
@click.option("--width", type=click.IntRange(1), default=256, show_default=True,
              help="Width of the shared space.")  # fmt: skip
@click.option("--window", type=click.FloatRange(0, 1, min_open=True), default=10 / 32,
              help="Side of a window as a share of the page. [default: 10/32]")  # fmt: skip
@click.option("--stride", type=click.FloatRange(0, 1, min_open=True), default=7 / 32,
              help="Step between windows as a share of the page. [default: 7/32]")  # fmt: skip
@click.option("--intra", type=float, default=0.5, show_default=True,
              help="Weight of the loss between windows of a page.")  # fmt: skip
@click.option("--box", type=float, default=1.0, show_default=True, help="Weight of the box loss.")
@click.option("--answer", type=float, default=0.0, show_default=True,
              help="Weight of the answer loss; above 0 the host reads each window.")  # fmt: skip
@click.option("--rate", type=float, default=1e-3, show_default=True, help="Peak learning rate.")
@run_options("runs/windows")
def command(
    run: TrainingRun,
    host: Path,
    data: Path,
    queries: int,
    width: int,
    window: float,
    stride: float,
    intra: float,
    box: float,
    answer: float,
    rate: float,
) -> None:
    """Train guidance queries and projections on the small page; the host stays as it is.

    The head is written as windows.safetensors; docs/hosts.md goes on from there.
    """
    from pinpoint_edge.evaluation.dataset import load_dataset
    from pinpoint_hosts.head import HeadShape, head_inputs
    from pinpoint_hosts.opening import open_host
    from pinpoint_hosts.pages import asked_pages
    from pinpoint_hosts.training import examples, fresh_head, top_one, train

    opened = open_host(host)
    pages = [page for page in load_dataset(data) if page.questions[0].use == "train"]
    vision, text = head_inputs(opened)
    shape = HeadShape(vision, text, width, queries, window, stride)
    made = examples(opened, asked_pages(pages), shape, with_answers=answer > 0)
    run.restart_clock()
    head = train(fresh_head(made, shape), made, run, rate=rate, intra=intra, box=box, answer=answer)
    found = top_one(head, made)
    facts = {"family": opened.family, "data": data.name, "examples": len(made), "top_one": found}
    head.save(run.out / "windows.safetensors", facts)
    (run.out / "windows.md").write_text(CARD.format(**facts), encoding="utf-8")
    run.log("written", head=str(run.out / "windows.safetensors"), top_one=found)
