"""Compare a bundle's stages on emulated arm64 (qemu) with this machine, on real inputs.

    runtimes/arm64/check.sh BUNDLE...

ONNX, LiteRT and ExecuTorch bundles (folders) run with the arm64 wheels of their runtimes. Exit
status: 0 when every tensor is near enough, or when the check cannot run here and --require is not
given; 1 otherwise. Times under emulation are not those of a board.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from arm64 import machine
from arm64.compare import LEAST_SQNR_DB, distances, table
from arm64.stages import RUNTIMES, run_stages, target_of
from pinpoint_runtimes import BackendMissing, RuntimeFailure
from pinpoint_runtimes.cache import cache_folder
from pinpoint_runtimes.executorch.build import build, library_path
from pinpoint_runtimes.session import Array

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "demo/documents/sroie-599.jpg"
QUESTION = "What is the total amount on the receipt?"
WHEELS = {"onnx": "onnxruntime", "litert": "ai-edge-litert", "executorch": "executorch"}


@dataclass(frozen=True)
class CheckPlan:
    """The bundles to check by folder with their targets, and the reasons against others."""

    bundles: dict[Path, str]
    refused: list[str]


def plan(folders: Sequence[Path]) -> CheckPlan:
    """Sort folders into bundles that run on arm64 Linux and reasons against the others."""
    bundles: dict[Path, str] = {}
    refused = []
    for folder in folders:
        try:
            target = target_of(folder)
        except (OSError, ValueError, KeyError):
            refused.append(f"{folder} is no bundle folder with a manifest.json")
            continue
        if target in RUNTIMES:
            bundles[folder] = target
        else:
            refused.append(f"{folder} was exported for {target}, which arm64 Linux does not run")
    return CheckPlan(bundles, refused)


def smallest(inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Keep the smallest run of each vision stage, and all runs of `decode`: emulation is slow."""
    cost: dict[str, dict[str, int]] = {}
    for name, array in inputs.items():
        stage, run, _ = name.split("/")
        runs = cost.setdefault(stage, {})
        runs[run] = runs.get(run, 0) + array.nbytes
    kept = {(stage, min(runs, key=lambda run: runs[run])) for stage, runs in cost.items()}
    return {
        name: array
        for name, array in inputs.items()
        if name.startswith("decode/") or tuple(name.split("/")[:2]) in kept
    }


def emulated(cache: Path, bundle: Path, target: str, inputs: Path, outputs: Path) -> None:
    """Run `stages.py` under qemu; raises CannotRun (no emulation) or RuntimeError (it failed)."""
    root = machine.system(cache)
    wheels = [machine.wheel(cache, name) for name in ("numpy", WHEELS[target])]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(map(str, (*wheels, ROOT / "runtimes"))),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if target == "executorch":
        library = build(
            wheels[1] / "executorch", cache / "native", str(machine.cross_compiler(cache))
        )
        environment["PINPOINT_EXECUTORCH_LIBRARY"] = str(library)
    python = root / "usr/bin" / machine.PYTHON
    script = Path(__file__).with_name("stages.py")
    command = [machine.qemu(cache), "-L", root, python, script, bundle, inputs, outputs]
    done = subprocess.run([str(word) for word in command], env=environment, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{bundle}: its stages failed on arm64, status {done.returncode}")


def check(
    bundles: Mapping[Path, str], page: Path, question: str, least_db: float, every_size: bool
) -> bool:
    """Run all bundles on both machines, print the table and return whether all tensors pass."""
    from arm64.capture import capture  # here: it imports the whole pipeline

    cache = cache_folder("arm64")
    cache.mkdir(parents=True, exist_ok=True)
    if "executorch" in bundles.values() and not library_path().is_file():
        build()
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        given, results = Path(scratch) / "inputs.npz", Path(scratch) / "outputs.npz"
        for bundle, target in bundles.items():
            inputs = capture(bundle, page, question)
            np.savez(given, **(inputs if every_size else smallest(inputs)))  # type: ignore[arg-type]
            with np.load(given) as arrays:
                here = run_stages(bundle, arrays)
            began = time.monotonic()
            print(f"{bundle} under qemu", flush=True)
            emulated(cache, bundle.resolve(), target, given, results)
            print(f"  {time.monotonic() - began:.0f} s", flush=True)
            with np.load(results) as arrays:
                found += distances(bundle.name, here, arrays, least_db)
    print(table(found))
    return all(item.failure is None for item in found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check from the command line; see the top of this file."""
    parser = argparse.ArgumentParser(prog="check.sh", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("bundles", nargs="+", type=Path, help="bundle folders")
    parser.add_argument("--page", type=Path, default=PAGE, help="image whose inputs are taken")
    parser.add_argument("--question", default=QUESTION, help="asked about the page")
    parser.add_argument("--least-db", type=float, default=LEAST_SQNR_DB, help="least SQNR in dB")
    parser.add_argument("--every-size", action="store_true", help="each size that the page needs")
    parser.add_argument("--require", action="store_true", help="fail where it cannot run")
    given = parser.parse_args(arguments)
    chosen = plan(given.bundles)
    if chosen.refused:
        print("\n".join(chosen.refused), file=sys.stderr)
        return 1
    try:
        machine.check_host()
        near = check(chosen.bundles, given.page, given.question, given.least_db, given.every_size)
        return 0 if near else 1
    except (machine.CannotRun, BackendMissing) as error:
        print(f"skipped: {error}")
        return 1 if given.require else 0
    except (RuntimeFailure, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
