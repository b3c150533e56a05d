"""Building: what a bundle holds, what is refused, and that a failure leaves nothing behind."""

from __future__ import annotations

import hashlib
import math
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.engine import standard_host
from pinpoint_edge.errors import ExportError, OptionError, OutputError
from pinpoint_export.bundling import build, check_place
from pinpoint_export.bundling.assemble import copy
from pinpoint_export.bundling.cache import FILES, StageCache
from pinpoint_export.bundling.jobs import Checkpoint, Choice
from pinpoint_export.parity.comparison import EXACT
from pinpoint_export.targets import missing_tools, target_names
from pinpoint_quantization.recipe import STAGES, Recipe

FP32 = Recipe.builtin("fp32")
ONNX = Choice("onnx")


def older_bundle(folder: Path) -> Path:
    folder.mkdir()
    (folder / "manifest.json").write_text("{}")
    return folder


def digests(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def entry_of(cache: StageCache, file: str) -> Path:
    """The entry that holds a file."""
    return next(cache.folder.glob(f"[!.]*/{FILES}/{file}")).parents[1]


@pytest.mark.slow
def test_a_bundle_opens_and_holds_what_its_manifest_says(sliced, sliced_reference):
    bundle = Bundle.open(sliced.folder)
    manifest = bundle.manifest
    assert bundle.verify() == []
    beside = [path.name for path in sliced.folder.parent.iterdir()]
    assert beside == ["sliced"], "nothing beside it is left"
    assert not (sliced.folder / "older.bin").exists()
    assert set(manifest.stages) == set(manifest.parity) == set(manifest.weights) == set(STAGES)
    assert manifest.host == standard_host()
    assert (manifest.name, manifest.target) == ("forms-onnx", "onnx")
    assert manifest.requires == ("onnxruntime",)
    assert manifest.kv.layers == len(sliced_reference.decoder.layers)
    assert manifest.recipe.digest == FP32.digest()
    assert bundle.characters("refine") == sliced_reference.characters
    assert bundle.characters("glance") == sliced_reference.glance_characters
    for stage in STAGES:
        assert any(f"onnx {stage}  lowering" in line for line in sliced.lines)
        assert any(f"onnx {stage}  measuring" in line for line in sliced.lines)
        names = {spec.name for spec in manifest.stages[stage].outputs}
        assert names <= set(manifest.parity[stage])


@pytest.mark.slow
def test_every_stage_is_as_near_as_exact_lowering_must_be(sliced):
    kinds = {
        (stage, spec.name): spec.dtype
        for stage, entry in sliced.manifest.stages.items()
        for spec in entry.outputs
    }
    for stage, tensors in sliced.manifest.parity.items():
        for name, parity in tensors.items():
            assert parity.failure is None
            assert math.isfinite(parity.max_abs)
            if kinds[stage, name] == "float32" and parity.sqnr_db is not None:
                # A deep stage may be below the bar where torch's own f32 is.
                assert parity.sqnr_db > EXACT.least_sqnr_db - 15, (stage, name)
    text_map = sliced.manifest.parity["detect"]["text_map"]
    assert text_map.sqnr_db is None or text_map.sqnr_db > EXACT.least_sqnr_db


@pytest.mark.slow
def test_a_second_run_lowers_nothing_and_gives_the_same_bundle(sliced, own_cache, tmp_path):
    lines: list[str] = []
    build(sliced.checkpoint, FP32, {ONNX: tmp_path / "b"}, cache=own_cache, report=lines.append)
    assert digests(tmp_path / "b") == digests(sliced.folder)
    assert [line.split("  ")[1] for line in lines[1:]] == ["from the cache"] * len(STAGES)
    (tmp_path / "b" / "detect.onnx").write_bytes(b"edited")
    build(sliced.checkpoint, FP32, {ONNX: tmp_path / "c"}, cache=own_cache)
    assert digests(tmp_path / "c") == digests(sliced.folder), "a bundle shares no file with it"


@pytest.mark.slow
def test_a_poisoned_stage_is_made_again(sliced, own_cache, tmp_path):
    poisoned = entry_of(own_cache, "glance.onnx") / FILES / "glance.onnx"
    content = bytearray(poisoned.read_bytes())
    content[len(content) // 2] ^= 1
    poisoned.write_bytes(content)
    lines: list[str] = []
    build(sliced.checkpoint, FP32, {ONNX: tmp_path / "b"}, cache=own_cache, report=lines.append)
    assert digests(tmp_path / "b") == digests(sliced.folder)
    made = [line for line in lines if "lowering" in line]
    assert len(made) == 1
    assert "onnx glance" in made[0]


@pytest.mark.slow
def test_several_targets_share_a_folder_and_fail_together(sliced, own_cache, planted, tmp_path):
    out = tmp_path / "out"
    places = {ONNX: out / "onnx", Choice("planted", "unrunnable"): out / "planted"}
    manifests = build(sliced.checkpoint, FP32, places, cache=own_cache)
    assert digests(out / "onnx") == digests(sliced.folder)
    other = manifests[Choice("planted", "unrunnable")]
    assert (other.name, other.delegate) == ("forms-planted-unrunnable", "unrunnable")
    assert other.parity == {}, "not measured here"
    assert other.weights == manifests[ONNX].weights
    shutil.rmtree(out)
    places = {ONNX: out / "onnx", Choice("planted", "operator"): out / "planted"}
    with pytest.raises(ExportError, match=r"no operator aten\.topk"):
        build(sliced.checkpoint, FP32, places, cache=own_cache)
    assert not out.exists()


@pytest.mark.slow
def test_a_stage_that_misses_parity_is_refused_or_marked(weights, own_cache, planted, tmp_path):
    checkpoint, faulty = Checkpoint(weights, layers=1, buckets=1), Choice("planted", "weight")
    out = older_bundle(tmp_path / "forms")
    with pytest.raises(ExportError, match=r"does not answer like .* planted: .* dB from torch"):
        build(checkpoint, FP32, {faulty: out}, cache=own_cache, overwrite=True)
    assert [path.name for path in out.iterdir()] == ["manifest.json"], "the older bundle stays"
    manifest = build(
        checkpoint, FP32, {faulty: out}, cache=own_cache, overwrite=True, allow_mismatch=True
    )[faulty]
    assert Bundle.open(out).manifest == manifest
    failures = [t.failure for tensors in manifest.parity.values() for t in tensors.values()]
    assert any(failure and "dB from torch" in failure for failure in failures)


def run_cli(checkpoint: Checkpoint, cache: StageCache, out: Path, *more: str) -> list[str]:
    """The command line that exports a slice."""
    given = ["--weights", str(checkpoint.weights), "--layers", str(checkpoint.layers)]
    places = ["--cache", str(cache.folder), "--out", str(out)]
    program = [sys.executable, "-m", "pinpoint_export.cli", "--target", "onnx"]
    return [*program, *given, *places, *more]


def workers_of(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_for(condition, what: str) -> None:
    for _ in range(2400):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail(f"{what} did not come within two minutes")


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def hear_interrupts() -> None:
    """What a shell starts in the background ignores interrupts, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGINT])
def test_an_export_that_was_ended_goes_on_where_it_was(
    sliced, own_cache, tmp_path, fresh_environment, way
):
    for name in ("glance.onnx", "detect.onnx"):
        shutil.rmtree(entry_of(own_cache, name))
    out = tmp_path / "bundles" / "forms"
    command = run_cli(sliced.checkpoint, own_cache, out, "--jobs", "1")
    export = subprocess.Popen(
        command, env=fresh_environment, stderr=subprocess.PIPE, preexec_fn=hear_interrupts
    )
    try:
        # detect is estimated longer, so it comes first; glance is at work when the signal comes
        wait_for(lambda: list(own_cache.folder.glob(f"[!.]*/{FILES}/detect.onnx")), "detect")
        wait_for(lambda: workers_of(export.pid), "the second worker")
        workers = workers_of(export.pid)
        export.send_signal(way)
        _, stderr = export.communicate(timeout=60)
    finally:
        export.kill()
    wait_for(lambda: not any(map(alive, workers)), "the end of the workers")
    assert not out.parent.exists(), "nothing half-written"
    left = list(own_cache.folder.glob(".*"))
    if way == signal.SIGINT:
        assert export.returncode == 130
        assert stderr.rstrip().endswith(b"interrupted")
        assert left == []
    lines: list[str] = []
    build(sliced.checkpoint, FP32, {ONNX: out}, cache=own_cache, report=lines.append)
    assert len([line for line in lines if "lowering" in line]) <= 1, "detect was finished"
    assert digests(out) == digests(sliced.folder)
    assert list(own_cache.folder.glob(".*")) == []


def limit_files() -> None:
    """Let this process write files of 5 MB at most: the system then refuses as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000_000, 5_000_000))


@pytest.mark.slow
@pytest.mark.parametrize("when", ["lowering", "copying"])
def test_a_full_disk_is_one_error_and_poisons_nothing(
    sliced, own_cache, tmp_path, fresh_environment, when
):
    if when == "lowering":
        shutil.rmtree(entry_of(own_cache, "align.onnx"))
    before = digests(own_cache.folder)
    out = older_bundle(tmp_path / "forms")
    done = subprocess.run(
        run_cli(sliced.checkpoint, own_cache, out, "--overwrite"),
        env=fresh_environment,
        preexec_fn=limit_files,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == OutputError.exit_code, done.stderr
    last = done.stderr.splitlines()[-1]
    assert "cannot be written" in last
    assert ("no space is left" in last) == (when == "lowering")
    assert digests(own_cache.folder) == before
    assert digests(tmp_path / "forms").keys() == {"manifest.json"}
    assert {path.name for path in tmp_path.iterdir()} == {"forms", "own-cache"}


@pytest.mark.slow
def test_a_place_that_cannot_be_written_is_refused_before_lowering(sliced, tmp_path):
    (tmp_path / "file").write_text("")
    lines: list[str] = []
    with pytest.raises(OutputError, match="cannot be written"):
        build(
            sliced.checkpoint,
            FP32,
            {ONNX: tmp_path / "file" / "forms"},
            cache=sliced.cache,
            report=lines.append,
        )
    assert lines == ["loading weights"]


@pytest.mark.slow
@pytest.mark.parametrize("name", target_names())
def test_two_exports_give_the_same_bytes(weights, tmp_path, name, monkeypatch):
    choice = Choice(name)
    if missing := missing_tools(choice.load()):
        pytest.skip(f"the target {name} needs {', '.join(missing)}, not installed here")
    checkpoint = Checkpoint(weights, layers=4, buckets=1)
    for run in ("one", "other"):
        # Neither the folder nor the surroundings of a process may show in the artifacts.
        monkeypatch.setenv("PYTHONHASHSEED", str(len(run)))
        place, cache = tmp_path / run / "bundle", StageCache(tmp_path / f"cache-{run}")
        build(checkpoint, FP32, {choice: place}, cache=cache)
    one, other = (digests(tmp_path / run / "bundle") for run in ("one", "other"))
    assert "manifest.json" in one
    assert one == other
    surroundings = (str(Path(__file__).parents[3]), str(tmp_path), "site-packages")
    for file in filter(Path.is_file, (tmp_path / "one").rglob("*")):
        content = file.read_bytes()
        assert not [word for word in surroundings if word.encode() in content], file


def test_a_copy_is_a_file_of_its_own(tmp_path):
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(os.urandom(3_000_000))
    copy(source, target)
    assert target.read_bytes() == source.read_bytes()
    assert target.stat().st_ino != source.stat().st_ino
    with pytest.raises(FileExistsError):
        copy(source, target)


def test_a_place_is_taken_only_by_leave(tmp_path):
    check_place(tmp_path / "free", overwrite=False)
    (tmp_path / "empty").mkdir()
    with pytest.raises(OptionError, match="add --overwrite"):
        check_place(older_bundle(tmp_path / "bundle"), overwrite=False)
    check_place(tmp_path / "bundle", overwrite=True)
    (tmp_path / "file").write_text("")
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("")
    for place in (tmp_path / "file", other):
        for overwrite in (False, True):
            with pytest.raises(OptionError, match="is there and is no bundle"):
                check_place(place, overwrite)
    check_place(tmp_path / "empty", overwrite=False)
