"""The board below the runtime: its files and programs; what it leaves unused."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Machine:
    """Where sensors look: the files below `root`, and programs by the PATH.

    Another root is a recorded tree, as in a test.
    """

    root: Path = Path("/")

    def path(self, name: str) -> Path:
        """Return the place of an absolute path below the root."""
        return self.root / name.lstrip("/")

    def text(self, name: str) -> str | None:
        """Return the stripped text of a file; None where it is missing, locked or empty."""
        return read_text(self.path(name))

    def glob(self, pattern: str) -> Iterator[Path]:
        """Yield the paths below the root that match an absolute pattern, in order."""
        yield from sorted(self.root.glob(pattern.lstrip("/")))

    def program(self, name: str) -> str | None:
        """Return the path of a program, None where it is not installed."""
        return shutil.which(name, path=os.environ.get("PATH"))


def read_text(path: Path) -> str | None:
    """Return the stripped text of a file; None where it is missing, locked or empty."""
    try:
        return path.read_text("utf-8", "replace").strip().strip("\0") or None
    except OSError:
        return None


def read_number(path: Path) -> float | None:
    """Return the number in a file; None where there is none."""
    try:
        return float(read_text(path) or "")
    except ValueError:
        return None


def big_cores(machine: Machine) -> tuple[int, ...] | None:
    """Return the cores of the highest capacity, or of the highest clock; None where all are equal.

    Arm's cpu_capacity compares what cores do; without it the greatest clocks are compared.
    """
    found: dict[int, float] = {}
    for folder in machine.glob("/sys/devices/system/cpu/cpu[0-9]*"):
        value = _strength(folder)
        if value is not None:
            found[int(folder.name.removeprefix("cpu"))] = value
    if len(set(found.values())) < 2:
        return None
    # Cores of one cluster can differ by a few per cent: a prime core is among the big ones.
    most = max(found.values())
    return tuple(core for core, value in sorted(found.items()) if value >= 0.7 * most)


def _strength(folder: Path) -> float | None:
    capacity = read_number(folder / "cpu_capacity")
    return capacity if capacity else read_number(folder / "cpufreq/cpuinfo_max_freq")


def jetson_state(machine: Machine) -> dict[str, str]:
    """Return `nvpmodel` (the mode's name and number) and `jetson_clocks`, where they are known."""
    found = {}
    said = _ask(machine, "nvpmodel", "-q")
    if mode := re.search(r"Power Mode: *(\S+)(?:\s+(\d+))?", said):
        found["nvpmodel"] = " ".join(part for part in mode.groups() if part)
    if said := _ask(machine, "jetson_clocks", "--show"):
        # Held clocks have no room left between their least and their greatest frequency.
        rooms = re.findall(r"MinFreq=(\d+) MaxFreq=(\d+)", said)
        if rooms:
            held = all(least == most for least, most in rooms)
            found["jetson_clocks"] = "on" if held else "off"
    return found


def _ask(machine: Machine, program: str, *arguments: str) -> str:
    path = machine.program(program)
    if path is None:
        return ""
    try:
        done = subprocess.run(
            [path, *arguments], capture_output=True, text=True, timeout=10, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


GPU_FILES = ("/dev/nvhost-gpu", "/dev/nvidia0", "/dev/nvgpu", "/proc/driver/nvidia/version")
GPU_PROVIDERS = ("CUDAExecutionProvider", "TensorrtExecutionProvider")
SLOW_GOVERNORS = ("powersave", "conservative")


def unused(machine: Machine, providers: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each thing; providers: those of ONNX Runtime here."""
    board = read_text(machine.path("/proc/device-tree/model"))
    if any(machine.path(name).exists() for name in GPU_FILES):
        lacking = [name for name in GPU_PROVIDERS if name not in providers]
        if lacking:
            source = "the Jetson build of onnxruntime-gpu" if board else "onnxruntime-gpu"
            yield f"an NVIDIA GPU is here, without {' and '.join(lacking)}: install {source}"
        else:
            yield "an NVIDIA GPU is ready: give --provider TensorrtExecutionProvider, then CUDA's"
    if big := big_cores(machine):
        numbers = ",".join(map(str, big))
        yield f"cores {numbers} are faster than the others: `pinpoint-bench run --cores big`"
    held = jetson_state(machine)
    if (mode := held.get("nvpmodel")) and not mode.startswith("MAXN"):
        yield f"the power mode is {mode}, not the fastest: `nvpmodel -q` lists them"
    if held.get("jetson_clocks") == "off":
        yield "clocks follow the load: `sudo jetson_clocks` holds them for a measurement"
    governors = {
        read_text(path) for path in machine.glob("/sys/devices/system/cpu/cpufreq/policy*/"
                                                 "scaling_governor")
    }  # fmt: skip
    if slow := sorted(name for name in governors if name in SLOW_GOVERNORS):
        yield f"the governor {slow[0]} keeps the clocks low: set performance"
