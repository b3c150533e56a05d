"""Training contexts for the language model: evidence of many budgets, and whole pages.

One context is packed once with several questions behind it; each question sees the context and
itself alone, so ten questions cost little more than one. Contexts hold the support regions of
their questions among distractors. A question whose answer is left out is answered "not found"; one
whose answer is there in part teaches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_data.generator.synthetic_page import DERIVED
from pinpoint_edge.generation import prompt
from pinpoint_edge.generation.tokenizer import Tokenizer
from pinpoint_train.corpus.page import CorpusPage, CorpusQuestion

MAX_CONTEXT = 900
QUESTIONS_A_CONTEXT = 10


@dataclass(frozen=True)
class TrainingContext:
    """One packed training sequence of S ids.

    ids i32 (S,), an id >= vocabulary is visual token `id - vocabulary`; positions i64 (S,);
    segments i64 (S,): 0 for the context, k for question k; targets i64 (S,): the next id where it
    is learned, else -1; regions: index in the record of each visual token.
    """

    ids: NDArray[np.int32]
    positions: NDArray[np.int64]
    segments: NDArray[np.int64]
    targets: NDArray[np.int64]
    regions: list[int]

    def visible(self) -> NDArray[np.bool_]:
        """Which rows each row may attend to: bool (S, S)."""
        order = np.arange(len(self.ids))
        causal = order[None, :] <= order[:, None]
        same = self.segments[None, :] == self.segments[:, None]
        seen: NDArray[np.bool_] = causal & (same | (self.segments[None, :] == 0))
        return seen


def choose_context(
    record: CorpusPage,
    questions: list[CorpusQuestion],
    costs: list[int],
    random: np.random.Generator,
) -> set[int]:
    """Choose the regions that the context shows."""
    total = sum(costs)
    draw = random.random()
    if draw < 0.2 and total <= MAX_CONTEXT:
        return set(range(len(costs)))
    chosen: set[int] = set()
    for question in questions:
        if random.random() >= 0.1:
            chosen.update(question.support)
    budget = min(total * random.uniform(0.1, 0.5), MAX_CONTEXT)
    spent = sum(costs[index] for index in chosen)
    # Distractors: mostly regions in the same row as the support or near it, which an aligner
    # brings along and which an answer is mistaken for. An exponential race draws by weight.
    weights = np.full(len(costs), 0.05)
    if chosen:
        centres = record.layout.geometry[sorted(chosen), :2]
        gaps = np.abs(record.layout.geometry[:, None, :2] - centres[None]).min(axis=1)
        weights += 1.0 * (gaps[:, 1] < 0.012) + np.exp(-gaps.sum(axis=1) / 0.05)
    order = np.argsort(random.exponential(size=len(costs)) / weights)
    for index in order:
        if spent >= budget:
            break
        if int(index) not in chosen:
            chosen.add(int(index))
            spent += costs[int(index)]
    return chosen


def make_context(
    record: CorpusPage,
    questions: list[CorpusQuestion],
    tokenizer: Tokenizer,
    random: np.random.Generator,
    chosen: set[int] | None = None,
) -> TrainingContext | None:
    """Make a context of the record with the questions; None when it grew too long.

    chosen: the regions to show; drawn by `choose_context` when there are none given.
    """
    if chosen is None:
        costs = [prompt.region_cost(tokenizer, text) for text in record.texts]
        chosen = choose_context(record, questions, costs, random)
    cell, table = record.layout.cell, record.layout.table
    rows = [
        [prompt.Piece(i, record.texts[i], cell=cell[i], table=table[i]) for i in row if i in chosen]
        for row in record.layout.rows
    ]
    built = prompt.build(tokenizer, "placeholder", rows)
    context = built.ids[: built.question_start]
    if len(context) > MAX_CONTEXT + 100:
        return None
    ids, positions = [context], [np.arange(len(context))]
    segments = [np.zeros(len(context), np.int64)]
    targets = [np.full(len(context), -1, np.int64)]
    for number, question in enumerate(questions, 1):
        there = question.target is not None and chosen.issuperset(question.answer)
        quoted = question.target is not None and question.field not in DERIVED
        in_part = quoted and not there and not chosen.isdisjoint(question.answer)
        answer = question.target if there and question.target else prompt.NOT_FOUND
        question_ids = prompt.question_ids(tokenizer, question.text)
        answer_ids = prompt.answer_ids(tokenizer, answer)
        row_ids = np.asarray(question_ids + answer_ids, np.int32)
        learned = np.full(len(row_ids), -1, np.int64)
        if not in_part:
            learned[len(question_ids) - 1 : -1] = answer_ids
        ids.append(row_ids)
        positions.append(len(context) + np.arange(len(row_ids)))
        segments.append(np.full(len(row_ids), number, np.int64))
        targets.append(learned)
    return TrainingContext(
        np.concatenate(ids).astype(np.int32),
        np.concatenate(positions),
        np.concatenate(segments),
        np.concatenate(targets),
        list(built.visual_order),
    )
