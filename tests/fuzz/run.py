"""Fuzz the targets for a bounded time: python tests/fuzz/run.py [TARGET...] [--seconds 20]

With atheris the inputs follow the code that they reach; without it seeds are changed at random.
Each target runs in a process of its own. Inputs that reach something new are kept in
build/fuzz/TARGET and taken up by the next run; an input that finds a fault is written to
build/fuzz/TARGET-fault, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import subprocess
import sys
import time
import traceback
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), *(str(ROOT / name) for name in ("", "runtimes", "quantization"))]

OUT = ROOT / "build/fuzz"
LONGEST = 4096
PACKAGES = ("pinpoint_edge", "pinpoint_quantization")


def main() -> int:
    from targets import TARGETS

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("targets", nargs="*", help="default: all")
    parser.add_argument("--seconds", type=float, default=20, help="for each target")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    names = options.targets or list(TARGETS)
    if options.one:
        return fuzz(names[0], options.seconds, options.seed)
    failed = []
    for name in names:
        command = [sys.executable, __file__, name, "--one", "--seconds", str(options.seconds)]
        done = subprocess.run([*command, "--seed", str(options.seed)])
        failed += [name] if done.returncode else []
    print(f"{len(names)} targets, {len(failed)} with faults: {', '.join(failed) or 'none'}")
    return bool(failed)


def fuzz(name: str, seconds: float, seed: int) -> int:
    from seeds import seeds

    corpus = OUT / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, raw in enumerate(seeds(name)):
        (corpus / f"seed-{number}").write_bytes(raw)
    if importlib.util.find_spec("atheris") is not None:
        return _by_coverage(name, corpus, seconds, seed)
    return _at_random(name, corpus, seconds, seed)


def _by_coverage(name: str, corpus: Path, seconds: float, seed: int) -> int:
    import atheris

    with atheris.instrument_imports(include=list(PACKAGES)):
        from targets import check

        check(name, b"")  # imports what the target needs
    arguments = [
        sys.argv[0], str(corpus), f"-max_total_time={max(1, round(seconds))}", f"-seed={seed + 1}",
        f"-max_len={LONGEST}", f"-artifact_prefix={OUT / name}-fault-", "-verbosity=0",
        "-print_final_stats=1", "-timeout=20", "-rss_limit_mb=4096",
    ]  # fmt: skip
    child = os.fork()  # libFuzzer ends its process
    if child == 0:
        atheris.Setup(arguments, lambda raw: check(name, bytes(raw)))
        atheris.Fuzz()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(f"{name}: {'a fault' if code else 'no fault'}, by coverage", flush=True)
    return code


def _at_random(name: str, corpus: Path, seconds: float, seed: int) -> int:
    from targets import check

    draw = random.Random(f"{name} {seed}")
    known = [path.read_bytes() for path in sorted(corpus.iterdir())]
    count, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        raw = changed(draw.choice(known), draw)
        count += 1
        try:
            check(name, raw)
        except Exception:
            traceback.print_exc()
            (OUT / f"{name}-fault").write_bytes(raw)
            print(f"{name}: a fault after {count} inputs: {OUT / name}-fault", flush=True)
            return 1
    print(f"{name}: no fault in {count} inputs", flush=True)
    return 0


def changed(raw: bytes, draw: random.Random) -> bytes:
    """Return bytes with a few changes: other, more, fewer or repeated ones."""
    held = bytearray(raw)
    for _ in range(1 + draw.randrange(6)):
        at = draw.randrange(len(held) + 1)
        size = draw.randrange(1, 9)
        kind = draw.randrange(5)
        if kind == 0 and at < len(held):
            held[at] = draw.choice((0, 255, 127, 128, draw.randrange(256)))
        elif kind == 1:
            held[at:at] = draw.randbytes(size)
        elif kind == 2:
            del held[at : at + size]
        elif kind == 3:
            held[at:at] = held[at : at + size * 8]
        elif at < len(held):
            held[at] ^= 1 << draw.randrange(8)
    return bytes(held[:LONGEST])


if __name__ == "__main__":
    sys.exit(main())
