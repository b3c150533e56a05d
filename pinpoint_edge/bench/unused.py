"""What a board could use and does not: its GPU, its big cores, its fastest mode."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pinpoint_edge.bench.sensors import cpufreq, jetson
from pinpoint_edge.bench.sensors.sensor import Machine, read_text

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
    if big := cpufreq.big_cores(machine):
        numbers = ",".join(map(str, big))
        yield f"cores {numbers} are faster than the others: `pinpoint-bench run --cores big`"
    state = jetson.state(machine)
    if (mode := state.get("nvpmodel")) and not mode.startswith("MAXN"):
        yield f"the power mode is {mode}, not the fastest: `nvpmodel -q` lists them"
    if state.get("jetson_clocks") == "off":
        yield "clocks follow the load: `sudo jetson_clocks` holds them for a measurement"
    governors = {
        read_text(path) for path in machine.glob("/sys/devices/system/cpu/cpufreq/policy*/"
                                                 "scaling_governor")
    }  # fmt: skip
    if slow := sorted(name for name in governors if name in SLOW_GOVERNORS):
        yield f"the governor {slow[0]} keeps the clocks low: set performance"
