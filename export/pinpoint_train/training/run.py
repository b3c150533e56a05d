"""A training run: its folder, clock, schedule, checkpoints, log, moving average and outcome.

A run is bounded by steps, by minutes, or by both; the learning rate follows whichever is further
along, so that a run on a slow machine still ends with a rate of zero. Time counts across resumes.

    run = Run(out, steps=None, minutes=15, seed=0, resume=False)
    run.track(model=model, optimizer=optimizer, ema=ema)
    for step in run:                       # saves every minute, at the end and when interrupted
        run.set_rate(optimizer, 1e-3)
        batch = sample(run.generator(step))
        ...
        run.log("train", loss=loss)
    run.publish("glance", tensors, facts, card)
"""

import copy
import json
import math
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from pinpoint_edge.errors import DataError, OptionError, OutputError

CHECKPOINT = "checkpoint.pt"
CHECKPOINT_SECONDS = 60.0

T = TypeVar("T")


class Stateful(Protocol):
    """What a run saves and brings back: a module, an optimizer, a moving average."""

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


def seed_everything(seed: int) -> None:
    """Seed torch and numpy, so that the same command starts from the same weights."""
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)


def write_beside(path: Path, data: bytes) -> None:
    """Write a file beside its place and rename it, so that nobody ever sees half of it."""
    beside = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(data)
        os.replace(beside, path)
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror or error}. Choose another --out."
        ) from error


class MovingAverage:
    """Exponential moving average of a module's parameters and buffers, in `module`.

    The decay climbs with the number of updates, so that a short run is not held at its start.
    """

    def __init__(self, model: nn.Module, decay: float = 0.999) -> None:
        self.decay = decay
        self.updates = 0
        self.module = copy.deepcopy(model).eval().requires_grad_(False)

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take one step towards `model`, whose structure is that of the module averaged."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        theirs = model.state_dict()
        for name, ours in self.module.state_dict().items():
            if ours.is_floating_point():
                ours.lerp_(theirs[name], 1 - decay)
            else:
                ours.copy_(theirs[name])

    def state_dict(self) -> dict[str, Any]:
        return {"module": self.module.state_dict(), "updates": self.updates}

    def load_state_dict(self, state_dict: dict[str, Any], /) -> None:
        self.module.load_state_dict(state_dict["module"])
        self.updates = state_dict["updates"]


class Run:
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
        checkpoint_seconds: float = CHECKPOINT_SECONDS,
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
        self._every = checkpoint_seconds
        self._parts: dict[str, Stateful] = {}
        self._resume = resume
        there = (out / CHECKPOINT).exists()
        if resume and not there:
            raise OptionError(f"{out} holds no {CHECKPOINT} to resume: leave --resume out.")
        if there and not resume:
            raise OptionError(f"{out} already holds a run: add --resume or choose another --out.")
        if threads is not None:
            torch.set_num_threads(threads)
        seed_everything(seed)
        write_beside(out / "run.json", _json({"seed": seed, "steps": steps, "minutes": minutes}))

    @property
    def elapsed(self) -> float:
        """Seconds spent, earlier sittings included."""
        return self._spent + time.monotonic() - self._started

    @property
    def progress(self) -> float:
        """Fraction of the run that is behind us, 0 to 1."""
        by_step = self.step / self.steps if self.steps else 0.0
        by_time = self.elapsed / (60 * self.minutes) if self.minutes else 0.0
        return min(max(by_step, by_time), 1.0)

    def restart_clock(self) -> None:
        """Begin to count time here: preparing the data is no part of the training's budget."""
        self._started = self._saved = time.monotonic()

    def track(self, **parts: Stateful) -> None:
        """Name what checkpoints hold; a resumed run brings these back at once."""
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
                if time.monotonic() - self._saved >= self._every:
                    self.checkpoint()
        finally:
            self.checkpoint()

    def generator(self, step: int) -> np.random.Generator:
        """The step's own random source: a resumed run draws what it would have drawn."""
        return np.random.default_rng([self.seed, step])

    def set_rate(self, optimizer: torch.optim.Optimizer, peak: float) -> float:
        """Set the rate of the schedule, times a group's own `scale` where it has one."""
        rate = peak * one_cycle(self.progress)
        for group in optimizer.param_groups:
            group["lr"] = rate * group.get("scale", 1.0)
        return rate

    def checkpoint(self) -> None:
        """Write the whole state; the last good checkpoint stays until this one is complete."""
        path = self.out / CHECKPOINT
        beside = path.with_name(CHECKPOINT + ".part")
        state = {
            "seed": self.seed,
            "step": self.step,
            "elapsed": self.elapsed,
            "random": torch.get_rng_state(),
            "parts": {name: part.state_dict() for name, part in self._parts.items()},
        }
        try:
            torch.save(state, beside)
            os.replace(beside, path)
        except (OSError, RuntimeError) as error:
            with suppress(OSError):
                beside.unlink()
            raise OutputError(f"{path} cannot be written: {error}. Free some space.") from error
        self._saved = time.monotonic()

    def log(self, event: str, **values: float | int | str) -> None:
        """Append a line to log.jsonl and print it for a person."""
        record = {
            "event": event,
            "step": self.step,
            "seconds": round(self.elapsed, 1),
            **{k: _rounded(v) for k, v in values.items()},
        }
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
        told = "  ".join(f"{k} {_rounded(v)}" for k, v in values.items())
        clock = f"{int(self.elapsed) // 60:3d}:{int(self.elapsed) % 60:02d}"
        print(f"{clock} {self.progress:4.0%} step {self.step:6d}  {event:<8} {told}", flush=True)

    def publish(
        self, name: str, tensors: dict[str, Tensor], facts: dict[str, Any], card: str
    ) -> None:
        """Write the outcome: `name`.safetensors, `name`.json and the model card `name`.md."""
        self.out.mkdir(parents=True, exist_ok=True)
        weights = self.out / f"{name}.safetensors"
        beside = weights.with_name(weights.name + ".part")
        save_file({k: v.detach().cpu().contiguous() for k, v in tensors.items()}, beside)
        os.replace(beside, weights)
        facts = {**facts, "seed": self.seed, "steps": self.step, "seconds": round(self.elapsed)}
        write_beside(self.out / f"{name}.json", _json(facts))
        write_beside(self.out / f"{name}.md", card.encode())
        self.log("published", weights=str(weights), megabytes=weights.stat().st_size / 1e6)


def train_once(
    folder: Path,
    name: str,
    train: Callable[[Run], object],
    *,
    steps: int,
    seed: int,
    threads: int,
    **facts: Any,
) -> None:
    """Train one of several that are compared, unless `folder` holds `name` with the same facts.

    A run that was interrupted goes on. What it tells goes to standard error.
    """
    path = folder / f"{name}.json"
    told = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if all(told.get(key) == value for key, value in {**facts, "steps": steps}.items()):
        return
    resume = (folder / CHECKPOINT).exists()
    run = Run(folder, steps=steps, minutes=None, seed=seed, resume=resume, threads=threads)
    run.restart_clock()
    with redirect_stdout(sys.stderr):
        train(run)


class Prefetch(Generic[T]):
    """Prepares the batches of the coming steps on a thread, from the run's random sources.

    `draw` makes a batch from a random generator; `take` gives those of run.step, run.step + 1 ...
    """

    def __init__(self, run: Run, draw: Callable[[np.random.Generator], T], depth: int = 8) -> None:
        self._run, self._draw = run, draw
        self._ready: queue.Queue[tuple[T | None, Exception | None]] = queue.Queue(depth)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, args=(run.step,), daemon=True)
        self._thread.start()

    def take(self) -> T:
        """Give the batch of the next step; an error while it was made is raised here."""
        batch, error = self._ready.get()
        if error is not None:
            raise error
        assert batch is not None
        return batch

    def close(self) -> None:
        """Stop the thread."""
        self._stop.set()
        self._thread.join()

    def _work(self, step: int) -> None:
        while not self._stop.is_set():
            ready: tuple[T | None, Exception | None]
            try:
                ready = self._draw(self._run.generator(step)), None
            except Exception as error:
                ready = None, error
            while not self._stop.is_set():
                with suppress(queue.Full):
                    self._ready.put(ready, timeout=0.2)
                    break
            step += 1


def _rounded(value: float | int | str) -> float | int | str:
    return float(f"{value:.5g}") if isinstance(value, float) else value


def _json(facts: dict[str, Any]) -> bytes:
    return (json.dumps(facts, indent=2, ensure_ascii=False) + "\n").encode()
