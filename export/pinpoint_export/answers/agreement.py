"""Whole answers of a bundle beside the reference's.

Parity of tensors says that every stage is near; only whole answers say that nothing was lost where
a stage's output decides something: a threshold, an order, a greedy step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pinpoint_edge.bundle import Bundle, Manifest
from pinpoint_edge.errors import OptionError
from pinpoint_edge.evaluation import metrics
from pinpoint_edge.evaluation.ask import ask_set, asking
from pinpoint_edge.evaluation.dataset import AnnotatedPage
from pinpoint_edge.evaluation.predictions import Prediction
from pinpoint_edge.reader import PinPoint
from pinpoint_edge.storage.resumable_log import Log

Answers = Mapping[str, str | None]
"""Answers by the id of their question; None where none was found."""


@dataclass(frozen=True)
class ComparedAnswer:
    """One question with both answers (None: not found) and the ANLS of each."""

    id: str
    question: str
    page: str
    bundle: str | None
    reference: str | None
    bundle_anls: float
    reference_anls: float
    identical: bool


@dataclass(frozen=True)
class Agreement:
    """All questions, answered twice."""

    pairs: tuple[ComparedAnswer, ...]

    @property
    def share(self) -> float:
        """Share, 0..1, of the questions with the same answer."""
        return sum(pair.identical for pair in self.pairs) / len(self.pairs)

    @property
    def differing(self) -> tuple[ComparedAnswer, ...]:
        """The questions whose answers differ, in the order of the data."""
        return tuple(pair for pair in self.pairs if not pair.identical)

    def anls_difference(self) -> metrics.Estimate:
        """Return the bundle's ANLS less the reference's, with its 95 % interval.

        The bootstrap is paired and draws whole pages: the questions on one share its blur.
        """
        return metrics.paired_bootstrap(
            [pair.bundle_anls for pair in self.pairs],
            [pair.reference_anls for pair in self.pairs],
            groups=[pair.page for pair in self.pairs],
        )

    def passes(self, least: float, most_anls_loss: float | None) -> bool:
        """Whether enough answers are identical and the ANLS moved no further, up or down."""
        if self.share < least:
            return False
        return most_anls_loss is None or abs(self.anls_difference().mean) <= most_anls_loss

    def summary(self) -> dict[str, Any]:
        """Return the figures as JSON values; the interval is null for a single page."""
        count, difference = len(self.pairs), self.anls_difference()
        known = difference.low == difference.low  # NaN otherwise
        return {
            "questions": count,
            "identical": count - len(self.differing),
            "share": self.share,
            "anls": {
                "bundle": sum(pair.bundle_anls for pair in self.pairs) / count,
                "reference": sum(pair.reference_anls for pair in self.pairs) / count,
                "difference": difference.mean,
                "interval": [difference.low, difference.high] if known else None,
            },
            "differing": [asdict(pair) for pair in self.differing],
        }


def ask_questions(
    reader: PinPoint,
    pages: Sequence[AnnotatedPage],
    log: Log[Prediction],
    on_page: Callable[[AnnotatedPage], None] = lambda page: None,
) -> Answers:
    """Ask every question that the log does not hold yet; return the answers by question."""
    made = ask_set(pages, asking(reader), log, on_page=on_page, warm_up=False)
    return {prediction.id: prediction.answer for prediction in made}


def agreement(pages: Sequence[AnnotatedPage], bundle: Answers, reference: Answers) -> Agreement:
    """ComparedAnswer the answers of all questions."""
    return Agreement(
        tuple(
            ComparedAnswer(
                id=question.id,
                question=question.question,
                page=page.path,
                bundle=bundle[question.id],
                reference=reference[question.id],
                bundle_anls=metrics.anls(bundle[question.id], question.answers),
                reference_anls=metrics.anls(reference[question.id], question.answers),
                identical=bundle[question.id] == reference[question.id],
            )
            for page in pages
            for question in page.questions
        )
    )


def settings(manifest: Manifest) -> str:
    """Return the digest of what the host does with the stages' outputs, by the manifest.

    A smaller vocabulary is part of what a recipe costs: the reference reads with its own.
    """
    facts = (manifest.host, manifest.coverage, manifest.token_budget)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def check_settings(bundles: Sequence[Bundle]) -> None:
    """Refuse bundles that one reference cannot answer for: their hosts work differently."""
    for bundle in bundles[1:]:
        if settings(bundle.manifest) != settings(bundles[0].manifest):
            raise OptionError(
                f"The bundles '{bundles[0].manifest.name}' and '{bundle.manifest.name}' have "
                "other thresholds, sizes or budgets: compare each in a run of its own."
            )


def file_sha256(path: Path) -> str:
    """Return the digest of the questions' file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
