"""`pinpoint-export answers`: whole answers of bundles beside the reference's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinpoint_edge.commands.group import FILE_PATH, deliver, output_option, shared_options

if TYPE_CHECKING:
    from pinpoint_edge.bundle import Bundle
    from pinpoint_edge.evaluation.dataset import AnnotatedPage
    from pinpoint_export.answers.agreement import Agreement, Answers

BELOW_LEAST = 1  # exit code


@click.command(
    "answers",
    epilog="Example: pinpoint-export answers bundles/forms-onnx --data demo/questions.jsonl",
)
@click.argument("bundles", nargs=-1, required=True, metavar="BUNDLE...")
@click.option(
    "--data", type=FILE_PATH, required=True, metavar="QA.jsonl", help="Annotated questions."
)
@click.option("--split", type=FILE_PATH, help="Text file with the images to keep, one a line.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=200, show_default=True, metavar="N",
    help="A sample of at most N questions.",
)  # fmt: skip
@click.option(
    "--least", type=click.FloatRange(0, 1), default=1.0, show_default=True, metavar="SHARE",
    help="Share of identical answers below which the exit code is 1.",
)  # fmt: skip
@click.option(
    "--most-anls-loss", type=click.FloatRange(0, 1), metavar="ANLS",
    help="Difference in ANLS, up or down, above which the exit code is 1.",
)  # fmt: skip
@click.option("--runtime", help="Default: the one of each bundle's target.")
@click.option(
    "--reference-answers", "kept", type=FILE_PATH, metavar="FILE.jsonl",
    help="Keep the reference's answers there for later runs; refused when out of date.",
)  # fmt: skip
@click.option(
    "--predictions", type=FILE_PATH, metavar="FILE.jsonl",
    help="Keep the bundles' answers there; a stopped run goes on from them.",
)  # fmt: skip
@click.option(
    "--weights",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the checkpoints that the bundles were made of.",
)
@click.option("--llm", help="Language model that they were made of; see pinpoint-export -h.")
@output_option()
@shared_options
def command(
    bundles: tuple[str, ...],
    data: Path,
    split: Path | None,
    limit: int,
    least: float,
    most_anls_loss: float | None,
    runtime: str | None,
    kept: Path | None,
    predictions: Path | None,
    weights: Path | None,
    llm: str | None,
) -> int:
    """Ask each BUNDLE and the reference in torch the same questions; report where they differ."""
    from pinpoint_edge.bundle import Bundle
    from pinpoint_edge.commands.terminal import progress
    from pinpoint_edge.evaluation.dataset import load_dataset, question_count
    from pinpoint_edge.evaluation.predictions import prediction_log
    from pinpoint_edge.reader import PinPoint
    from pinpoint_edge.runtime.bundle_source import runtime_for
    from pinpoint_edge.storage.json_text import json_digest
    from pinpoint_export.answers.agreement import (
        agreement,
        ask_questions,
        check_settings,
        file_sha256,
    )

    pages = load_dataset(data, split=split, limit=limit)
    opened = [Bundle.open(bundle, check_backends=runtime is None) for bundle in bundles]
    runtimes = [
        runtime_for(bundle, runtime).name for bundle in opened
    ]  # all are here, or none runs
    check_settings(opened)
    click.echo(f"{question_count(pages)} questions on {len(pages)} pages", err=True)
    questions = file_sha256(data)
    theirs = _reference_answers(opened[0], pages, questions, kept, weights, llm)
    results: list[tuple[Bundle, str, Agreement]] = []
    for place, bundle, name in zip(bundles, opened, runtimes, strict=True):
        by = json_digest({"bundle": bundle.digest, "runtime": name, "data": questions})
        log = prediction_log(predictions, by=by, shared=True)
        click.echo(f"{bundle.manifest.name}, {name}", err=True)
        with PinPoint.load(place, runtime=name) as reader, progress(len(pages)) as on_page:
            ours = ask_questions(reader, pages, log, on_page)
        results.append((bundle, name, agreement(pages, ours, theirs)))
    summaries = [
        {"bundle": bundle.manifest.name, "target": bundle.manifest.target, "runtime": name}
        | found.summary()
        | {
            "least": least,
            "most_anls_loss": most_anls_loss,
            "passed": found.passes(least, most_anls_loss),
        }
        for bundle, name, found in results
    ]
    passed = all(summary["passed"] for summary in summaries)

    def show() -> None:
        for summary in summaries:
            _print(summary, several=len(summaries) > 1)

    figures = summaries[0] if len(summaries) == 1 else {"bundles": summaries, "passed": passed}
    deliver(figures, show)
    return 0 if passed else BELOW_LEAST


def _reference_answers(
    bundle: Bundle,
    pages: Sequence[AnnotatedPage],
    questions: str,
    kept: Path | None,
    weights: Path | None,
    llm: str | None,
) -> Answers:
    """Return the reference's answers, those of the file first; the weights are freed."""
    from pinpoint_edge.commands.terminal import progress
    from pinpoint_edge.evaluation.predictions import prediction_log
    from pinpoint_edge.storage.json_text import json_digest
    from pinpoint_export.answers.agreement import ask_questions, settings
    from pinpoint_export.bundling.digests import weights_digest
    from pinpoint_models.paths import weights_folder
    from pinpoint_models.reference import Reference, reference_reader

    click.echo("loading the reference", err=True)
    reference = Reference.load(weights or weights_folder(), llm)
    digests = {name: weights_digest(p.module) for name, p in reference.programs().items()}
    facts = {"weights": digests, "settings": settings(bundle.manifest), "data": questions}
    log = prediction_log(kept, by=json_digest(facts))
    with reference_reader(reference, bundle) as reader, progress(len(pages)) as on_page:
        return ask_questions(reader, pages, log, on_page)


def _print(summary: dict[str, Any], *, several: bool) -> None:
    for pair in summary["differing"]:
        ours, theirs = pair["bundle"] or "not found", pair["reference"] or "not found"
        click.echo(f"{pair['id']}: bundle {ours!r}, reference {theirs!r}")
    anls = summary["anls"]
    interval = "" if anls["interval"] is None else " [{:+.4f}, {:+.4f}]".format(*anls["interval"])
    title = f"{summary['bundle']} ({summary['runtime']}): " if several else ""
    click.echo(
        f"{title}{summary['identical']} of {summary['questions']} answers are identical "
        f"({summary['share']:.1%}); ANLS {anls['bundle']:.3f} of the bundle, "
        f"{anls['reference']:.3f} of the reference, difference {anls['difference']:+.4f}{interval}"
    )
    if summary["share"] < summary["least"]:
        click.echo(f"Below the {summary['least']:.1%} of --least.", err=True)
    elif not summary["passed"]:
        click.echo(
            f"The ANLS differs by more than {summary['most_anls_loss']} (--most-anls-loss).",
            err=True,
        )
