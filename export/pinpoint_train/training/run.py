"""A training run: its folder, clock, schedule, checkpoints, log and outcome.

A run is bounded by steps, by minutes, or by both; the learning rate follows whichever is further
along, so that a run on a slow machine still ends with a rate of zero. Time counts across resumes.

    run = TrainingRun(out, steps=None, minutes=15, seed=0, resume=False)
    scheduler = run.scheduler(optimizer)
    run.track(model=model, optimizer=optimizer, scheduler=scheduler)
    for step in run:                       # saves every minute, at the end and when interrupted
        batch = sample(run.generator(step))
        ...
        optimizer.step()
        scheduler.step()
        run.log("train", loss=loss)
    run.publish("glance", tensors, facts, card)
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR

from pinpoint_edge.errors import DataError, OptionError, OutputError
from pinpoint_edge.storage.atomic import replacing, write_json
from pinpoint_edge.storage.resumable_log import Log
from pinpoint_train.training.batches import BatchSource, batches_from, step_random

CHECKPOINT = "checkpoint.pt"
CHECKPOINT_SECONDS = 60.0

T = TypeVar("T")


class Stateful(Protocol):
    """An object that a run saves and brings back: a module, an optimizer, a scheduler."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: Any, /) -> Any: ...


def one_cycle(progress: float, warmup: float = 0.05) -> float:
    """Factor on the peak rate: a linear climb from 0 to 1, then a cosine fall back to 0.

    `progress` and `warmup` are fractions of the run. After Smith and Topin, 2018, with the
    cosine fall of SGDR (Loshchilov and Hutter, 2017).
    """
    if progress < warmup:
        return max(progress / warmup, 0.01)
    return 0.5 + 0.5 * math.cos(math.pi * min((progress - warmup) / (1 - warmup), 1.0))


def training_device() -> torch.device:
    """A GPU where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


class TrainingRun:
    """One training run in the folder `out`: iterate over it for the step numbers.

    Raises OptionError when neither steps nor minutes bound it, when `out` holds a run that is
    not to be resumed, or when there is nothing to resume; DataError for a broken checkpoint.
    """

    def __init__(
        self,
        out: Path,
        *,
        steps: int | None,
        minutes: float | None,
        seed: int,
        resume: bool = False,
        threads: int | None = None,
    ) -> None:
        if steps is None and minutes is None:
            raise OptionError("A run without an end: give --steps, --minutes or both.")
        if (steps is not None and steps < 1) or (minutes is not None and minutes <= 0):
            raise OptionError("--steps and --minutes must be above zero.")
        self.out, self.seed = out, seed
        self.steps, self.minutes = steps, minutes
        self.step = 0
        self._spent = 0.0
        self._started = time.monotonic()
        self._saved = self._started
        self._parts: dict[str, Stateful] = {}
        self._resume = resume
        there = (out / CHECKPOINT).exists()
        if resume and not there:
            raise OptionError(f"{out} holds no {CHECKPOINT} to resume: leave --resume out.")
        if there and not resume:
            raise OptionError(f"{out} already holds a run: add --resume or choose another --out.")
        if threads is not None:
            torch.set_num_threads(threads)
        self.threads = threads or torch.get_num_threads()
        # The same command starts from the same weights.
        torch.manual_seed(seed)
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or error
            raise OutputError(f"{out} cannot be made: {reason}. Choose another --out.") from error
        self._log: Log[dict[str, Any]] = Log(out / "log.jsonl", dict)
        write_json(out / "run.json", {"seed": seed, "steps": steps, "minutes": minutes})

    @property
    def elapsed(self) -> float:
        """Seconds spent, earlier sittings included."""
        return self._spent + time.monotonic() - self._started

    @property
    def progress(self) -> float:
        """Fraction of the run that is behind us, 0 to 1."""
        return self._progress(self.step)

    def _progress(self, step: int) -> float:
        by_step = step / self.steps if self.steps else 0.0
        by_time = self.elapsed / (60 * self.minutes) if self.minutes else 0.0
        return min(max(by_step, by_time), 1.0)

    def restart_clock(self) -> None:
        """Begin to count time here: preparing the data is no part of the training's budget."""
        self._started = self._saved = time.monotonic()

    def track(self, **parts: Stateful) -> None:
        """Name the parts that checkpoints hold; a resumed run brings these back at once."""
        self._parts.update(parts)
        if not self._resume:
            return
        path = self.out / CHECKPOINT
        try:
            saved = torch.load(path, map_location="cpu", weights_only=True)
            if saved["seed"] != self.seed:
                raise OptionError(f"{path} was begun with --seed {saved['seed']}: use that seed.")
            for name, part in parts.items():
                part.load_state_dict(saved["parts"][name])
            torch.set_rng_state(saved["random"])
            self.step, self._spent = saved["step"], saved["elapsed"]
        except (OSError, EOFError, KeyError, RuntimeError, ValueError) as error:
            raise DataError(
                f"{path} cannot be resumed: {str(error).splitlines()[0]}. Begin anew elsewhere."
            ) from error
        self.restart_clock()
        self.log("resumed")

    def __iter__(self) -> Iterator[int]:
        """Yield step numbers until the budget is used; save each minute and on leaving."""
        try:
            while self.progress < 1.0:
                yield self.step
                self.step += 1
                if time.monotonic() - self._saved >= CHECKPOINT_SECONDS:
                    self.checkpoint()
        finally:
            self.checkpoint()

    def generator(self, step: int) -> np.random.Generator:
        """The step's own random source: a resumed run draws what it would have drawn."""
        return step_random(self.seed, step)

    def batches(self, source: BatchSource[T], ahead: int = 8) -> Iterator[T]:
        """Batches of the steps that are left; call it after `track`."""
        return batches_from(source, self.seed, self.step, ahead)

    def scheduler(self, optimizer: torch.optim.Optimizer) -> LambdaLR:
        """Scale the optimizer's rates, which are the peak ones, by `one_cycle` of the progress."""
        return LambdaLR(optimizer, lambda step: one_cycle(self._progress(step)))

    def checkpoint(self) -> None:
        """Write the whole state; the last good checkpoint stays until this one is complete."""
        state = {
            "seed": self.seed,
            "step": self.step,
            "elapsed": self.elapsed,
            "random": torch.get_rng_state(),
            "parts": {name: part.state_dict() for name, part in self._parts.items()},
        }
        with replacing(self.out / CHECKPOINT) as file:
            torch.save(state, file)
        self._saved = time.monotonic()

    def log(self, event: str, **values: float | int | str) -> None:
        """Append a line to log.jsonl and print it for a person."""
        rounded = {name: _rounded(value) for name, value in values.items()}
        record = {"event": event, "step": self.step, "seconds": round(self.elapsed, 1), **rounded}
        self._log.add(record)
        shown = "  ".join(f"{name} {value}" for name, value in rounded.items())
        clock = f"{int(self.elapsed) // 60:3d}:{int(self.elapsed) % 60:02d}"
        print(f"{clock} {self.progress:4.0%} step {self.step:6d}  {event:<8} {shown}", flush=True)

    def publish(
        self, name: str, tensors: dict[str, Tensor], facts: dict[str, Any], card: str
    ) -> None:
        """Write the outcome: `name`.safetensors, `name`.json and the model card `name`.md."""
        weights = self.out / f"{name}.safetensors"
        with replacing(weights) as file:
            file.write(save({k: v.detach().cpu().contiguous() for k, v in tensors.items()}))
        facts = {**facts, "seed": self.seed, "steps": self.step, "seconds": round(self.elapsed)}
        write_json(self.out / f"{name}.json", facts)
        with replacing(self.out / f"{name}.md") as file:
            file.write(card.encode())
        self.log("published", weights=str(weights), megabytes=weights.stat().st_size / 1e6)


def _rounded(value: float | int | str) -> float | int | str:
    return float(f"{value:.5g}") if isinstance(value, float) else value
