"""Fitting a confidence: it finds what made the answers, keeps its signs, leaves dev pages alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from pinpoint_edge.errors import BundleError, DataError
from pinpoint_edge.evaluation.predictions import Prediction
from pinpoint_edge.evaluation.reliability import expected_error
from pinpoint_edge.generation.confidence import FOUND, NOT_FOUND, Signals, calibrated, log_odds
from pinpoint_models.calibrated import load_confidence, load_threshold
from pinpoint_train.commands.calibrate import command
from pinpoint_train.measuring.calibrate import LEAST, fit, pair_up, threshold


def drawn(count: int, seed: int) -> tuple[list[Signals], np.ndarray]:
    """Answers that are right as often as the odds of two of their signals say."""
    random = np.random.default_rng(seed)
    signals = [Signals(*random.beta(3, 1, 3), *random.beta(1, 3, 2)) for _ in range(count)]
    odds = np.array([0.8 * log_odds(s.decode) - 0.5 * log_odds(s.null) - 0.4 for s in signals])
    return signals, (random.random(count) < 1 / (1 + np.exp(-odds))).astype(float)


def test_the_weights_that_made_the_answers_are_found_again():
    weights = fit(*drawn(6000, 0), FOUND)
    assert weights["decode"] == pytest.approx(0.8, abs=0.08)
    assert weights["null"] == pytest.approx(-0.5, abs=0.08)
    assert weights["bias"] == pytest.approx(-0.4, abs=0.15)
    for name, weight in weights.items():
        if name not in ("decode", "null", "bias"):
            assert abs(weight) < 0.06
    signals, right = drawn(4000, 1)
    assert expected_error(np.array([calibrated(s, weights) for s in signals]), right) < 0.03


def test_a_signal_that_would_point_the_wrong_way_is_left_out():
    signals, right = drawn(2000, 2)
    weights = fit(signals, 1 - right, FOUND)
    assert "decode" not in weights
    assert "null" not in weights
    assert set(fit(signals, right, NOT_FOUND)) <= {"decode", "null", "not_found", "bias"}


def write(folder: Path, count: int, image: str = "page.png", **extra: str) -> tuple[Path, Path]:
    """Questions about one page and answers to them, half of each kind and half of them right."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (50, 50), "white").save(folder / image)
    data, answers = folder / "qa.jsonl", folder / "answers.jsonl"
    signals, right = drawn(count, 3)
    with data.open("w") as questions, answers.open("w") as made:
        for number, each in enumerate(signals):
            found = number % 2 == 0
            answered = found == bool(right[number])
            row = {
                "id": f"q{number}", "image": image, "question": "What is it?",
                "answers": ["x"] if answered else [], "answer_boxes": [], "support_boxes": [],
                "page": 0, "width": 50, "height": 50, **extra,
            }  # fmt: skip
            questions.write(json.dumps(row) + "\n")
            prediction = Prediction(
                f"q{number}", "pinpoint", "x" if found else None, 0.5, (), (), None, 1, 1, 1, 0,
                1.0, None, None, {}, 0, vars(each),
            )  # fmt: skip
            made.write(json.dumps(prediction.to_json()) + "\n")
    return data, answers


def run(*paths: object) -> object:
    data, answers, out = paths
    arguments = ["--data", str(data), "--predictions", str(answers), "--out", str(out)]
    return CliRunner().invoke(command, arguments, catch_exceptions=True)


def test_the_command_writes_what_a_bundle_takes_and_the_same_again(tmp_path: Path):
    data, answers = write(tmp_path / "set", 200)
    for name in ("confidence.json", "again.json"):
        assert run(data, answers, tmp_path / name).exit_code == 0
    out = tmp_path / "confidence.json"
    assert out.read_bytes() == (tmp_path / "again.json").read_bytes()
    weights = load_confidence(tmp_path)
    assert set(weights) == {FOUND, NOT_FOUND}
    facts = json.loads(out.read_text())["facts"]
    assert facts[FOUND]["answers"] == 100
    assert facts[FOUND]["error_after"] < 0.2


def test_pages_for_measuring_and_too_few_answers_are_refused(tmp_path: Path):
    data, answers = write(tmp_path / "funsd_dev", 4)
    with pytest.raises(DataError, match="kept for measuring"):
        pair_up([data], [answers])
    data, answers = write(tmp_path / "own", 4, use="measure")
    with pytest.raises(DataError, match="kept for measuring"):
        pair_up([data], [answers])
    data, answers = write(tmp_path / "few", 20)
    result = run(data, answers, tmp_path / "out.json")
    assert isinstance(result.exception, DataError)
    assert not (tmp_path / "out.json").exists()


def test_weights_without_a_confidence_are_fine_and_a_broken_one_is_named(tmp_path: Path):
    assert load_confidence(tmp_path) == {}
    (tmp_path / "confidence.json").write_text('{"weights": {"found": {"bias": "much"}}}')
    with pytest.raises(BundleError, match=r"confidence\.json.*fit it again"):
        load_confidence(tmp_path)


def test_the_threshold_holds_its_precision_for_all_that_reach_it():
    likely = np.linspace(0.0, 1.0, 400)
    right = (likely >= 0.5).astype(float)
    found = threshold(likely, right)
    assert found is not None
    reached = likely >= found["least"]
    assert found["precision"] == pytest.approx(right[reached].mean(), abs=1e-4)
    assert found["precision"] >= 0.95
    assert found["kept"] == pytest.approx(reached.mean(), abs=1e-4)
    assert 0.46 < found["least"] < 0.5
    assert threshold(likely, 1 - right) is None
    assert threshold(np.ones(LEAST - 1), np.ones(LEAST - 1)) is None
    # All of one confidence are taken or none: half of these are wrong.
    assert threshold(np.full(200, 0.9), np.tile([1.0, 0.0], 100)) is None


def test_a_threshold_is_read_and_a_broken_one_named(tmp_path: Path):
    assert load_threshold(tmp_path) is None
    path = tmp_path / "confidence.json"
    path.write_text('{"weights": {}, "threshold": {"least": 0.8, "precision": 0.96, "kept": 0.7}}')
    held = load_threshold(tmp_path)
    assert held is not None
    assert held.least == 0.8
    path.write_text('{"weights": {}, "threshold": {"least": "much"}}')
    with pytest.raises(BundleError, match="no threshold"):
        load_threshold(tmp_path)


def test_predictions_that_are_not_there(tmp_path: Path):
    data, _ = write(tmp_path / "set", 4)
    result = run(data, tmp_path / "none.jsonl", tmp_path / "out.json")
    assert isinstance(result.exception, DataError)
    assert "--bundle" in str(result.exception)
