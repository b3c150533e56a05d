"""A board that leaves its GPU, its big cores and its fastest mode unused."""

from __future__ import annotations

from pinpoint_edge.bench.sensors.sensor import Machine
from pinpoint_edge.runtime.board import unused

from .recorded import program, tree


def test_a_jetson(tmp_path, monkeypatch):
    program(tmp_path / "bin", "nvpmodel", "print('NV Power Mode: 15W\\n2')")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    cpu = "/sys/devices/system/cpu/cpu{}/cpu_capacity"
    files = {
        "/proc/device-tree/model": "NVIDIA Jetson Orin Nano", "/dev/nvhost-gpu": "",
        "/sys/devices/system/cpu/cpufreq/policy0/scaling_governor": "powersave",
        **{cpu.format(n): value for n, value in enumerate((300, 300, 1024))},
    }  # fmt: skip
    machine = Machine(tree(tmp_path / "root", files))
    said = " / ".join(unused(machine, ["CPUExecutionProvider"]))
    for part in ("Jetson build of onnxruntime-gpu", "cores 2 are faster", "15W 2", "powersave"):
        assert part in said
    ready = ("CUDAExecutionProvider", "TensorrtExecutionProvider")
    assert "--provider Tensorrt" in next(unused(machine, ready))


def test_a_plain_machine_has_nothing_to_say(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert list(unused(Machine(tmp_path), [])) == []
