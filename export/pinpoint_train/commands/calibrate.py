"""`pinpoint-train calibrate`: fit the weights of a confidence."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pinpoint_edge.errors import DataError
from pinpoint_edge.storage.atomic import check_writable, write_json
from pinpoint_train.commands.options import FILE, NEW_FILE, debug_option


@click.command(
    "calibrate",
    epilog="Example: pinpoint-train calibrate --data train30.jsonl --predictions answers.jsonl "
    "--bundle bundles/forms-onnx-int4 --out runs/confidence.json",
)
@click.option(
    "--data", multiple=True, required=True, type=FILE,
    help="Annotated training questions, unanswerable ones among them. Repeatable.",
)  # fmt: skip
@click.option(
    "--predictions", multiple=True, required=True, type=NEW_FILE,
    help="Answers of `pinpoint-bench eval --predictions` to them, in the same order.",
)  # fmt: skip
@click.option("--bundle", help="Ask this bundle what the predictions lack; a stopped run goes on.")
@click.option("--out", required=True, type=NEW_FILE)
@debug_option
def command(
    data: tuple[Path, ...], predictions: tuple[Path, ...], bundle: str | None, out: Path
) -> None:
    """Fit the weights that bundles compute a confidence with, and recommend a threshold.

    The same answers give the same file. Put beside the weights as confidence.json, it goes into the
    manifest of every export.
    """
    from pinpoint_train.measuring.calibrate import calibrate, pair_up

    if len(data) != len(predictions):
        raise click.UsageError("Give one --predictions for each --data.")
    check_writable(out)
    if bundle is not None:
        from pinpoint_train.measuring.calibrate import ask_missing

        ask_missing(bundle, data, predictions)
    for answers in predictions:
        if not answers.is_file():
            raise DataError(f"{answers} does not exist; give --bundle to have it made.")
    fitted = calibrate(pair_up(data, predictions))
    write_json(out, fitted)
    click.echo(json.dumps(fitted, indent=1))
