"""Build the C++ runner of ExecuTorch programs from the headers and libraries of the wheel.

`python -m pinpoint_runtimes.executorch.build` puts `libpinpoint_executorch.so` where the
executorch-native runtime looks for it, and the command-line runner beside it. Neither needs torch:
`pip install --no-deps executorch` is enough.
"""

import argparse
import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pinpoint_runtimes.cache import cache_folder
from pinpoint_runtimes.errors import BackendMissing

COMMAND = "python -m pinpoint_runtimes.executorch.build"
LIBRARY = "libpinpoint_executorch.so"
RUNNER = "pinpoint_executorch_run"
SOURCES = Path(__file__).parent / "cpp"
# Operators and backends register themselves when their library is loaded.
WHEEL_LIBRARIES = (
    "executorch",
    "executorch_kernels_optimized",
    "executorch_kernels_quantized",
    "executorch_backend_xnnpack",
    "executorch_threadpool",
)


def wheel_folder() -> Path:
    """Return the folder of the installed executorch package; raises BackendMissing."""
    spec = importlib.util.find_spec("executorch")  # finds without importing: that needs torch
    if spec is None or not spec.submodule_search_locations:
        raise BackendMissing(
            "The executorch-native runtime is built from the executorch wheel, which is not "
            "installed; run `pip install --no-deps executorch==1.5.1` (torch is not needed)."
        )
    return Path(next(iter(spec.submodule_search_locations)))


def library_path() -> Path:
    """Return the path of the library for the installed wheel, built or not.

    PINPOINT_EXECUTORCH_LIBRARY names another; otherwise it is in a folder of the user's cache, one
    for each version of the sources and each wheel. Raises BackendMissing without a wheel.
    """
    if named := os.environ.get("PINPOINT_EXECUTORCH_LIBRARY"):
        return Path(named)
    wheel = wheel_folder()
    digest = hashlib.sha256(f"{wheel} {platform.machine()}".encode())
    for path in (*sorted(SOURCES.iterdir()), wheel / "version.py"):
        digest.update(path.read_bytes())
    return cache_folder("native") / digest.hexdigest()[:16] / LIBRARY


def commands(
    wheel: Path, out: Path, compiler: str = "g++", flags: Sequence[str] = ()
) -> list[list[str]]:
    """Return the two compiler calls that build the library and the runner into `out`."""
    include = wheel / "include"
    common = [compiler, *flags, "-std=c++17", "-O2", "-Wall", "-Wextra"]
    library = [
        *common,
        *("-shared", "-fPIC", "-fvisibility=hidden", "-DC10_USING_CUSTOM_GENERATED_MACROS"),
        *("-isystem", str(include)),
        *("-isystem", str(include / "executorch/runtime/core/portable_type/c10")),
        str(SOURCES / "pinpoint_executorch.cpp"),
        *("-o", str(out / LIBRARY)),
        *(f"-L{wheel / 'lib'}", f"-Wl,-rpath,{wheel / 'lib'}", "-Wl,--no-as-needed"),
        *(f"-l{name}" for name in WHEEL_LIBRARIES),
    ]
    runner = [
        *common,
        str(SOURCES / "run.cpp"),
        *("-o", str(out / RUNNER)),
        *(f"-L{out}", "-lpinpoint_executorch"),
        *("-Wl,-rpath,$ORIGIN", f"-Wl,-rpath-link,{wheel / 'lib'}"),
    ]
    return [library, runner]


def build(
    wheel: Path | None = None,
    out: Path | None = None,
    compiler: str | None = None,
    flags: Sequence[str] = (),
) -> Path:
    """Build the library and the runner, print the exact commands and return the library.

    Args:
        wheel: the `executorch` folder of an unpacked wheel; the installed one when None.
        out: folder to put both into; the user's cache when None.
        compiler: a g++ or clang++, for another machine a cross compiler; $CXX or g++ when None.
        flags: the compiler's first options, such as `--sysroot=...`.

    Raises:
        BackendMissing: no wheel, a wheel without headers, no compiler, or the compiler fails.
    """
    wheel = wheel or wheel_folder()
    for needed in (wheel / "include/executorch/extension/module/module.h", wheel / "lib"):
        if not needed.exists():
            raise BackendMissing(
                f"{wheel} has no {needed.relative_to(wheel)}: this executorch ships nothing to "
                "build against; run `pip install --no-deps executorch==1.5.1`, for Linux."
            )
    compiler = compiler or os.environ.get("CXX") or "g++"
    if shutil.which(compiler) is None:
        raise BackendMissing(
            f"There is no C++ compiler {compiler}; run `apt-get install g++`, or name one with "
            "--compiler."
        )
    out = out or library_path().parent
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as scratch:  # a broken build leaves nothing behind
        for command in commands(wheel.resolve(), Path(scratch), compiler, flags):
            print(shlex.join(command), flush=True)
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise BackendMissing(f"{compiler} failed on the runner:\n{done.stderr.strip()}")
        for name in (LIBRARY, RUNNER):
            os.replace(Path(scratch) / name, out / name)
    return out / LIBRARY


def main(arguments: Sequence[str] | None = None) -> int:
    """Build from the command line; 1 with the reason on standard error when it fails."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--wheel", type=Path, help="executorch folder of an unpacked wheel")
    parser.add_argument("--out", type=Path, help="folder for both files instead of the cache")
    parser.add_argument("--compiler", help="g++, clang++ or a cross compiler")
    parser.add_argument("--flag", action="append", default=[], help="first option of the compiler")
    given = parser.parse_args(arguments)
    try:
        library = build(given.wheel, given.out, given.compiler, given.flag)
    except BackendMissing as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{library} ({library.stat().st_size / 1024:.0f} KB)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
