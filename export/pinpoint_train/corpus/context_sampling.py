"""Draw training contexts for the language model, from pages by the weight of their kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pinpoint_data.generator.synthetic_page import DERIVED
from pinpoint_data.splits import is_dev
from pinpoint_edge.generation.tokenizer import Tokenizer
from pinpoint_train.corpus.aligner_evidence import AlignerEvidence
from pinpoint_train.corpus.contexts import QUESTIONS_A_CONTEXT, TrainingContext, make_context
from pinpoint_train.corpus.page import CorpusPage, CorpusQuestion
from pinpoint_train.corpus.questions import ask_differently, read_off_questions
from pinpoint_train.corpus.shards import read_shard, shards

ALIGNER_SHARE = 0.5
# Answers of several lines, and those that check boxes give, are few.
SCARCE_WEIGHT = 3.0
TICKED, EMPTY = SIGNS = "☒☐"
# Real pages are few but true; forms are the widest kind and only generated ones may be trained on.
KIND_WEIGHTS = {"sroie": 2.0, "fcc_adbuy": 2.5, "synthetic-form": 2.5}

# A context and its page.
Drawn = tuple[TrainingContext, CorpusPage]


def load_records(corpus: Path, names: tuple[str, ...], *, dev: bool) -> list[CorpusPage]:
    """Read the pages of one side of the split that have something to ask."""
    records = []
    for shard in shards(corpus, names or None):
        for record in read_shard(shard):
            record.crops = []
            if is_dev(record.id) == dev and record.texts:
                records.append(record)
    return records


def draw_context(
    records: list[CorpusPage],
    weights: NDArray[np.float64],
    tokenizer: Tokenizer,
    random: np.random.Generator,
    evidence: AlignerEvidence | None = None,
) -> Drawn:
    """Draw a page, up to ten questions about it and a context, half of the time of evidence."""
    while True:
        record = records[int(random.choice(len(records), p=weights))]
        pool: list[CorpusQuestion] = list(record.questions)
        read_off = read_off_questions(record, random)
        if read_off:
            pool += [read_off[i] for i in random.permutation(len(read_off))[:4]]
        if not pool:
            continue
        chances = np.asarray([SCARCE_WEIGHT if is_scarce(q, record) else 1.0 for q in pool])
        count = min(len(pool), QUESTIONS_A_CONTEXT)
        drawn = random.choice(len(pool), count, replace=False, p=chances / chances.sum())
        picked = [pool[i] for i in drawn]
        if record.questions and random.random() < 0.15:
            picked = picked[:1]
        picked = [ask_differently(question, random) for question in picked]
        chosen = None
        if evidence is not None and evidence.knows(record) and random.random() < ALIGNER_SHARE:
            first = int(random.integers(1, 4))
            chosen = evidence.choose(record, picked[:first], random)
            picked = picked[:first] + [q for q in picked[first:] if is_settled(q, chosen)]
        context = make_context(record, picked, tokenizer, random, chosen)
        if context is not None:
            return context, record


def is_settled(question: CorpusQuestion, chosen: set[int]) -> bool:
    """Whether evidence that was chosen for other questions holds the answer, or no page does.

    Such a question costs its own tokens alone.
    """
    return question.target is None or chosen.issuperset(question.support)


def is_scarce(question: CorpusQuestion, record: CorpusPage) -> bool:
    """Whether an answer is quoted from several regions, or derived from check boxes."""
    if question.field in DERIVED:
        return any(sign in record.texts[i] for i in question.support for sign in SIGNS)
    return len(question.answer) > 1


def page_weights(records: list[CorpusPage]) -> NDArray[np.float64]:
    """Weight pages so that each kind counts by the root of its size; see KIND_WEIGHTS.

    Pages with a ticked box count SCARCE_WEIGHT times.
    """
    kinds: dict[str, int] = {}
    for record in records:
        kinds[record.kind] = kinds.get(record.kind, 0) + 1
    weights = np.asarray([KIND_WEIGHTS.get(r.kind, 1.0) / kinds[r.kind] ** 0.5 for r in records])
    weights *= [SCARCE_WEIGHT if any(TICKED in text for text in r.texts) else 1.0 for r in records]
    return np.asarray(weights / weights.sum(), np.float64)
