"""Compare the time of a first question between Kotlin and Python, by turns, each in a new process.

    python tests/hosts/cold_question.py BUNDLE PAGE.png QUESTION ROUNDS ANDROID_OUT KOTLIN_STDLIB

ANDROID_OUT is the folder that android_demo/build.sh wrote. Printed are medians, and the median of
the rounds' ratios: from opening the bundle to the answer; of the whole process with its start, its
imports and the decoding of the picture, by the clock and in processor time. ONNX Runtime has one
thread in both.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

CHILD = """
import sys, time
import numpy as np
from PIL import Image
from pinpoint_edge import PinPoint
image = np.asarray(Image.open(sys.argv[2]).convert("RGB"))
start = time.perf_counter()
with PinPoint.load(sys.argv[1], threads=1) as reader:
    answer = reader.open(image).ask(sys.argv[3])
    print(f"{(time.perf_counter() - start) * 1e3:.0f} {answer.text}")
"""


def measured(command: list[str]) -> tuple[list[float], str]:
    """Milliseconds to the answer, of the process, and of the processor; and the answer."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told, _, answer = process.stdout.read().strip().partition(" ")
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    return [float(told), wall * 1e3, (used.ru_utime + used.ru_stime) * 1e3], answer


def main() -> None:
    bundle, page, question, rounds, built, stdlib = sys.argv[1:]
    out = Path(built)
    jars = [
        Path(stdlib),
        out / "libraries" / "core.jar",
        out / "libraries" / "core-ort.jar",
        out / "core-ort-test.jar",
        out / "onnxruntime.jar",
    ]
    kotlin = ["java", "-XX:+UseSerialGC", "-Djava.awt.headless=true"]
    kotlin += [f"-Donnxruntime.native.path={out / 'rig'}", "-cp", ":".join(map(str, jars))]
    kotlin += ["org.pinpoint.edge.ort.ColdQuestion", bundle, page, question]
    python = [sys.executable, "-c", CHILD, bundle, page, question]
    pairs: list[tuple[list[float], list[float]]] = []
    for number in range(int(rounds) + 1):
        (ours, text), (theirs, wanted) = measured(kotlin), measured(python)
        if text != wanted:
            raise SystemExit(f"Kotlin answers {text!r}, Python {wanted!r}")
        if number > 0:  # the first round fills the file cache
            pairs.append((ours, theirs))
    for place, name in enumerate(("opening to answer", "whole process", "processor time")):
        ours, theirs = (median(pair[side][place] for pair in pairs) for side in (0, 1))
        ratio = median(pair[0][place] / pair[1][place] for pair in pairs)
        print(f"{name}: Kotlin {ours:.0f} ms, Python {theirs:.0f} ms, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
