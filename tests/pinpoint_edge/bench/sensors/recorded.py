"""Recorded trees of /sys, and programs that replay recorded lines."""

from __future__ import annotations

import stat
import sys
from collections.abc import Mapping
from pathlib import Path

# Lines in the shapes that boards print; the figures are made up.
ORIN_NANO = (
    "11-30-2026 10:20:30 RAM 6185/7620MB (lfb 8x2MB) SWAP 851/3810MB (cached 1MB) "
    "CPU [15%@729,7%@1510,0%@729,off,off,off] EMC_FREQ 43%@2133 GR3D_FREQ 63%@[621] NVDEC off "
    "NVJPG off VIC off OFA off APE 200 cpu@53.968C soc2@52.9C gpu@-256C tj@53.968C "
    "VDD_IN 12479mW/12480mW VDD_CPU_GPU_CV 4667mW/4667mW VDD_SOC 2817mW/2817mW"
)
AGX_ORIN = (
    "11-30-2026 10:20:30 RAM 3185/30592MB (lfb 4x4MB) SWAP 0/15296MB (cached 0MB) "
    "CPU [1%@729,0%@729] EMC_FREQ 0%@2133 GR3D_FREQ 0%@[305,305] CPU@46.5C CV0@-256C Tboard@37C "
    "VDD_GPU_SOC 2412mW/2412mW VDD_CPU_CV 804mW/804mW VIN_SYS_5V0 3826mW/3826mW NC 0mW/0mW "
    "VDDQ_VDD2_1V8AO 603mW/603mW NC 0mW/0mW"
)
AGX_XAVIER = (
    "RAM 2000/31918MB (lfb 6841x4MB) SWAP 0/15959MB (cached 0MB) "
    "CPU [0%@1190,0%@1190,off,off] EMC_FREQ 0% GR3D_FREQ 0% AUX@32C CPU@34.5C thermal@33.3C "
    "GPU 0/0 CPU 310/310 SOC 930/930 CV 0/0 VDDRQ 155/155 SYS5V 1358/1358"
)
XAVIER_NX = (
    "RAM 1000/7771MB (lfb 2x4MB) SWAP 0/3886MB (cached 0MB) CPU [3%@1190] EMC_FREQ 0%@1600 "
    "GR3D_FREQ 0%@114 AO@35C PMIC@100C VDD_IN 2500/2500 VDD_CPU_GPU_CV 300/300 VDD_SOC 800/800"
)
TX1 = (
    "RAM 900/3994MB (lfb 3x4MB) SWAP 0/0MB (cached 0MB) cpu [17%,5%,0%,0%]@408 EMC 3%@1600 "
    "APE 25 GR3D 0%@76 VDD_IN 2300/2300 VDD_CPU 300/300 VDD_GPU 50/50"
)
NEWEST = (
    "11-30-2026 10:20:30 RAM 900/7620MB CPU [1%@729] GR3D_FREQ 0% cpu@49.8C/49.8C "
    "VDD_IN 4548mW/4549mW/4550mW VDD_SOC 1300mW/1300mW/1300mW"
)
NOT_ROOT = "RAM 900/7620MB (lfb 8x2MB) CPU [1%@729] GR3D_FREQ 0% VDD_IN 4000mW/4000mW"


def tree(root: Path, files: Mapping[str, object]) -> Path:
    """Write files below a root by their absolute paths."""
    for name, content in files.items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{content}\n", "utf-8")
    return root


def program(folder: Path, name: str, body: str) -> Path:
    """Write an executable Python program."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!{sys.executable} -S\nimport sys, time\n{body}\n", "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return path


def replaying(folder: Path, name: str, lines: list[str], pause_s: float, then: str = "") -> Path:
    """Write a program that prints lines again and again, or once and then does something else."""
    once = f"""
lines = {lines!r}
for line in lines:
    print(line, flush=True)
    time.sleep({pause_s})
{then or "pass"}"""
    return program(folder, name, once if then else f"while True:\n{_indented(once)}")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def rails(watts: Mapping[str, float]) -> dict[str, object]:
    """Return the files of an INA3221 at 5 V."""
    folder = "/sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon1"
    files: dict[str, object] = {}
    for number, (name, power) in enumerate(watts.items(), 1):
        files[f"{folder}/in{number}_label"] = name
        files[f"{folder}/in{number}_input"] = 5000
        files[f"{folder}/curr{number}_input"] = round(power * 200)
    return files
