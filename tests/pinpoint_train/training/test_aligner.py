"""Training the aligner: measuring, and whole small runs."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from pinpoint_models.aligner import MASKED, Aligner, AlignerConfig, load_aligner
from pinpoint_train.commands.aligner import command
from pinpoint_train.corpus.aligner_examples import ExampleSource
from pinpoint_train.corpus.page_features import write_pages
from pinpoint_train.measuring.aligner_recall import measure, relevance, take_share
from pinpoint_train.training.aligner import AlignerBatches

from ..aligner_pages import aligner_page


def test_take_share_stays_within_the_tokens_but_takes_one() -> None:
    scores = np.array([0.1, 0.9, 0.5, 0.3], np.float32)
    assert take_share(scores, np.full(4, 10, np.int32), 0.5) == {1, 2}
    assert take_share(scores, np.array([1, 30, 1, 1], np.int32), 0.25) == {1}


@torch.no_grad()
def test_parts_of_a_long_page_are_scored_as_the_stage_scores_them() -> None:
    page = aligner_page(2, lines=150)
    torch.manual_seed(0)
    model = Aligner(AlignerConfig(width=32, region_blocks=1)).eval()
    (whole,) = relevance(model, page, [page.questions[0].question])
    example = ExampleSource([page], model.config).example(0)
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
    monkeypatch.setattr("pinpoint_train.training.aligner.BATCH_REGIONS", 300)
    write_pages(tmp_path / "train", [aligner_page(i) for i in range(80)])
    write_pages(tmp_path / "dev", [aligner_page(i) for i in range(100, 120)])
    arguments = ["--pages", str(tmp_path / "train"), "--dev", str(tmp_path / "dev")]
    arguments += ["--out", str(tmp_path / "run"), "--threads", "1", "--region-blocks", "1"]
    CliRunner().invoke(command, [*arguments, "--steps", "70"], catch_exceptions=False)
    stored = json.loads((tmp_path / "run" / "aligner.json").read_text())
    assert stored["support_aligner_25%"] > 0.7
    assert stored["unanswerable_found_out"] > 0.7
    assert stored["answerable_missed"] < 0.3
    model = load_aligner(tmp_path / "run")
    dev = [aligner_page(i) for i in range(100, 120)]
    assert measure(model, dev, 0.6).summary()["support_aligner_25%"] == pytest.approx(
        stored["support_aligner_25%"], abs=0.05
    )
    assert "| aligner, 25% |" in (tmp_path / "run" / "aligner.md").read_text()
    more = [*arguments, "--steps", "72", "--resume"]
    CliRunner().invoke(command, more, catch_exceptions=False)
    assert json.loads((tmp_path / "run" / "aligner.json").read_text())["steps"] == 72


def test_a_run_goes_on_from_a_trained_aligner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pinpoint_train.training.aligner.BATCH_REGIONS", 300)
    write_pages(tmp_path / "pages", [aligner_page(i) for i in range(80)])
    arguments = ["--pages", str(tmp_path / "pages"), "--threads", "1"]
    first = [*arguments, "--out", str(tmp_path / "first"), "--region-blocks", "1", "--steps", "70"]
    CliRunner().invoke(command, first, catch_exceptions=False)
    more = [*arguments, "--start", str(tmp_path / "first"), "--steps", "2", "--rate", "1e-6"]
    done = CliRunner().invoke(command, [*more, "--out", str(tmp_path / "more")])
    assert done.exit_code == 0, done.output
    before, after = (load_aligner(tmp_path / name).state_dict() for name in ("first", "more"))
    # Another start would be as far from it as one is from another.
    assert all(torch.allclose(after[name], before[name], atol=1e-4) for name in before)
    assert "from a trained one for 2 steps" in (tmp_path / "more" / "aligner.md").read_text()
    other = CliRunner().invoke(
        command, [*more, "--out", str(tmp_path / "x"), "--region-blocks", "2"]
    )
    assert "has 1 region blocks, not 2" in str(other.exception)
    assert not (tmp_path / "x" / "aligner.safetensors").exists()


def test_batches_hold_pages_of_like_size() -> None:
    sampler = AlignerBatches(
        ExampleSource([aligner_page(i, lines=4 + i % 60) for i in range(300)], AlignerConfig())
    )
    widths = [sampler.draw(np.random.default_rng(i)).inputs[4].sum(1).numpy() for i in range(12)]
    within = np.mean([w.std() for w in widths])
    assert within < 0.6 * np.concatenate(widths).std()
