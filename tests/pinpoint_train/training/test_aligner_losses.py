"""The losses of the aligner: low where the scores are right, high where they are wrong."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from pinpoint_models.aligner import Aligner, AlignerConfig, Scores
from pinpoint_train.corpus.aligner_examples import ExampleSource
from pinpoint_train.training.aligner_losses import AlignerBatch, collate, losses_of

from ..aligner_pages import aligner_page


def batch_of(questions: list[int]) -> AlignerBatch:
    source = ExampleSource([aligner_page(i, lines=4 + i) for i in range(4)], AlignerConfig())
    return collate([source.example(i) for i in questions])


def perfect(batch: AlignerBatch) -> Scores:
    """Scores that put every support region, or null, first, each question on its own axis."""
    count, size = batch.support.shape
    own = torch.eye(count, 32)
    regions = torch.zeros(count, size, 32)
    regions[:, :, -1] = 1.0
    regions = torch.where(batch.support[:, :, None], own[:, None, :], regions)
    none = ~batch.support.any(1, keepdim=True)
    relevance = torch.cat([batch.support, none], dim=1).float() * 30
    return Scores(relevance, own, regions)


def test_batches_are_padded_and_know_like_questions() -> None:
    batch = batch_of([0, 1, 2, 5])
    features, _, _, _, mask, instruction = batch.inputs
    assert features.shape == (4, 16, 4, 96)
    assert mask.sum(1).tolist() == [8, 8, 8, 10]
    assert instruction.shape == (4, 64)
    assert batch.alike.tolist()[2] == [False, False, True, True]
    assert not batch.support[2].any()


def test_right_scores_lose_little_and_wrong_ones_much() -> None:
    batch = batch_of([0, 1, 2, 4])
    right = perfect(batch)
    low = losses_of(right, batch)
    # Two support regions share the target, so that ln 2 is the least on average of three of four.
    assert low["relevance"].item() == pytest.approx(0.75 * np.log(2), abs=1e-3)
    assert low["inter"].item() < 1e-3
    assert low["intra"].item() < 1e-2
    wrong = Scores(right.relevance.roll(1, 1), right.guidance.roll(1, 0), right.regions)
    high = losses_of(wrong, batch)
    assert all(high[name] > low[name] + 0.5 for name in ("relevance", "inter", "intra"))
    assert high["box"] > low["box"]


def test_like_questions_are_no_negatives_of_each_other() -> None:
    batch = batch_of([0, 0])
    scores = perfect(batch)
    together = Scores(scores.relevance, scores.guidance[:1].expand(2, -1), scores.regions)
    same = losses_of(together, batch)["inter"]
    apart = losses_of(together, replace(batch, alike=torch.eye(2, dtype=torch.bool)))["inter"]
    assert same < apart


def test_a_batch_of_unanswerable_questions_has_a_relevance_loss_only() -> None:
    batch = batch_of([2, 5])
    model = Aligner(AlignerConfig(width=32, region_blocks=1))
    parts = losses_of(model.score(*batch.inputs), batch)
    assert parts["relevance"] > 0
    assert parts["inter"] == parts["intra"] == parts["box"] == 0
