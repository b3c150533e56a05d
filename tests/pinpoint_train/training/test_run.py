"""A training run: budget, schedule, checkpoints, resume and outcome."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from pinpoint_edge.errors import DataError, OptionError
from pinpoint_train.training.fitting import adam, fit, moving_average
from pinpoint_train.training.run import CHECKPOINT, TrainingRun, one_cycle


class Noise:
    """Batches of random numbers; one at `broken` cannot be drawn."""

    def __init__(self, broken: int | None = None) -> None:
        self.broken, self.drawn = broken, 0

    def draw(self, random: np.random.Generator) -> Tensor:
        self.drawn += 1
        if self.drawn == self.broken:
            raise ValueError("a broken crop")
        return torch.from_numpy(random.standard_normal((8, 4), dtype="float32"))


class Stopped(Exception):
    """Ends a run as a crash would."""


def train(
    out: Path, *, resume: bool = False, stop: int | None = None, source: Noise | None = None
) -> tuple[TrainingRun, nn.Linear]:
    """Fit a line for twelve steps of random data with dropout; `stop` breaks off."""
    run = TrainingRun(out, steps=12, minutes=None, seed=3, resume=resume)
    model = nn.Linear(4, 1)
    average, final = moving_average(model)

    def losses(x: Tensor) -> dict[str, Tensor]:
        if run.step == stop:
            raise Stopped
        wanted = x.sum(1, keepdim=True)
        seen = nn.functional.dropout(x, 0.2) + torch.randn(8, 4)
        return {"loss": (model(seen) - wanted).square().mean()}

    fit(run, model, average, adam(model, 0.1, 0.01), source or Noise(), losses, ahead=2)
    return run, final


def test_a_resumed_run_is_the_run_it_would_have_been(tmp_path: Path) -> None:
    whole_run, whole = train(tmp_path / "whole")
    with pytest.raises(Stopped):
        train(tmp_path / "broken", stop=5)
    with pytest.raises(Stopped):
        train(tmp_path / "broken", resume=True, stop=9)
    resumed_run, resumed = train(tmp_path / "broken", resume=True)
    assert whole_run.step == resumed_run.step == 12
    parts = [
        torch.load(tmp_path / name / CHECKPOINT, weights_only=True)["parts"]
        for name in ("whole", "broken")
    ]
    assert torch.equal(whole.weight, resumed.weight)
    assert torch.equal(parts[0]["model"]["weight"], parts[1]["model"]["weight"])
    assert not torch.equal(parts[0]["model"]["weight"], whole.weight)
    assert parts[0]["scheduler"] == parts[1]["scheduler"]


def test_minutes_end_a_run_and_bring_the_rate_to_zero(tmp_path: Path) -> None:
    run = TrainingRun(tmp_path, steps=None, minutes=0.005, seed=0)
    optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
    scheduler, rates = run.scheduler(optimizer), []
    for _ in run:
        optimizer.step()
        scheduler.step()
        rates.append(optimizer.param_groups[0]["lr"])
    assert max(rates) > 0.9
    assert rates[-1] < 0.01
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] == 0.0


def test_steps_give_each_group_its_share_of_the_schedule(tmp_path: Path) -> None:
    run = TrainingRun(tmp_path, steps=40, minutes=None, seed=0)
    groups = [{"params": nn.Linear(1, 1).parameters(), "lr": lr} for lr in (0.2, 0.3)]
    optimizer = torch.optim.SGD(groups)
    scheduler, rates = run.scheduler(optimizer), []
    for _ in run:
        rates.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()
        scheduler.step()
    factors = [one_cycle(step / 40) for step in range(40)]
    np.testing.assert_allclose(rates, [[0.2 * f, 0.3 * f] for f in factors])


def test_one_cycle_climbs_then_falls() -> None:
    rates = [one_cycle(i / 100) for i in range(101)]
    peak = rates.index(max(rates))
    assert rates[peak] == pytest.approx(1.0)
    assert peak == 5
    assert rates[peak:] == sorted(rates[peak:], reverse=True)


def test_an_average_follows_fast_at_first_and_buffers_too() -> None:
    model = nn.BatchNorm1d(1)
    average, final = moving_average(model, decay=0.5)
    for value in (1.0, 2.0, 3.0):
        nn.init.constant_(model.weight, value)
        nn.init.constant_(model.running_mean, value)  # type: ignore[arg-type]
        model.num_batches_tracked += 1  # type: ignore[operator]
        average.update_parameters(model)
    # The first is taken as it is, then 1 - 3 / 12 and 1 - 4 / 13 of the way are gone.
    expected = 1 + 9 / 12
    expected += (3 - expected) * 9 / 13
    assert final.weight.item() == pytest.approx(expected)
    assert final.running_mean.item() == pytest.approx(expected)  # type: ignore[union-attr]
    assert final.num_batches_tracked.item() == 3  # type: ignore[union-attr]
    assert not final.training
    assert not final.weight.requires_grad


@pytest.mark.parametrize("budget", [{"steps": None, "minutes": None}, {"steps": 0, "minutes": 1}])
def test_a_run_needs_an_end(tmp_path: Path, budget: dict[str, int | None]) -> None:
    with pytest.raises(OptionError):
        TrainingRun(tmp_path, seed=0, **budget)  # type: ignore[arg-type]


def test_a_run_is_neither_overwritten_nor_invented(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="leave --resume out"):
        TrainingRun(tmp_path, steps=1, minutes=None, seed=0, resume=True)
    train(tmp_path)
    with pytest.raises(OptionError, match="add --resume"):
        TrainingRun(tmp_path, steps=1, minutes=None, seed=0)


def test_a_broken_checkpoint_or_another_seed_is_named(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        train(tmp_path, stop=2)
    other = TrainingRun(tmp_path, steps=12, minutes=None, seed=4, resume=True)
    with pytest.raises(OptionError, match="--seed 3"):
        other.track(model=nn.Linear(4, 1))
    (tmp_path / CHECKPOINT).write_bytes((tmp_path / CHECKPOINT).read_bytes()[:200])
    with pytest.raises(DataError, match=r"checkpoint\.pt cannot be resumed"):
        train(tmp_path, resume=True)


def test_publish_writes_weights_facts_and_card(tmp_path: Path) -> None:
    run, model = train(tmp_path)
    run.publish("line", dict(model.state_dict()), {"error": 0.5}, "# A line\n")
    assert torch.equal(load_file(tmp_path / "line.safetensors")["weight"], model.weight)
    facts = json.loads((tmp_path / "line.json").read_text())
    assert facts["error"] == 0.5
    assert facts["steps"] == 12
    assert (tmp_path / "line.md").read_text() == "# A line\n"
    events = [json.loads(line)["event"] for line in (tmp_path / "log.jsonl").open()]
    assert events == ["published"]
    assert len(list(tmp_path.iterdir())) == 6


def test_batches_follow_the_steps_and_hand_over_errors(tmp_path: Path) -> None:
    run = TrainingRun(tmp_path, steps=9, minutes=None, seed=1)
    run.step = 4
    before = torch.get_rng_state()
    batches = run.batches(Noise(), ahead=2)
    for step in range(4, 9):
        expected = run.generator(step).standard_normal((8, 4), dtype="float32")
        assert np.array_equal(next(batches).numpy(), expected)
    assert torch.equal(torch.get_rng_state(), before)
    with pytest.raises(ValueError, match="a broken crop"):
        train(tmp_path / "other", source=Noise(broken=3))
