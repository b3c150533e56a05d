"""`pinpoint-quantize calibrate`: make a calibration set from your own documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pinpoint_edge.commands.group import FILE_PATH, deliver, shared_options, writable

if TYPE_CHECKING:
    from pinpoint_quantization.calibration.ranges import Range

SHOWN = 5


@click.command(
    "calibrate",
    epilog="Example: pinpoint-quantize calibrate scans/ --bundle bundles/forms-onnx -o scans.npz",
)
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", type=FILE_PATH, required=True, metavar="FILE.npz", callback=writable,
    help="The set.",
)  # fmt: skip
@click.option(
    "--bundle", default="bundles/forms-onnx", show_default=True,
    help="A bundle of the fp32 recipe, which reads the pages.",
)  # fmt: skip
@click.option(
    "--pages", type=click.IntRange(min=1), default=24, show_default=True, metavar="N",
    help="A sample of at most N pages.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the sample.")
@click.option("--skip-held-out", is_flag=True, help="Leave out held-out pages without an error.")
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="Threads of the runtime.")
@shared_options
def command(
    data: Path,
    out: Path,
    bundle: str,
    pages: int,
    seed: int,
    skip_held_out: bool,
    threads: int | None,
) -> None:
    """Read pages of DATA and keep the inputs of each stage.

    DATA is an annotation file (its questions are asked, its answers are the true ones), a folder of
    images and PDFs, or one such file (with a few general questions). Held-out pages are refused.
    The ranges of each stage are measured on one half of the pages and tested on the other; tensors
    that saturate are listed.
    """
    from pinpoint_edge.bundle import Bundle
    from pinpoint_edge.commands.terminal import progress
    from pinpoint_quantization.calibration.collect import collect
    from pinpoint_quantization.calibration.pages import sample
    from pinpoint_quantization.calibration.ranges import check_ranges

    chosen = sample(data, pages, seed=seed, skip_held_out=skip_held_out)
    opened = Bundle.open(bundle)
    with progress(len(chosen)) as on_page:
        found = collect(opened, chosen, threads=threads, on_page=on_page)
    ranges = (
        check_ranges(opened, found, threads=threads) if opened.manifest.target == "onnx" else []
    )
    found.save(out)
    saturating = sorted((r for r in ranges if r.saturates), key=lambda r: -r.outside)
    figures = {
        "set": str(out),
        "digest": found.digest(),
        "pages": len(chosen),
        "runs": {stage: len(runs) for stage, runs in found.feeds.items()},
        "tensors": len(ranges),
        "saturating": [r.to_json() for r in saturating],
    }

    def show() -> None:
        runs = ", ".join(f"{stage} {len(runs)}" for stage, runs in found.feeds.items())
        click.echo(f"{out}: {len(chosen)} pages, runs of {runs}; digest {found.digest()}")
        _show(saturating, len(ranges))

    deliver(figures, show)


def _show(saturating: list[Range], tensors: int) -> None:
    if not tensors:
        click.echo("ranges were not checked: that needs an ONNX bundle")
        return
    click.echo(
        f"{len(saturating)} of {tensors} tensors leave the range of one half of the pages on the "
        "other half"
    )
    for item in saturating[:SHOWN]:
        click.echo(
            f"  {item.stage} {item.tensor}: {item.outside:.3%} of the values are outside "
            f"{item.low:.3g} .. {item.high:.3g}, up to {item.reached:.3g}"
        )
    if saturating:
        click.echo("  more pages, or other kinds of pages, make a better set")
