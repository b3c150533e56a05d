"""Making the stages of a plan: workers side by side, as many as cores and memory allow.

Every finished stage goes into the cache at once, so that an export which ends early, by an error or
by kill -9, goes on where it was.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from pinpoint_edge import errors
from pinpoint_edge.errors import ExportError, OutputError, PinPointError
from pinpoint_export.bundling.cache import (
    CachedStage,
    FinishedStage,
    StageCache,
    artifact_from_json,
)
from pinpoint_export.bundling.jobs import JOB
from pinpoint_export.bundling.plan import PlannedStage
from pinpoint_export.bundling.progress import Progress
from pinpoint_export.bundling.resources import available_memory
from pinpoint_export.bundling.scratch import unwritable
from pinpoint_export.parity.stage_parity import StageParity

JOINT_MEMORY = 7_000_000_000  # most that workers side by side may need, if it is available
STEPS = {"lower": "lowering", "measure": "measuring"}
LOG_LINES = 30
POLL_SECONDS = 0.05


def make_stages(
    stages: Sequence[PlannedStage],
    cache: StageCache,
    jobs: int,
    progress: Progress,
    accept: Callable[[PlannedStage, CachedStage], None] = lambda stage, entry: None,
) -> dict[str, CachedStage]:
    """Lower and measure stages that are not in the cache; return their entries by key.

    The longest come first. Raises what a worker raised, or `accept` for a finished stage; the
    other workers are ended then, and likewise at Ctrl-C.
    """
    memory = min(JOINT_MEMORY, available_memory())
    waiting = sorted(stages, key=lambda stage: -stage.estimate.seconds)
    running: list[Making] = []
    entries: dict[str, CachedStage] = {}
    with ExitStack() as stack:
        while waiting or running:
            while waiting and len(running) < jobs and (stage := _next(waiting, running, memory)):
                waiting.remove(stage)
                running.append(stack.enter_context(Making(stage, cache, progress)))
            for making in list(running):
                entry = making.poll()
                if entry is not None:
                    running.remove(making)
                    accept(making.stage, entry)
                    entries[making.stage.key] = entry
            progress.tick()
            time.sleep(POLL_SECONDS)
    return entries


def _next(
    waiting: Sequence[PlannedStage], running: Sequence[Making], memory: int
) -> PlannedStage | None:
    """Return the first stage that fits beside the running ones; alone every one fits."""
    used = sum(making.stage.memory for making in running)
    fits = (s for s in waiting if not running or used + s.memory <= memory)
    return next(fits, None)


class Making:
    """One stage on its way through its two workers; leaving the context ends them."""

    def __init__(self, stage: PlannedStage, cache: StageCache, progress: Progress) -> None:
        self.stage = stage
        self._cache = cache
        self._progress = progress
        self._results: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> Making:
        with ExitStack() as stack:
            self._folder = stack.enter_context(self._cache.working())
            job = json.dumps(self.stage.job.to_json())
            try:
                (self._folder / JOB).write_text(job, encoding="utf-8")
                (self._folder / "temporary").mkdir()
                self._start("lower")
            except OSError as error:
                raise unwritable(self._folder, error) from error
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        _end(self._process)
        self._stack.close()

    def poll(self) -> CachedStage | None:
        """Go on when the worker of the moment has ended; return the entry after the last one."""
        if self._process.poll() is None:
            return None
        self._results[self._step] = self._result()
        if self._step == "lower":
            self._start("measure")
            return None
        return self._commit()

    def _start(self, step: str) -> None:
        self._step = step
        self._progress.step(self.stage, STEPS[step])
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "pinpoint_export.bundling.worker",
                    step,
                    str(self._folder),
                ],
                stdin=subprocess.PIPE,  # its end tells the worker that we are gone
                stdout=log,
                stderr=log,
                env=_environment(self._folder),
                start_new_session=True,  # Ctrl-C reaches us alone; we end the workers
            )

    def _result(self) -> dict[str, Any]:
        """Return what the worker wrote; raises its error."""
        path = self._folder / f"{self._step}.json"
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._show_log()
            raise self._died() from None
        if "error" in found:
            if found["error"]["kind"] == "unforeseen":
                self._show_log()
            raise self._error(found["error"]["kind"], found["error"]["message"])
        return found

    def _commit(self) -> CachedStage:
        lower, measure = self._results["lower"], self._results["measure"]
        parity = measure["result"]
        made = FinishedStage(
            artifact_from_json(lower["result"]),
            StageParity.from_json(parity) if parity else None,
            lower["seconds"] + measure["seconds"],
            max(lower["peak_rss"], measure["peak_rss"]),
        )
        entry = self._cache.commit(self._folder, self.stage.key, made)
        self._progress.done(self.stage, made.seconds, _note(made))
        return entry

    def _error(self, kind: str, message: str) -> PinPointError:
        job = self.stage.job
        if kind == "full":
            return OutputError(
                f"Stage {job.stage} cannot be written to {self._cache.folder}: {message}; free "
                "some, or choose another --cache. Finished stages are kept."
            )
        if kind == "memory":
            return ExportError(f"{self._doing} ran out of memory, {self._memory_hint}.")
        if kind in (known := _known_errors()):
            return known[kind](message)
        done = "lowered to" if self._step == "lower" else "measured on"
        return ExportError(
            f"Stage {job.stage} cannot be {done} {job.choice.name}: {message}. Finished stages "
            "are kept."
        )

    def _died(self) -> ExportError:
        """Return the error for a worker that left no result."""
        code = self._process.returncode
        why = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        hint = "its last lines are shown above; report them"
        if code == -signal.SIGKILL:
            hint = f"it was probably ended for want of memory, {self._memory_hint}"
        return ExportError(f"{self._doing} died ({why}): {hint}.")

    @property
    def _doing(self) -> str:
        return f"{STEPS[self._step].capitalize()} {self.stage.title}"

    @property
    def _memory_hint(self) -> str:
        needed = f"of which it needs about {self.stage.memory / 1e9:.1f} GB"
        return f"{needed}; close other programs and run again"

    def _show_log(self) -> None:
        with suppress(OSError):
            text = (self._folder / "log").read_text(encoding="utf-8", errors="replace")
            for line in text.splitlines()[-LOG_LINES:]:
                self._progress.tell(f"  {self.stage.title}: {line}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a worker and everything that it started, and wait for it."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()


def _environment(folder: Path) -> dict[str, str]:
    """Return the surroundings of a worker: nothing in them may change an artifact's bytes."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONHASHSEED": "0",
        "TMPDIR": str(folder / "temporary"),
        # One thread each: the order of sums is fixed, and cores are used by workers side by side.
        **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }


def _note(made: FinishedStage) -> str:
    size = sum(file.size for file in made.artifact.files)
    if made.parity is None:
        return f"{size / 1e6:.1f} MB, not measured here"
    # Of floats alone: classes agree or not, a ratio of their numbers says nothing.
    whole = {spec.name for spec in made.artifact.outputs if spec.dtype.startswith("int")}
    tensors = made.parity.tensors.items()
    worst = min((t.sqnr_db for name, t in tensors if name not in whole), default=0.0)
    state = f"at least {worst:.0f} dB" if made.parity.passed else "UNLIKE the reference"
    return f"{size / 1e6:.1f} MB, {state}, {made.peak_rss / 1e9:.1f} GB at the peak"


def _known_errors() -> dict[str, type[PinPointError]]:
    """Return the error classes of `errors` by their code."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    return {kind.code: kind for kind in kinds if issubclass(kind, PinPointError)}
