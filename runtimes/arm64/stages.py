"""Run the stages of a bundle on given inputs; the same script runs on both machines.

It needs numpy, `pinpoint_runtimes` and the runtime of the bundle's target, nothing else.

Inputs and outputs are .npz files with names `stage/run/tensor`. The runs of `decode` follow each
other on one KV cache, so that later runs read the rows of earlier ones.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

import numpy as np

from pinpoint_runtimes.runtime import Runtime, RuntimeOptions, StageFile
from pinpoint_runtimes.session import Array, TensorSpec

DECODE = "decode"
# ExecuTorch through the C++ runner: the wheel's Python bindings would need torch on the board.
RUNTIMES = {
    "onnx": ("pinpoint_runtimes.onnx.runtime", "OnnxRuntime"),
    "litert": ("pinpoint_runtimes.litert.runtime", "LitertRuntime"),
    "executorch": ("pinpoint_runtimes.executorch.native", "ExecutorchNativeRuntime"),
}

Feeds = dict[str, Array]
Runs = dict[str, dict[str, Feeds]]  # by stage and run


def target_of(bundle: Path) -> str:
    """Return the target that a bundle was exported for."""
    return str(json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))["target"])


def stage_files(bundle: Path) -> dict[str, StageFile]:
    """Read the stages of a bundle's manifest."""
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    return {
        name: StageFile(
            bundle / entry["file"],
            tuple(TensorSpec(t["name"], t["dtype"], tuple(t["shape"])) for t in entry["inputs"]),
            tuple(TensorSpec(t["name"], t["dtype"], tuple(t["shape"])) for t in entry["outputs"]),
            tuple(entry["buckets"]),
            name,
        )
        for name, entry in manifest["stages"].items()
    }


def grouped(arrays: Mapping[str, Array]) -> Runs:
    """Sort the arrays of an .npz file by stage and run."""
    runs: Runs = {}
    for name, array in arrays.items():
        stage, run, tensor = name.split("/")
        runs.setdefault(stage, {}).setdefault(run, {})[tensor] = array
    return runs


def run_stages(bundle: Path, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Run every stage that there are inputs for, on one thread; raises RuntimeFailure."""
    module, kind = RUNTIMES[target_of(bundle)]
    runtime: Runtime = getattr(import_module(module), kind)()
    runtime.check()
    options, files = RuntimeOptions(threads=1), stage_files(bundle)
    outputs: dict[str, Array] = {}
    for stage, runs in grouped(inputs).items():
        began = time.monotonic()
        run = _decode if stage == DECODE else _vision
        for name, array in run(runtime, files[stage], runs, options):
            outputs[f"{stage}/{name}"] = array
        print(f"  {stage}: {len(runs)} runs, {time.monotonic() - began:.0f} s", flush=True)
    return outputs


def _vision(
    runtime: Runtime, file: StageFile, runs: Mapping[str, Feeds], options: RuntimeOptions
) -> Iterator[tuple[str, Array]]:
    session = runtime.session(file, options)
    for run, feeds in runs.items():
        for tensor, array in session.run(feeds).items():
            yield f"{run}/{tensor}", array
    session.close()


def _decode(
    runtime: Runtime, file: StageFile, runs: Mapping[str, Feeds], options: RuntimeOptions
) -> Iterator[tuple[str, Array]]:
    cache = runtime.kv_cache(file, sum(feeds["ids"].size for feeds in runs.values()), options)
    for run, feeds in runs.items():
        yield f"{run}/logits", cache.run(feeds["ids"], feeds["visual"])
    cache.close()


def main(bundle: str, inputs: str, outputs: str) -> None:
    """Read the inputs, run and write the outputs."""
    with np.load(inputs) as arrays:
        given = dict(arrays)
    np.savez(outputs, **run_stages(Path(bundle), given))  # type: ignore[arg-type]


if __name__ == "__main__":
    main(*sys.argv[1:])
