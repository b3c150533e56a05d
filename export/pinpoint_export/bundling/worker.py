"""One stage in a process of its own: `-m pinpoint_export.bundling.worker lower|measure FOLDER`.

The folder holds `job.json`; `lower` writes the artifact into `files/`, `measure` its parity. Each
leaves `<step>.json` with its result, or with the error as kind and message. Two processes, so that
the memory of lowering and of measuring is never taken at once, and all of it is given back.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pinpoint_edge.errors import ExportError, PinPointError
from pinpoint_export.bundling.jobs import JOB, Job
from pinpoint_runtimes.runtime import opened

FILES = "files"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
LEAST_FREE = 16 << 20  # a native writer that fails with less than this free met a full disk


def lower(job: Job, folder: Path) -> dict[str, Any]:
    """Lower the stage into `files/` and describe the artifact."""
    from pinpoint_export.bundling.digests import weights_digest

    program = job.checkpoint.program(job.stage)
    if weights_digest(program.module) != job.weights:
        raise ExportError(
            f"The weights of stage {job.stage} in {job.checkpoint.weights} changed while they were "
            "being exported; run again."
        )
    # Only what measures ranges takes a calibration: a target without it need not know of any.
    feeds = () if job.calibration is None else (job.calibration.feeds(job.stage),)
    artifact = job.choice.load().lower(program, job.stage_recipe(), folder / FILES, *feeds)
    return asdict(artifact)


def measure(job: Job, folder: Path) -> dict[str, Any] | None:
    """Measure the parity of the lowered stage, None where no runtime runs it here."""
    from pinpoint_export.bundling.cache import artifact_from_json
    from pinpoint_export.parity.measuring import measure_stage
    from pinpoint_runtimes.runtime import StageFile, load_runtime

    runtime = job.choice.load().runtime()
    if runtime is None:
        return None
    artifact = artifact_from_json(json.loads((folder / "lower.json").read_text())["result"])
    path = opened(folder / FILES, artifact.files[0].name)
    file = StageFile(
        path, artifact.inputs, artifact.outputs, artifact.buckets, job.stage, job.weights
    )
    program = job.checkpoint.program(job.stage)
    return measure_stage(program, file, load_runtime(runtime), job.recipe.coarsest).to_json()


STEPS: dict[str, Callable[[Job, Path], Any]] = {"lower": lower, "measure": measure}


def describe(error: BaseException, folder: Path) -> dict[str, str]:
    """Return an error's kind and message, in one sentence and without a traceback.

    kind: the `code` of a PinPointError, "full" for a disk, "memory", or "unforeseen".
    """
    if any(isinstance(e, OSError) and e.errno in FULL for e in _chain(error)):
        return {"kind": "full", "message": "no space is left"}
    if isinstance(error, PinPointError):
        return {"kind": error.code, "message": str(error)}
    if isinstance(error, MemoryError) or "allocate memory" in str(error):  # Python's, torch's
        return {"kind": "memory", "message": "memory ran out"}
    if shutil.disk_usage(folder).free < LEAST_FREE:
        return {"kind": "full", "message": "no space is left"}
    lines = str(error).strip().splitlines()
    return {"kind": "unforeseen", "message": lines[0] if lines else type(error).__name__}


def main(arguments: list[str]) -> int:
    """Run one step; the exit code is 0 or 1."""
    from pinpoint_edge.bench.memory import peak_rss

    step, folder = arguments[0], Path(arguments[1])
    threading.Thread(target=_end_with_parent, daemon=True).start()
    started, found = time.monotonic(), dict[str, Any]()
    try:
        job = Job.from_json(json.loads((folder / JOB).read_text(encoding="utf-8")))
        found["result"] = STEPS[step](job, folder)
    except Exception as error:
        traceback.print_exc()
        found["error"] = describe(error, folder)
    found |= {"seconds": time.monotonic() - started, "peak_rss": peak_rss() or 0}
    (folder / f"{step}.json").write_text(json.dumps(found), encoding="utf-8")
    return 1 if "error" in found else 0


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _end_with_parent() -> None:
    """End this process and its children when the exporter is gone, even by kill -9.

    The exporter holds the other end of stdin open as long as it lives.
    """
    sys.stdin.buffer.read()
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # the tools' own threads and destructors are not worth waiting for
