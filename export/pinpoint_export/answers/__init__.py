"""`pinpoint-export answers`: whole answers of bundles beside the reference's."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinpoint_edge.commands.group import print_json, shared_options

if TYPE_CHECKING:
    from pinpoint_edge.bundle import Bundle
    from pinpoint_edge.evaluation.dataset import AnnotatedPage
    from pinpoint_export.answers.agreement import Agreement
    from pinpoint_export.answers.log import AnswerLog

BELOW_LEAST = 1  # exit code
LINE_EVERY_S = 15.0
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    "answers",
    short_help="Compare bundles' answers with the reference's.",
    epilog="Example: pinpoint-export answers bundles/forms-onnx --data demo/questions.jsonl",
)
@click.argument("bundles", nargs=-1, required=True, metavar="BUNDLE...")
@click.option("--data", type=_FILE, required=True, metavar="QA.jsonl", help="Annotated questions.")
@click.option("--split", type=_FILE, help="Text file with the images to keep, one a line.")
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
    "--reference-answers", "kept", type=_FILE, metavar="FILE.jsonl",
    help="Where the reference's answers are kept for later runs; refused when out of date.",
)  # fmt: skip
@click.option(
    "--out", type=_FILE, metavar="FILE.jsonl",
    help="Where the bundles' answers are kept; a run that was ended goes on from there.",
)  # fmt: skip
@click.option(
    "--weights",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the checkpoints that the bundles were made of.",
)
@click.option("--llm", help="Language model that they were made of; see pinpoint-export -h.")
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
    out: Path | None,
    weights: Path | None,
    llm: str | None,
    as_json: bool,
    debug: bool,
) -> int:
    """Ask each BUNDLE and the reference in torch the same questions; report where they differ."""
    from pinpoint_edge.bundle import Bundle
    from pinpoint_edge.evaluation.dataset import load_dataset, question_count
    from pinpoint_edge.reader import PinPoint
    from pinpoint_edge.runtime.sessions import runtime_for
    from pinpoint_export.answers.agreement import agreement, ask_all, check_settings, file_sha256
    from pinpoint_export.answers.log import AnswerLog, key

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
        by = key({"bundle": bundle.digest, "runtime": name, "data": questions})
        log = AnswerLog(out, by, shared=True)
        with PinPoint.load(place, runtime=name) as reader:
            ask_all(reader, pages, log, _progress(f"{bundle.manifest.name}, {name}", len(pages)))
        results.append((bundle, name, agreement(pages, log.answers, theirs.answers)))
    summaries = [
        {"bundle": bundle.manifest.name, "target": bundle.manifest.target, "runtime": name}
        | found.summary()
        | {
            "least": least,
            "most_anls_loss": most_anls_loss,
            "passed": found.passed(least, most_anls_loss),
        }
        for bundle, name, found in results
    ]
    passed = all(summary["passed"] for summary in summaries)
    if not as_json:
        for summary in summaries:
            _print(summary, several=len(summaries) > 1)
    elif len(summaries) == 1:
        print_json(summaries[0])
    else:
        print_json({"bundles": summaries, "passed": passed})
    return 0 if passed else BELOW_LEAST


def _reference_answers(
    bundle: Bundle,
    pages: Sequence[AnnotatedPage],
    questions: str,
    kept: Path | None,
    weights: Path | None,
    llm: str | None,
) -> AnswerLog:
    """Give the reference's answers, from the file what it holds; the weights go with the return."""
    from pinpoint_export.answers.agreement import ask_all, settings
    from pinpoint_export.answers.log import AnswerLog, key
    from pinpoint_export.bundling.digests import weights_digest
    from pinpoint_models.paths import weights_folder
    from pinpoint_models.reference import Reference, reference_reader

    click.echo("loading the reference", err=True)
    reference = Reference.load(weights or weights_folder(), llm)
    digests = {name: weights_digest(p.module) for name, p in reference.programs().items()}
    facts = {"weights": digests, "settings": settings(bundle.manifest), "data": questions}
    log = AnswerLog(kept, key(facts), shared=False)
    with reference_reader(reference, bundle) as reader:
        ask_all(reader, pages, log, _progress("reference", len(pages)))
    return log


def _progress(what: str, total: int) -> Callable[[object], None]:
    """Return what to call after each page: a line now and then, with the time so far and in all."""
    start = last = time.monotonic()
    done = 0

    def advance(_: object) -> None:
        nonlocal done, last
        done += 1
        now = time.monotonic()
        if now - last < LINE_EVERY_S and done < total:
            return
        last = now
        passed, expected = now - start, (now - start) / done * total
        click.echo(
            f"{what}: page {done} of {total}, {passed:.0f} s of about {expected:.0f} s", err=True
        )

    return advance


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
        click.echo(f"Below the {summary['least']:.1%} that were asked for (--least).", err=True)
    elif not summary["passed"]:
        click.echo(
            f"The ANLS differs by more than {summary['most_anls_loss']} (--most-anls-loss).",
            err=True,
        )
