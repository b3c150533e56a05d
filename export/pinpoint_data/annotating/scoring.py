"""How good proposals are: beside boxes that a person drew, and by their own confidence.

Boxes meet when half of the smaller one lies in the other: annotators box words, lines or
paragraphs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pinpoint_data.annotating.proposals import Proposal
from pinpoint_edge.evaluation.annotations import Box, Question
from pinpoint_edge.evaluation.metrics import union_area

MEET = 0.5
THRESHOLDS = (0.9, 0.8, 0.6, 0.4)


@dataclass(frozen=True)
class ProposalScore:
    """One proposal beside its annotation: counts of boxes, hits first.

    `is_right`: all answer boxes are where the annotation, or another place that it allows, has
    them, and no other; `is_marked`: they are where it has them, and not at another place;
    `has_support`: no support box of the annotation is missing.
    """

    confidence: float
    proposed: tuple[int, int]
    answer: tuple[int, int]
    support: tuple[int, int]
    labels: tuple[int, int]
    proposed_support: tuple[int, int]
    is_marked: bool

    @property
    def is_right(self) -> bool:
        return self.proposed[1] > 0 and all(a == b for a, b in (self.proposed, self.answer))

    @property
    def has_support(self) -> bool:
        return self.support[0] == self.support[1]


def score(question: Question, proposal: Proposal) -> ProposalScore:
    """Compare a proposal with the boxes of an annotation that has answers."""
    said, gold = proposal.answer_boxes, question.answer_boxes
    place = max(question.places, key=lambda boxes: _hits(boxes, said)[0] / max(1, len(boxes)))
    labels = [box for box in question.support_boxes if box not in gold]
    # Other places of the answer support it as well as the marked one.
    answer = _hits(place, said)
    labelled = _hits(labels, proposal.support_boxes)
    allowed = [*question.support_boxes, *question.alt_answer_boxes]
    return ProposalScore(
        confidence=proposal.confidence,
        proposed=_hits(said, [*gold, *question.alt_answer_boxes]),
        answer=answer,
        support=(answer[0] + labelled[0], answer[1] + labelled[1]),
        labels=labelled,
        proposed_support=_hits(proposal.support_boxes, allowed),
        is_marked=bool(said) and all(a == b for a, b in (_hits(gold, said), _hits(said, gold))),
    )


def summary(scores: Sequence[ProposalScore]) -> dict[str, Any]:
    """Return the figures of many proposals: recall and precision of boxes, and separation."""
    right = [s.is_right for s in scores]
    both = [s.is_right and s.has_support for s in scores]
    sure = [s.confidence for s in scores]
    return {
        "questions": len(scores),
        "found": _share(s.proposed[1] > 0 for s in scores),
        "answer_recall": _ratio(s.answer for s in scores),
        "answer_precision": _ratio(s.proposed for s in scores),
        "label_recall": _ratio(s.labels for s in scores),
        "support_recall": _ratio(s.support for s in scores),
        "support_precision": _ratio(s.proposed_support for s in scores),
        "right": _share(right),
        "right_and_supported": _share(both),
        "right_at_the_marked_place": _share(s.is_marked for s in scores),
        "auroc_right": auroc(sure, right),
        "auroc_right_of_found": auroc(
            [s.confidence for s in scores if s.proposed[1]],
            [s.is_right for s in scores if s.proposed[1]],
        ),
        "auroc_right_and_supported": auroc(sure, both),
        "auroc_right_at_the_marked_place": auroc(sure, [s.is_marked for s in scores]),
        "by_confidence": [
            {
                "at_least": least,
                "kept": _share(c >= least for c in sure),
                "right": _share(r for r, c in zip(right, sure, strict=True) if c >= least),
                "right_and_supported": _share(
                    r for r, c in zip(both, sure, strict=True) if c >= least
                ),
            }
            for least in THRESHOLDS
        ],
    }


def auroc(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """Return how often a right one is surer than a wrong one, ties as half; None without both."""
    counts = Counter(zip(confidences, right, strict=True))
    good = sum(n for (_, is_right), n in counts.items() if is_right)
    bad = len(confidences) - good
    if not good or not bad:
        return None
    below, won = 0, 0.0
    for confidence in sorted(set(confidences)):
        here = counts[confidence, False]
        won += counts[confidence, True] * (below + here / 2)
        below += here
    return round(won / (good * bad), 4)


def meet(a: Box, b: Box) -> bool:
    """Whether half of the smaller box lies in the other."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return (
        width > 0 and height > 0 and width * height >= MEET * min(union_area([a]), union_area([b]))
    )


def _hits(boxes: Iterable[Box], others: Sequence[Box]) -> tuple[int, int]:
    met = [any(meet(box, other) for other in others) for box in boxes]
    return sum(met), len(met)


def _ratio(counts: Iterable[tuple[int, int]]) -> float | None:
    rows = list(counts)
    total = sum(all_ for _, all_ in rows)
    return round(sum(hits for hits, _ in rows) / total, 4) if total else None


def _share(values: Iterable[bool]) -> float | None:
    rows = list(values)
    return round(sum(rows) / len(rows), 4) if rows else None
