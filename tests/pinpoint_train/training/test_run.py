"""A training run: budget, schedule, checkpoints, resume and outcome."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from pinpoint_edge.errors import DataError, OptionError
from pinpoint_train.training.run import CHECKPOINT, MovingAverage, Prefetch, Run, one_cycle


def train(out: Path, *, resume: bool = False, stop: int | None = None) -> tuple[Run, nn.Linear]:
    """Fit a line for twelve steps of random data; `stop` breaks off as a crash would."""
    run = Run(out, steps=12, minutes=None, seed=3, resume=resume)
    model = nn.Linear(4, 1)
    optimizer = torch.optim.AdamW(model.parameters())
    ema = MovingAverage(model)
    run.track(model=model, optimizer=optimizer, ema=ema)
    for step in run:
        if step == stop:
            break
        run.set_rate(optimizer, 0.1)
        x = torch.from_numpy(run.generator(step).standard_normal((8, 4), dtype="float32"))
        loss = (model(x + torch.randn(8, 4)) - x.sum(1, keepdim=True)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        ema.update(model)
    return run, ema.module


def test_a_resumed_run_is_the_run_it_would_have_been(tmp_path: Path) -> None:
    whole_run, whole = train(tmp_path / "whole")
    train(tmp_path / "broken", stop=5)
    resumed_run, resumed = train(tmp_path / "broken", resume=True)
    assert whole_run.step == resumed_run.step == 12
    assert torch.equal(whole.weight, resumed.weight)


def test_minutes_end_a_run_and_bring_the_rate_to_zero(tmp_path: Path) -> None:
    run = Run(tmp_path, steps=None, minutes=0.005, seed=0)
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters())
    rates = [run.set_rate(optimizer, 1.0) for _ in run]
    assert 0.25 < run.elapsed < 2.0
    assert max(rates) > 0.9
    assert rates[-1] < 0.01 < rates[0] + 0.01
    assert run.set_rate(optimizer, 1.0) == 0.0


def test_one_cycle_climbs_then_falls() -> None:
    rates = [one_cycle(i / 100) for i in range(101)]
    peak = rates.index(max(rates))
    assert rates[peak] == pytest.approx(1.0)
    assert peak == 5
    assert rates[peak:] == sorted(rates[peak:], reverse=True)


@pytest.mark.parametrize("budget", [{"steps": None, "minutes": None}, {"steps": 0, "minutes": 1}])
def test_a_run_needs_an_end(tmp_path: Path, budget: dict[str, int | None]) -> None:
    with pytest.raises(OptionError):
        Run(tmp_path, seed=0, **budget)  # type: ignore[arg-type]


def test_a_run_is_neither_overwritten_nor_invented(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="leave --resume out"):
        Run(tmp_path, steps=1, minutes=None, seed=0, resume=True)
    train(tmp_path)
    with pytest.raises(OptionError, match="add --resume"):
        Run(tmp_path, steps=1, minutes=None, seed=0)


def test_a_broken_checkpoint_or_another_seed_is_named(tmp_path: Path) -> None:
    train(tmp_path, stop=2)
    other = Run(tmp_path, steps=12, minutes=None, seed=4, resume=True)
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
    assert not list(tmp_path.glob("*.part"))


def test_prefetch_follows_the_steps_and_hands_over_errors(tmp_path: Path) -> None:
    def draw(random: np.random.Generator) -> float:
        return float(random.random())

    run = Run(tmp_path, steps=9, minutes=None, seed=1)
    run.step = 4
    batches = Prefetch(run, draw, depth=2)
    taken = [batches.take() for _ in range(5)]
    batches.close()
    assert taken == [run.generator(step).random() for step in range(4, 9)]

    def fail(random: np.random.Generator) -> float:
        raise ValueError("a broken crop")

    broken = Prefetch(run, fail)
    with pytest.raises(ValueError, match="a broken crop"):
        broken.take()
    broken.close()
