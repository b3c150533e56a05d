"""Scores: what cannot bear a type has the greatest harm, and a run that was ended goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pinpoint_edge.errors import DataError, OptionError
from pinpoint_quantization.calibration.calibration_set import CalibrationSet
from pinpoint_quantization.recipe import StageRecipe
from pinpoint_quantization.search.scores import GroupScore, score_log
from pinpoint_quantization.search.sensitivity import compare, fits, key, kl_divergence, score_stage
from pinpoint_quantization.search.simulation import Simulation

INT4 = StageRecipe("int4")


@pytest.fixture(scope="module")
def simulation(tiny_stage: Path) -> Iterator[Simulation]:
    found = Simulation(tiny_stage, "decode", inputs=32, threads=1)
    yield found
    found.close()


@pytest.fixture(scope="module")
def scores(simulation: Simulation, prompts: CalibrationSet) -> dict[tuple[str, str], GroupScore]:
    found = score_stage(simulation, prompts, ["int8", "int4"], INT4, score_log(None, "x"))
    return {(score.group, score.kind): score for score in found}


def test_every_group_is_scored_in_every_type(
    scores: dict[tuple[str, str], GroupScore], simulation: Simulation
) -> None:
    kinds = ("float32", "int8", "int4")
    assert set(scores) == {(group.name, kind) for group in simulation.groups for kind in kinds}
    for group in simulation.groups:
        float32, int8, int4 = (scores[group.name, kind] for kind in kinds)
        assert (float32.harm, float32.changed, float32.size) == (0.0, 0.0, 4 * group.count)
        assert 0 < int8.harm < int4.harm
        assert int4.size < int8.size < float32.size
        assert int8.sqnr_db is not None
        assert int4.sqnr_db is not None
        assert int8.sqnr_db > int4.sqnr_db + 6


def test_the_module_that_four_bits_cannot_hold_is_found(
    scores: dict[tuple[str, str], GroupScore],
) -> None:
    bad, alike = (scores[f"layers.{number}.mlp.down", "int4"] for number in (1, 0))
    assert bad.harm > 2 * alike.harm


def test_an_interrupted_run_resumes(
    simulation: Simulation, prompts: CalibrationSet, tmp_path: Path
) -> None:
    path = tmp_path / "scores.jsonl"

    class Interrupted(Exception):
        pass

    def end(score: GroupScore) -> None:
        if score.group == "layers.0.attention.output":
            raise Interrupted

    with pytest.raises(Interrupted):
        score_stage(simulation, prompts, ["int4"], INT4, score_log(path, "mine"), on_score=end)
    path.write_bytes(path.read_bytes() + b'{"by": "mine", "sco')  # interrupted while it wrote
    log = score_log(path, "mine")
    held = dict(log.done)
    assert len(held) == 5
    runs = []
    real = simulation.run
    try:
        simulation.run = lambda *a, **b: runs.append(1) or real(*a, **b)  # type: ignore[method-assign]
        found = score_stage(simulation, prompts, ["int4"], INT4, log)
    finally:
        del simulation.run
    assert len(found) == 2 * len(simulation.groups)
    assert len(runs) == 2 * (1 + len(simulation.groups) - 2)  # floats, and what was missing
    assert all(score in found for score in held.values())
    assert score_log(path, "another").done == {}


def test_a_file_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scores.jsonl"
    path.write_text('{"id": 3}\n')
    with pytest.raises(DataError, match="line 1: this is no record"):
        score_log(path, "mine")


def test_what_decides_scores_changes_their_key() -> None:
    keys = {
        key("decode", "w", "d", INT4, runs=8),
        key("decode", "w", "d", INT4, runs=9),
        key("decode", "v", "d", INT4, runs=8),
        key("decode", "w", "e", INT4, runs=8),
        key("decode", "w", "d", StageRecipe("int4", 64), runs=8),
        key("decode", "w", "d", StageRecipe("int4", activations="float"), runs=8),
    }
    assert len(keys) == 6


def test_an_unknown_type_is_refused(simulation: Simulation, prompts: CalibrationSet) -> None:
    with pytest.raises(OptionError, match="no type 'int3'; there are float32"):
        score_stage(simulation, prompts, ["int3"], INT4, score_log(None, "x"))
    empty = CalibrationSet(prompts.about, {})
    with pytest.raises(DataError, match="no inputs of stage decode"):
        score_stage(simulation, empty, ["int4"], INT4, score_log(None, "x"))


def test_groups_that_no_block_divides_stay(simulation: Simulation) -> None:
    wide = StageRecipe("int4", block=128)
    assert [group.name for group in simulation.groups if fits(group, wide)] == [
        "layers.0.mlp.down",
        "layers.1.mlp.down",
    ]


def test_divergence_is_that_of_the_distributions() -> None:
    logits = np.array([[0.0, 1.0, 2.0]], np.float32)
    assert kl_divergence(logits, logits + 5) == pytest.approx(0, abs=1e-12)
    p, q = np.exp(logits) / np.exp(logits).sum(), np.full((1, 3), 1 / 3)
    expected = float((p * np.log(p / q)).sum())
    assert kl_divergence(logits, np.zeros((1, 3), np.float32)) == pytest.approx(expected, rel=1e-6)


def test_readings_are_compared_as_ctc_reads_them() -> None:
    """Rows that only pad a batch do not count, nor does a class that lasts longer."""
    feeds = [{"widths": np.array([9, 0], np.int32)}]
    truth = np.zeros((2, 6, 4), np.int32)
    truth[0, :, 0] = [1, 1, 0, 2, 0, 3]
    longer = truth.copy()
    longer[0, :, 0] = [1, 0, 2, 2, 0, 3]
    longer[1] = 7
    wrong = truth.copy()
    wrong[0, 3, 0] = 9
    visual = np.ones((2, 4), np.float32)

    def harm(classes: np.ndarray) -> tuple[float, float | None, float]:
        one = [{"classes": truth, "visual": visual}]
        return compare("refine", feeds, one, [{"classes": classes, "visual": visual}])

    assert harm(longer) == (0.0, None, 0.0)
    assert harm(wrong) == (pytest.approx(1 / 3), None, pytest.approx(1 / 3))
