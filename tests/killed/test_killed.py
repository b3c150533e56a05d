"""Commands ended by SIGKILL at random moments: nothing half-written, and the next run goes on.

PINPOINT_KILLS sets how often each is ended; a long run takes 200.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pinpoint_edge.bundle import Bundle, describe_files, save_manifest, unpack, verify_archive
from pinpoint_export.release.build import build_release

from ..pinpoint_edge.conftest import manifest_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no SIGKILL"),
]

KILLS = int(os.environ.get("PINPOINT_KILLS", "6"))
SIZE = 24 * 2**20  # of the largest file, so that writing it takes a while
PINPOINT = [sys.executable, "-m", "pinpoint_edge.commands.cli"]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle in the real format, large enough to be caught in the act."""
    folder = tmp_path_factory.mktemp("killed") / "large"
    (folder / "stages").mkdir(parents=True)
    for stage in ("detect", "glance", "align", "refine", "decode"):
        (folder / f"stages/{stage}.onnx").write_bytes(random.Random(stage).randbytes(1000))
    (folder / "stages/decode.onnx.data").write_bytes(random.Random(0).randbytes(SIZE))
    for name in ("tokenizer.json", "glance.json", "characters.json"):
        (folder / name).write_text("[]")
    save_manifest(folder, manifest_for(folder))
    assert describe_files(folder)
    return folder


def killed(command: list[str], seed: int, longest: float) -> bool:
    """Run a command and end it at a random moment; return whether it was ended."""
    running = subprocess.Popen(
        [*PINPOINT, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(random.Random(seed).uniform(0.05, longest))
    running.kill()
    return running.wait() == -signal.SIGKILL


def whole(command: list[str]) -> float:
    """Run a command to its end; return the seconds that it took."""
    start = time.monotonic()
    done = subprocess.run([*PINPOINT, *command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return time.monotonic() - start


def repeat(command: list[str], out: Path, check: Callable[[Path], object]) -> None:
    """Kill the command again and again: its result is absent or whole, and it can be made."""
    ended = 0
    longest = whole(command)
    out.unlink()
    for seed in range(KILLS):
        ended += killed(command, seed, longest * 1.2)
        if out.exists():
            check(out)
            out.unlink()
    assert ended, "no run was caught"
    whole(command)
    check(out)


def test_pack(bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.pinpoint"
    repeat(["pack", str(bundle), str(out)], out, verify_archive)


def test_get(bundle: Path, tmp_path: Path) -> None:
    build_release([bundle], tmp_path / "release")
    out = tmp_path / "out/got.pinpoint"
    out.parent.mkdir()
    command = ["get", "small", str(out), "--index", str(tmp_path / "release"), "--unchecked", "-q"]
    repeat(command, out, verify_archive)
    assert [path.name for path in out.parent.iterdir()] == ["got.pinpoint"]


def test_unpack(bundle: Path, tmp_path: Path) -> None:
    packed, out = tmp_path / "packed.pinpoint", tmp_path / "out"
    assert subprocess.run([*PINPOINT, "pack", bundle, packed], capture_output=True).returncode == 0
    longest = whole(["unpack", str(packed), str(tmp_path / "first")])
    for seed in range(KILLS):
        killed(["unpack", str(packed), str(out)], seed, longest * 1.2)
        if out.exists():
            assert Bundle.open(out).verify() == []
            break
    else:
        assert unpack(packed, out).verify() == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_folder_that_is_read_only(bundle: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        done = subprocess.run([*PINPOINT, "pack", bundle, tmp_path / "x"], capture_output=True)
        assert done.returncode == 9
        assert done.stderr.count(b"\n") == 1
    finally:
        tmp_path.chmod(0o755)


def test_a_disk_that_fills_up(bundle: Path, tmp_path: Path) -> None:
    limited = 'ulimit -f 8000; exec "$@"'  # blocks of 512 or 1024 bytes: less than the bundle
    command = ["bash", "-c", f"trap '' XFSZ; {limited}", "bash", *PINPOINT]
    out = tmp_path / "out.pinpoint"
    done = subprocess.run([*command, "pack", bundle, out], capture_output=True, text=True)
    assert (done.returncode, list(tmp_path.iterdir())) == (9, [])
    assert done.stderr.startswith("error[output]: Cannot write")
    build_release([bundle], tmp_path / "release")
    get = ["get", "small", str(out), "--index", str(tmp_path / "release"), "--unchecked", "-q"]
    done = subprocess.run([*command, *get], capture_output=True, text=True)
    assert (done.returncode, out.exists()) == (9, False)
    whole(get)  # what fitted is gone on with
    verify_archive(out)
