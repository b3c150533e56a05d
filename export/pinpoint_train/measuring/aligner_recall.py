"""Recall of an aligner and of the lexical score, at the same share of the tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from pinpoint_edge.evaluation import metrics
from pinpoint_edge.retrieval import trigrams
from pinpoint_edge.retrieval.selection import select
from pinpoint_models.aligner import Aligner
from pinpoint_train.corpus.aligner_examples import INSTRUCTION_TRIGRAMS, reading_ids
from pinpoint_train.corpus.page_features import PageFeatures

SHARES = (0.25, 0.35)
PART = 256  # regions that one pass of the stage takes
NO_BUDGET = 1_000_000

Floats = NDArray[np.float32]


@dataclass
class Recalls:
    """One entry a question: 1.0 where all its regions were chosen, by method and share."""

    coverage: float
    pages: list[str] = field(default_factory=list)
    answer: dict[str, list[float]] = field(default_factory=dict)
    support: dict[str, list[float]] = field(default_factory=dict)
    tokens: list[float] = field(default_factory=list)  # share of the page's tokens at coverage r
    unanswerable: list[float] = field(default_factory=list)  # 1.0 where null won, rightly
    missed: list[float] = field(default_factory=list)  # 1.0 where null won, wrongly

    @property
    def count(self) -> int:
        """Number of answerable questions."""
        return len(self.pages)

    def add(self, method: str, chosen: set[int], answer: set[int], support: set[int]) -> None:
        """Add the regions that one method chose for one question."""
        self.answer.setdefault(method, []).append(float(answer <= chosen))
        self.support.setdefault(method, []).append(float(support <= chosen))

    def summary(self) -> dict[str, float]:
        """Means by name, and the aligner's lead over the lexical score with its 95 % interval."""
        facts = {f"answer_{name}": _mean(values) for name, values in self.answer.items()}
        facts |= {f"support_{name}": _mean(values) for name, values in self.support.items()}
        for share in SHARES:
            ours, theirs = f"aligner_{share:.0%}", f"lexical_{share:.0%}"
            lead = metrics.paired_bootstrap(
                self.support.get(ours, []), self.support.get(theirs, []), groups=self.pages
            )
            facts |= {f"lead_{share:.0%}": lead.mean, f"lead_{share:.0%}_low": lead.low}
            facts[f"lead_{share:.0%}_high"] = lead.high
        facts["tokens_at_coverage"] = _mean(self.tokens)
        facts["unanswerable_found_out"] = _mean(self.unanswerable)
        facts["answerable_missed"] = _mean(self.missed)
        return {name: round(value, 4) for name, value in facts.items() if value == value}

    def table(self) -> str:
        """The recalls as a Markdown table."""
        lines = ["| reader, tokens | answer region | all support regions |", "|---|---|---|"]
        lines += [
            f"| {name.replace('_', ', ')} | {_mean(self.answer[name]):.3f} | "
            f"{_mean(self.support[name]):.3f} |"
            for name in sorted(self.answer)
        ]
        return "\n".join(lines)


def measure(
    model: Aligner, pages: Sequence[PageFeatures], coverage: float, limit: int | None = None
) -> Recalls:
    """Ask all questions of the pages, or about `limit` of them spread evenly over the pages."""
    result = Recalls(coverage)
    total = sum(len(page.questions) for page in pages)
    every = max(1, total // limit) if limit else 1
    number = 0
    for page in pages:
        questions = []
        for question in page.questions:
            if number % every == 0:
                questions.append(question)
            number += 1
        if not questions or not len(page.readings):
            continue
        scores = relevance(model, page, [question.question for question in questions])
        for question, logits in zip(questions, scores, strict=True):
            picked = select(logits, page.tokens, coverage, NO_BUDGET)
            if not question.answerable or not question.support:
                result.unanswerable.append(float(not picked.found))
                continue
            result.missed.append(float(not picked.found))
            result.pages.append(page.id)
            answer, support = set(question.answer), set(question.support)
            lexical = trigrams.lexical_scores(question.question, page.readings, page.layout)
            for share in SHARES:
                for name, values in (("aligner", logits[:-1]), ("lexical", lexical)):
                    chosen = take_share(values, page.tokens, share)
                    result.add(f"{name}_{share:.0%}", chosen, answer, support)
            result.add(f"aligner_r={coverage}", set(picked.indices), answer, support)
            result.tokens.append(picked.estimated_tokens / max(int(page.tokens.sum()), 1))
    return result


def take_share(scores: Floats, tokens: NDArray[np.int32], share: float) -> set[int]:
    """Take the best regions while their tokens stay within a share of the page's; at least one."""
    order = np.argsort(-scores, kind="stable")
    within = np.cumsum(tokens[order]) <= share * tokens.sum()
    return {int(index) for index in order[: max(int(within.sum()), 1)]}


@torch.no_grad()
def relevance(model: Aligner, page: PageFeatures, questions: list[str]) -> list[Floats]:
    """Relevance f32 (N+1,) of each question on one page, relative to null, in parts like the stage.

    The last entry, that of the null region, is 0.
    """
    model.eval()
    device = model.null.device
    order = np.arange(len(page.readings))
    config = model.config
    geometry = page.layout.places[:, : config.geometry]
    ids = reading_ids(page.readings)
    match = np.stack([trigrams.match_features(q, page.readings, page.layout) for q in questions])
    words = np.stack([trigrams.instruction_ids(q, INSTRUCTION_TRIGRAMS) for q in questions])
    result = np.zeros((len(questions), len(order) + 1), np.float32)
    for start in range(0, len(order), PART):
        part = order[start : start + PART]

        def repeated(rows: NDArray[np.generic], part: NDArray[np.int64] = part) -> torch.Tensor:
            one = torch.from_numpy(np.ascontiguousarray(rows[part]))
            return one.expand(len(questions), *one.shape).to(device)

        scores = model.score(
            repeated(page.features.astype(np.float32)),
            repeated(ids),
            torch.from_numpy(np.ascontiguousarray(match[:, part, : config.match])).to(device),
            repeated(geometry),
            torch.ones(len(questions), len(part), device=device),
            torch.from_numpy(words).to(device),
        )
        logits = scores.relevance.cpu()
        result[:, part] = (logits[:, :-1] - logits[:, -1:]).numpy()
    return list(result)


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")
