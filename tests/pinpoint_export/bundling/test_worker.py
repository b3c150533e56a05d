"""Workers: what goes wrong in one becomes one clear error here, and none outlives the export."""

from __future__ import annotations

import errno
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pinpoint_edge.errors import DataError, ExportError, OptionError, OutputError
from pinpoint_export.bundling.cache import StageCache
from pinpoint_export.bundling.digests import weights_digest
from pinpoint_export.bundling.jobs import Checkpoint, Choice, Job
from pinpoint_export.bundling.making import LOG_LINES, make_stages
from pinpoint_export.bundling.plan import PlannedStage
from pinpoint_export.bundling.progress import Progress
from pinpoint_export.bundling.worker import describe
from pinpoint_export.targets import StageCost
from pinpoint_quantization.recipe import StageRecipe
from pinpoint_runtimes.runtime import opened

KEY = "c" * 64


@pytest.fixture
def glance(weights: Path, planted: Path) -> PlannedStage:
    """The stage `glance`, cut to one size, for the planted target."""
    checkpoint = Checkpoint(weights, buckets=1)
    digest = weights_digest(checkpoint.program("glance").module)
    job = Job(checkpoint, Choice("planted"), "glance", StageRecipe("float32"), digest)
    return PlannedStage(job, StageCost(10**6, 10**9, 5.0), KEY, None, None, 10**9)


def with_fault(stage: PlannedStage, fault: str) -> PlannedStage:
    return replace(stage, job=replace(stage.job, choice=Choice("planted", fault)))


def make(stage: PlannedStage, cache: StageCache) -> list[str]:
    lines: list[str] = []
    try:
        make_stages([stage], cache, 1, Progress([stage], 1, lines.append))
    finally:
        assert list(cache.folder.glob(".*")) == [], "no work folder is left"
    return lines


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("operator", "no operator aten.topk in head; sort instead"),
        ("memory", r"Lowering planted glance ran out of memory, .* needs about 1\.0 GB"),
        ("crash", r"Lowering planted glance died \(SIGSEGV\): its last lines are shown above"),
        ("killed", r"died \(SIGKILL\): .*want of memory, of which it needs about 1\.0 GB"),
    ],
)
def test_a_fault_is_one_error_and_leaves_the_cache_empty(glance, tmp_path, fault, message):
    cache = StageCache(tmp_path / "stages")
    with pytest.raises(ExportError, match=message):
        make(with_fault(glance, fault), cache)
    assert list(cache.folder.iterdir()) == []


@pytest.mark.slow
def test_the_log_of_an_unforeseen_error_is_shown(glance, tmp_path):
    lines: list[str] = []
    stage = with_fault(glance, "branch")
    with pytest.raises(ExportError, match="Stage glance cannot be lowered to planted: "):
        make_stages([stage], StageCache(tmp_path), 1, Progress([stage], 1, lines.append))
    shown = [line for line in lines if line.startswith("  planted glance: ")]
    assert 2 <= len(shown) <= LOG_LINES
    assert any("Error" in line for line in shown), "the end of the traceback is among them"


@pytest.mark.slow
def test_weights_that_changed_meanwhile_are_noticed(glance, tmp_path):
    stage = replace(glance, job=replace(glance.job, weights="0" * 64))
    with pytest.raises(ExportError, match=r"weights of stage glance in .* changed while"):
        make(stage, StageCache(tmp_path))


@pytest.mark.slow
def test_what_no_runtime_runs_here_is_made_and_not_measured(glance, tmp_path):
    cache = StageCache(tmp_path)
    lines = make(with_fault(glance, "unrunnable"), cache)
    entry = cache.find(KEY)
    assert entry is not None
    assert entry.made.parity is None
    assert (entry.folder / "glance.bin").read_bytes() == b"lowered"
    assert "not measured here" in lines[-1]
    assert entry.made.peak_rss > 100_000_000, "torch alone takes more"
    assert entry.made.seconds > 0


@pytest.mark.slow
def test_ending_the_export_ends_the_worker_and_its_children(glance, tmp_path, monkeypatch):
    note = tmp_path / "pids"
    monkeypatch.setenv("PLANTED_PIDS", str(note))

    def interrupt(line: str) -> None:
        if note.exists() and note.read_text():
            raise KeyboardInterrupt

    stage = with_fault(glance, "stuck")
    cache = StageCache(tmp_path / "stages")
    with pytest.raises(KeyboardInterrupt):
        make_stages([stage], cache, 1, Progress([stage], 1, lambda line: None, interrupt))
    assert all(ended(int(pid)) for pid in note.read_text().split())
    assert list(cache.folder.iterdir()) == []


def ended(pid: int) -> bool:
    """Wait until a process is gone, or only waits to be collected by its parent."""
    for _ in range(200):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def test_errors_are_told_by_kind(tmp_path):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    wrapped = RuntimeError("the exporter failed")
    wrapped.__cause__ = full
    assert describe(full, tmp_path)["kind"] == "full"
    assert describe(wrapped, tmp_path)["kind"] == "full"
    for error in (MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")):
        assert describe(error, tmp_path)["kind"] == "memory"
    assert describe(DataError("broken"), tmp_path) == {"kind": "data", "message": "broken"}
    assert describe(OptionError("no"), tmp_path)["kind"] == "option"
    assert describe(OutputError("no"), tmp_path)["kind"] == "output"
    told = describe(ValueError("first line\nsecond line"), tmp_path)
    assert told == {"kind": "unforeseen", "message": "first line"}
    assert describe(ValueError(), tmp_path)["message"] == "ValueError"


def test_a_runtime_opens_the_file_or_the_package_it_lies_in(tmp_path):
    assert opened(tmp_path, "detect.onnx") == tmp_path / "detect.onnx"
    inside = "detect.mlpackage/Data/com.apple.CoreML/model.mlmodel"
    assert opened(tmp_path, inside) == tmp_path / "detect.mlpackage"
