"""Training the aligner: losses, measuring and a whole small run."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from pinpoint_edge.models.aligner import MASKED, Aligner, AlignerConfig, Scores, load_aligner
from pinpoint_export.distill.align_eval import measure, relevance, take_share
from pinpoint_export.distill.aligner import Batch, Sampler, collate, losses_of, main
from pinpoint_export.distill.examples import ExampleSource
from pinpoint_export.distill.features import write_pages

from .made_pages import made_page


def batch_of(questions: list[int]) -> Batch:
    source = ExampleSource([made_page(i, lines=4 + i) for i in range(4)])
    return collate([source.example(i) for i in questions])


def perfect(batch: Batch) -> Scores:
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


def test_take_share_stays_within_the_tokens_but_takes_one() -> None:
    scores = np.array([0.1, 0.9, 0.5, 0.3], np.float32)
    assert take_share(scores, np.full(4, 10, np.int32), 0.5) == {1, 2}
    assert take_share(scores, np.array([1, 30, 1, 1], np.int32), 0.25) == {1}


@torch.no_grad()
def test_parts_of_a_long_page_are_scored_as_the_stage_scores_them() -> None:
    page = made_page(2, lines=150)
    torch.manual_seed(0)
    model = Aligner(AlignerConfig(width=32, region_blocks=1)).eval()
    (whole,) = relevance(model, page, [page.questions[0].question])
    example = ExampleSource([page]).example(0)
    assert len(whole) == 301
    assert whole[-1] == 0
    first = model(
        *(
            torch.from_numpy(x)
            for x in (
                example.features,
                example.trigrams,
                example.match,
                example.geometry,
                example.mask,
                example.instruction,
            )
        )
    ).numpy()
    np.testing.assert_allclose(whole[:256], first[:256] - first[256], atol=0.05)
    assert (whole > MASKED / 2).all()


def test_a_run_learns_publishes_and_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pinpoint_export.distill.aligner.BATCH_REGIONS", 300)
    write_pages(tmp_path / "train", [made_page(i) for i in range(80)])
    write_pages(tmp_path / "dev", [made_page(i) for i in range(100, 120)])
    arguments = ["--pages", str(tmp_path / "train"), "--dev", str(tmp_path / "dev")]
    arguments += ["--out", str(tmp_path / "run"), "--threads", "1", "--region-blocks", "1"]
    CliRunner().invoke(main, [*arguments, "--steps", "70"], catch_exceptions=False)
    stored = json.loads((tmp_path / "run" / "aligner.json").read_text())
    assert stored["support_aligner_25%"] > 0.7
    assert stored["unanswerable_found_out"] > 0.7
    assert stored["answerable_missed"] < 0.3
    model = load_aligner(tmp_path / "run")
    dev = [made_page(i) for i in range(100, 120)]
    assert measure(model, dev, 0.6).summary()["support_aligner_25%"] == pytest.approx(
        stored["support_aligner_25%"], abs=0.05
    )
    assert "| aligner, 25% |" in (tmp_path / "run" / "aligner.md").read_text()
    more = [*arguments, "--steps", "72", "--resume"]
    CliRunner().invoke(main, more, catch_exceptions=False)
    assert json.loads((tmp_path / "run" / "aligner.json").read_text())["steps"] == 72


def test_batches_hold_pages_of_like_size() -> None:
    sampler = Sampler(ExampleSource([made_page(i, lines=4 + i % 60) for i in range(300)]))
    widths = [sampler.draw(np.random.default_rng(i)).inputs[4].sum(1).numpy() for i in range(12)]
    within = np.mean([w.std() for w in widths])
    assert within < 0.6 * np.concatenate(widths).std()
