"""`pinpoint-quantize sensitivity`: score each group of modules and write a new recipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinpoint_edge.commands.group import FILE_PATH, deliver, shared_options, writable
from pinpoint_edge.commands.terminal import console as terminal

if TYPE_CHECKING:
    from pinpoint_quantization.search.choice import Found, Verified
    from pinpoint_quantization.search.ladder import Rung
    from pinpoint_quantization.search.scores import GroupScore

WORST = 8  # groups that are shown
DEFAULT_DROP = 0.5


def size_of(context: click.Context, option: click.Parameter, value: str | None) -> int | None:
    """Return the bytes of "100MB", "1.5GB", or a number of MB of 10^6 bytes."""
    if value is None:
        return None
    text = value.strip().upper()
    factor = 10**9 if text.endswith("GB") else 10**6
    try:
        size = int(float(text.removesuffix("GB").removesuffix("MB")) * factor)
    except (ValueError, OverflowError):
        size = 0
    if size <= 0:
        raise click.BadParameter(f"{value!r} is no size; write one such as 100MB", context, option)
    return size


def limit_options(function: Any) -> Any:
    """Add the options of a search's limits, which the exporter shares."""
    for option in reversed(
        (
            click.option(
                "--max-drop", type=click.FloatRange(min=0), metavar="POINTS",
                help=f"ANLS that answers may lose, in hundredths; default {DEFAULT_DROP}.",
            ),
            click.option(
                "--max-size", callback=size_of, metavar="SIZE",
                help="Of the whole bundle, such as 100MB; default: as small as --max-drop allows.",
            ),
            click.option(
                "--optimize", type=click.Choice(("size", "latency")),
                help="Quantity to save; default size.",
            ),
        )
    ):  # fmt: skip
        function = option(function)
    return function


@click.command(
    "sensitivity",
    epilog="Example: pinpoint-quantize sensitivity bundles/forms-onnx --data receipts/qa.jsonl "
    "-o mine.toml --max-drop 0.5 --max-size 130MB",
)
@click.argument("bundle")
@click.option(
    "--data", type=FILE_PATH, required=True, metavar="QA.jsonl",
    help="Annotated questions: some pages are scored on, the others are asked.",
)  # fmt: skip
@click.option(
    "-o", "--out", type=FILE_PATH, required=True, metavar="RECIPE.toml", callback=writable,
    help="A new file.",
)  # fmt: skip
@click.option("--calibration", type=FILE_PATH, metavar="SET.npz", help="Score on this set.")
@limit_options
@click.option("--strict", is_flag=True, help="Hold the whole interval of the loss to --max-drop.")
@click.option(
    "--base", default="fp32", show_default=True,
    help="Recipe for all that is not searched, and for the form of integers (int4: blocks of 32).",
)  # fmt: skip
@click.option(
    "--stages", default="decode", show_default=True, metavar="S[,S...]", help="Stages to search."
)
@click.option(
    "--types", default="int8,int4", show_default=True, metavar="T[,T...]",
    help="Types to try beside float32.",
)  # fmt: skip
@click.option(
    "--runs", type=click.IntRange(min=1), default=8, show_default=True, metavar="N",
    help="Calibration runs of a stage for each score.",
)  # fmt: skip
@click.option(
    "--questions", type=click.IntRange(min=1), default=120, show_default=True, metavar="N",
    help="Questions for each recipe that is tried.",
)  # fmt: skip
@click.option("--skip-held-out", is_flag=True, help="Leave out held-out pages.")
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="Threads of the runtime.")
@shared_options
def command(
    bundle: str,
    data: Path,
    out: Path,
    calibration: Path | None,
    max_drop: float | None,
    max_size: int | None,
    optimize: str | None,
    strict: bool,
    base: str,
    stages: str,
    types: str,
    runs: int,
    questions: int,
    skip_held_out: bool,
    threads: int | None,
) -> None:
    """Score every group of modules of BUNDLE in every type, choose, and ask real questions.

    BUNDLE is an ONNX bundle of the fp32 recipe. The recipe is written when its answers lose no
    more than --max-drop. Scores and answers are kept in a folder beside it (OUT.search), so that an
    interrupted run resumes.
    """
    from pinpoint_edge.bundle import Bundle
    from pinpoint_quantization.recipe import Recipe
    from pinpoint_quantization.search.choice import SearchLimits
    from pinpoint_quantization.search.recipe_file import check_new
    from pinpoint_quantization.search.run import Settings, onnx_search

    check_new(out)
    kept = Recipe.load(base) if base.endswith(".toml") else Recipe.builtin(base)
    limits = SearchLimits(
        (DEFAULT_DROP if max_drop is None else max_drop) / 100,
        max_size,
        optimize or "size",
        strict,
    )
    settings = Settings(
        limits, kept, _listed(stages), _listed(types), runs, questions, skip_held_out, threads
    )
    found, scores, digest = onnx_search(
        Bundle.open(bundle), data, out, settings, calibration=calibration, on_try=_tried
    )

    def shown() -> None:
        show(found, scores)
        click.echo(f"{out}: {found.verified.summary()}")

    deliver(to_json(found, scores, out, digest), shown)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _tried(rung: Rung, verified: Verified) -> None:
    click.echo(f"asked: {verified.summary()}; {rung.harm:.1%} of the coarsest's harm", err=True)


def to_json(
    found: Found, scores: list[GroupScore], out: Path | None, digest: str
) -> dict[str, Any]:
    """Return a search as JSON values."""
    from pinpoint_edge.evaluation.summary import plain
    from pinpoint_edge.storage.records import encode

    def plain_of(verified: Verified) -> dict[str, Any]:
        return {**vars(verified), "drop": plain(verified.drop)}

    return {
        "recipe": str(out) if out else found.recipe.name,
        "digest": found.recipe.digest(),
        "calibration": digest,
        "verified": plain_of(found.verified),
        "expected_harm": found.rung.harm,
        "tried": [{"harm": rung.harm, **plain_of(v)} for rung, v in found.tried],
        "choice": {f"{stage}/{group}": kind for (stage, group), kind in found.rung.choice.items()},
        "scores": [encode(score) for score in scores],
    }


def show(found: Found, scores: list[GroupScore]) -> None:
    """Print the groups with the greatest harm, and the number of groups in each type."""
    from rich.table import Table

    table = Table("group", "type", "MB", "harm", "SQNR, dB", "changed", "chosen")
    coarse = [score for score in scores if score.kind != "float32"]
    for score in sorted(coarse, key=lambda s: -s.harm)[:WORST]:
        sqnr = "equal" if score.sqnr_db is None else f"{score.sqnr_db:.1f}"
        table.add_row(
            f"{score.stage} {score.group}", score.kind, f"{score.size / 1e6:.2f}",
            f"{score.harm:.2e}", sqnr, f"{score.changed:.1%}",
            found.rung.choice[score.stage, score.group],
        )  # fmt: skip
    console = terminal(140)
    console.print(table)
    kinds = list(found.rung.choice.values())
    parts = ", ".join(f"{kinds.count(kind)} in {kind}" for kind in dict.fromkeys(sorted(kinds)))
    console.print(f"{len(kinds)} groups: {parts}")
