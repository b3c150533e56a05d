"""What the language model is shown in training: pages by the weight of their kind, packed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pinpoint_data.generator.sample import DERIVED
from pinpoint_data.splits import is_dev
from pinpoint_edge.generation.tokenizer import Tokenizer
from pinpoint_edge.vision.regions import TEXT
from pinpoint_train.corpus.aligned import AlignedEvidence
from pinpoint_train.corpus.corpus import Question, ReadRecord, read_shard, shards
from pinpoint_train.corpus.evidence import QUESTIONS_A_PACK, Pack, make_pack
from pinpoint_train.corpus.questions import ask_differently, read_off_questions, tick_questions

ALIGNED_SHARE = 0.5
# Answers of several lines, and what marks tell, are few: a model cuts the former after a line.
RARE_WEIGHT = 3.0
# Real pages are few but true; forms are the widest kind and only generated ones may be trained on.
KIND_WEIGHTS = {"sroie": 2.0, "fcc_adbuy": 2.5, "synthetic-form": 2.5}


def load_records(
    corpus: Path, names: tuple[str, ...], *, dev: bool, limit: int | None = None
) -> list[ReadRecord]:
    """Read the pages of one side of the split that have something to ask."""
    records = []
    for shard in shards(corpus, names or None):
        for record in read_shard(shard):
            record.crops = []
            if is_dev(record.id) == dev and record.texts:
                records.append(record)
                if limit and len(records) >= limit:
                    return records
    return records


def draw_pack(
    records: list[ReadRecord],
    weights: NDArray[np.float64],
    tokenizer: Tokenizer,
    random: np.random.Generator,
    aligned: AlignedEvidence | None = None,
) -> tuple[Pack, ReadRecord]:
    """Draw a page, up to six questions about it and a context, half of them the aligner's."""
    while True:
        record = records[int(random.choice(len(records), p=weights))]
        pool: list[Question] = list(record.questions)
        read_off = read_off_questions(record, random)
        if read_off:
            pool += [read_off[i] for i in random.permutation(len(read_off))[:4]]
        pool += tick_questions(record, random)
        if not pool:
            continue
        chances = np.asarray([RARE_WEIGHT if is_rare(q, record) else 1.0 for q in pool])
        count = min(len(pool), QUESTIONS_A_PACK)
        drawn = random.choice(len(pool), count, replace=False, p=chances / chances.sum())
        picked = [pool[i] for i in drawn]
        if record.questions and random.random() < 0.15:
            picked = picked[:1]
        picked = [ask_differently(question, random) for question in picked]
        chosen = None
        if aligned is not None and aligned.knows(record) and random.random() < ALIGNED_SHARE:
            picked = picked[: int(random.integers(1, 4))]
            chosen = aligned.choose(record, picked, random)
        pack = make_pack(record, picked, tokenizer, random, chosen)
        if pack is not None:
            return pack, record


def is_rare(question: Question, record: ReadRecord) -> bool:
    """Whether an answer is quoted from several regions, or told by marks."""
    if question.field in DERIVED:
        return any(record.kinds[index] != TEXT for index in question.support)
    return len(question.answer) > 1


def page_weights(records: list[ReadRecord]) -> NDArray[np.float64]:
    """Weight pages so that each kind counts by the root of its size; see KIND_WEIGHTS.

    Pages with a ticked box count RARE_WEIGHT times.
    """
    kinds: dict[str, int] = {}
    for record in records:
        kinds[record.kind] = kinds.get(record.kind, 0) + 1
    weights = np.asarray([KIND_WEIGHTS.get(r.kind, 1.0) / kinds[r.kind] ** 0.5 for r in records])
    weights *= [RARE_WEIGHT if "ticked" in r.kinds else 1.0 for r in records]
    return np.asarray(weights / weights.sum(), np.float64)
