"""Answers of a bundle beside those of the reference: parity where a user would see it.

Parity of tensors says that every stage is near; only whole answers say that nothing was lost where
a stage's output decides something: a threshold, an order, a greedy step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinpoint_edge.commands.group import print_json, shared_options

if TYPE_CHECKING:
    from pinpoint_edge.answer import Answer
    from pinpoint_edge.bench.dataset import AnnotatedPage
    from pinpoint_edge.pipeline import PinPoint

BELOW_LEAST = 1  # exit code
_FILE = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True)
class Pair:
    """One question with both answers (None: not found) and the ANLS of each."""

    id: str
    question: str
    bundle: str | None
    reference: str | None
    bundle_anls: float
    reference_anls: float
    identical: bool


@dataclass(frozen=True)
class Agreement:
    """All questions, answered twice."""

    pairs: tuple[Pair, ...]

    @property
    def share(self) -> float:
        """Share, 0..1, of the questions that got the same text and the same `found`."""
        return sum(pair.identical for pair in self.pairs) / len(self.pairs)

    @property
    def differing(self) -> tuple[Pair, ...]:
        """The questions whose answers differ, in the order of the data."""
        return tuple(pair for pair in self.pairs if not pair.identical)

    def summary(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        count = len(self.pairs)
        return {
            "questions": count,
            "identical": count - len(self.differing),
            "share": self.share,
            "anls": {
                "bundle": sum(pair.bundle_anls for pair in self.pairs) / count,
                "reference": sum(pair.reference_anls for pair in self.pairs) / count,
            },
            "differing": [asdict(pair) for pair in self.differing],
        }


def compare(
    bundle: PinPoint,
    reference: PinPoint,
    pages: Sequence[AnnotatedPage],
    on_page: Callable[[AnnotatedPage], None] = lambda page: None,
) -> Agreement:
    """Ask both readers every question; each opens every page itself."""
    from pinpoint_edge import metrics

    pairs: list[Pair] = []
    for page in pages:
        one, other = bundle.open(page.path), reference.open(page.path)
        for question in page.questions:
            ours, theirs = one.ask(question.question), other.ask(question.question)
            pairs.append(
                Pair(
                    question.id,
                    question.question,
                    ours.text,
                    theirs.text,
                    metrics.anls(ours.text, question.answers),
                    metrics.anls(theirs.text, question.answers),
                    _same(ours, theirs),
                )
            )
        on_page(page)
    return Agreement(tuple(pairs))


def _same(one: Answer, other: Answer) -> bool:
    return (one.text, one.found) == (other.text, other.found)


@click.command(
    "answers",
    short_help="Compare a bundle's answers with the reference's.",
    epilog="Example: pinpoint-export answers bundles/forms-onnx --data demo/questions.jsonl",
)
@click.argument("bundle")
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
    "--weights",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the checkpoints that the bundle was made of.",
)
@click.option("--llm", help="Language model that the bundle was made of; see pinpoint-export -h.")
@shared_options
def command(
    bundle: str,
    data: Path,
    split: Path | None,
    limit: int,
    least: float,
    weights: Path | None,
    llm: str | None,
    as_json: bool,
    debug: bool,
) -> int:
    """Ask BUNDLE and the reference in torch the same questions and report where they differ."""
    from pinpoint_edge.bench.dataset import load_dataset, question_count
    from pinpoint_edge.bench.progress import progress
    from pinpoint_edge.bundle import Bundle
    from pinpoint_edge.pipeline import PinPoint
    from pinpoint_export.paths import weights_folder
    from pinpoint_export.reference import Reference, ReferenceSource

    pages = load_dataset(data, split=split, limit=limit)
    opened = Bundle.open(bundle)
    click.echo(f"{question_count(pages)} questions on {len(pages)} pages", err=True)
    click.echo("loading the reference", err=True)
    source = ReferenceSource(Reference.load(weights or weights_folder(), llm))
    with (
        PinPoint.load(bundle) as ours,
        PinPoint.from_bundle(opened, source) as theirs,
        progress(len(pages)) as on_page,
    ):
        agreement = compare(ours, theirs, pages, on_page)
    enough = agreement.share >= least
    if as_json:
        print_json(agreement.summary() | {"least": least, "passed": enough})
    else:
        _print(agreement)
        if not enough:
            click.echo(f"Below the {least:.1%} that were asked for (--least).", err=True)
    return 0 if enough else BELOW_LEAST


def _print(agreement: Agreement) -> None:
    figures = agreement.summary()
    for pair in agreement.differing:
        ours, theirs = pair.bundle or "not found", pair.reference or "not found"
        click.echo(f"{pair.id}: bundle {ours!r}, reference {theirs!r}")
    click.echo(
        f"{figures['identical']} of {figures['questions']} answers are identical "
        f"({figures['share']:.1%}); ANLS {figures['anls']['bundle']:.3f} of the bundle, "
        f"{figures['anls']['reference']:.3f} of the reference"
    )
