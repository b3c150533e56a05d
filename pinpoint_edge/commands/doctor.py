"""`pinpoint doctor`: whether this machine is ready, and the packages that it lacks."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from pinpoint_edge.commands.group import deliver, shared_options

MINIMUM_PYTHON = (3, 11)
MEMORY_BESIDE_WEIGHTS, MEMORY_PER_BYTE = 2.0e8, 1.2
"""Peak memory of a page is about this and this part of the bundle: 308 MB where it has 109."""
MINIMUM_MEMORY = 1.5e9
"""Bytes of RAM below which an fp32 bundle does not fit beside the system."""


@dataclass(frozen=True)
class Package:
    """A package that running needs: its module, the least version and the one tests ran with."""

    name: str
    module: str
    minimum: str
    tested: str


PACKAGES = (
    Package("numpy", "numpy", "2.0", "2.3.5"),
    Package("onnxruntime", "onnxruntime", "1.24", "1.31.1"),
    Package("pillow", "PIL", "11", "13.0.0"),
    Package("tokenizers", "tokenizers", "0.21", "0.23.3"),
    Package("pypdfium2", "pypdfium2", "4.30", "5.15.2"),
    Package("click", "click", "8.1", "8.5.1"),
    Package("rich", "rich", "13", "15.0.0"),
)

_TRY_RUNTIME = """
import sys
from pinpoint_runtimes import BackendMissing
from pinpoint_runtimes.runtime import load_runtime
try:
    load_runtime(sys.argv[1])
except BackendMissing as error:
    print(error)
"""


@dataclass(frozen=True)
class Finding:
    """State of one package: tested, untested (another version), old, missing or broken."""

    name: str
    version: str | None
    tested: str
    state: str
    remedy: str | None


@click.command(
    "doctor",
    epilog="Example: pinpoint doctor bundles/forms-onnx --json",
)
@click.argument("bundle", required=False)
@shared_options
@click.pass_context
def command(ctx: click.Context, bundle: str | None) -> None:
    """Check Python, the installed packages, the runtimes and the memory.

    With BUNDLE also whether it would run here: its runtime, its packages, and the memory that is
    free. Exit code 0 when everything that `ask` needs is here (for an onnx bundle, or for BUNDLE),
    1 when something is missing. Runtimes of other targets are listed with what each lacks.
    """
    from pinpoint_edge.runtime.board import Machine, unused

    findings = [examine(package) for package in PACKAGES]
    memory, providers = total_memory(), available_providers()
    python_fits = sys.version_info[:2] >= MINIMUM_PYTHON
    runtimes = runtime_states()
    ready = python_fits and all(f.remedy is None for f in findings if f.name != "onnxruntime")
    fit = None if bundle is None else examine_bundle(bundle, runtimes)
    if fit is None or fit.target == "onnx":
        ready = ready and bool(providers) and all(f.remedy is None for f in findings)
    ready = ready and not (fit and fit.lacks)
    could_use = list(unused(Machine(), providers))
    remedy = " ".join(f"'{f.remedy}'" for f in findings if f.remedy)
    report = {
        "ready": ready,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "memory_bytes": memory,
        "providers": providers,
        "runtimes": runtimes,
        "unused": could_use,
        "packages": [vars(finding) for finding in findings],
        "remedy": f"pip install --upgrade {remedy}" if remedy else None,
    }
    report |= {} if fit is None else {"bundle": vars(fit)}
    deliver(report, lambda: _print(report, findings, python_fits, fit))
    ctx.exit(0 if ready else 1)


def examine(package: Package) -> Finding:
    """Find the installed version of a package and make sure that it can be imported."""
    requirement = f"{package.name}>={package.minimum}"
    try:
        module = importlib.import_module(package.module)
    except ModuleNotFoundError as error:
        state = "missing" if error.name == package.module else "broken"
        return Finding(package.name, None, package.tested, state, requirement)
    except Exception:  # a half-installed extension module can raise anything
        return Finding(package.name, None, package.tested, "broken", requirement)
    try:
        version = importlib.metadata.version(package.name)
    except importlib.metadata.PackageNotFoundError:  # another build, such as onnxruntime-gpu
        version = str(getattr(module, "__version__", "unknown"))
    if _numbers(version) < _numbers(package.minimum) and version != "unknown":
        return Finding(package.name, version, package.tested, "old", requirement)
    state = "tested" if version == package.tested else "untested"
    return Finding(package.name, version, package.tested, state, None)


def available_providers() -> list[str]:
    """Return ONNX Runtime's execution providers, best first; empty when it is not here."""
    try:
        runtime = importlib.import_module("onnxruntime")
        return [str(name) for name in runtime.get_available_providers()]
    except Exception:  # its absence or breakage is a finding of its own
        return []


def runtime_states() -> dict[str, str | None]:
    """Return what each registered runtime lacks here, None for one that is ready.

    Each is tried in a process of its own: some share native libraries that one process cannot load
    twice, and a half-installed one may end the process.
    """
    from pinpoint_runtimes.runtime import runtime_names

    tried = {
        name: subprocess.Popen(
            [sys.executable, "-c", _TRY_RUNTIME, name],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for name in runtime_names()
    }
    states: dict[str, str | None] = {}
    for name, process in tried.items():
        said = process.communicate()[0].strip()
        if process.returncode and not said:
            said = f"it ends its process with {process.returncode}"
        states[name] = said or None
    return states


@dataclass(frozen=True)
class Fit:
    """Whether a bundle would run here: the memory that it takes and finds, and what it lacks."""

    name: str
    target: str
    memory_bytes: int
    free_bytes: int | None
    lacks: tuple[str, ...]


def examine_bundle(path: str, runtimes: dict[str, str | None]) -> Fit:
    """Compare a bundle with this machine; raises BundleError for what is none."""
    from pinpoint_edge.bundle import Bundle
    from pinpoint_edge.errors import BackendError

    bundle = Bundle.open(path, check_backends=False)
    target = bundle.manifest.target
    lacks = []
    try:
        Bundle.open(path)
    except BackendError as error:
        lacks.append(str(error))
    else:
        lacks += [state for state in [runtimes.get(target, f"no runtime {target}")] if state]
    needed = int(MEMORY_BESIDE_WEIGHTS + MEMORY_PER_BYTE * bundle.size)
    free = free_memory()
    if free is not None and free < needed:
        lacks.append(f"{needed / 1e6:.0f} MB of memory, and {free / 1e6:.0f} MB are free")
    return Fit(bundle.manifest.name, target, needed, free, tuple(lacks))


def total_memory() -> int | None:
    """Return the bytes of RAM, or None where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


def free_memory() -> int | None:
    """Return the bytes that a new process can have, by the system and by a container's limit."""
    found = []
    for path, pattern in (
        ("/proc/meminfo", r"MemAvailable:\s+(\d+) kB"),
        ("/sys/fs/cgroup/memory.max", r"(\d+)$"),
    ):
        try:
            match = re.search(pattern, Path(path).read_text())
        except OSError:
            continue
        if match:
            found.append(int(match[1]) * (1024 if "kB" in pattern else 1))
    return min(found, default=total_memory())


def _numbers(version: str) -> tuple[int, ...]:
    """Turn "1.31.1rc2" into (1, 31, 1): enough to compare releases with a minimum."""
    numbers = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits))
    return tuple(numbers)


def _print(
    report: dict[str, object], findings: list[Finding], python_fits: bool, fit: Fit | None
) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, soft_wrap=True)
    least = ".".join(str(n) for n in MINIMUM_PYTHON)
    note = "" if python_fits else f": too old, install {least} or newer"
    console.print(f"Python {report['python']} on {report['platform']}{note}", markup=False)
    memory = report["memory_bytes"]
    if isinstance(memory, int):
        low = ": little for an fp32 bundle" if memory < MINIMUM_MEMORY else ""
        console.print(f"{report['cores']} cores, {memory / 1e9:.1f} GB of memory{low}")
    providers = report["providers"]
    shown = ", ".join(providers) if isinstance(providers, list) and providers else "none"
    console.print(f"execution providers: {shown}", markup=False)
    table = Table("package", "installed", "tested with", "state")
    for finding in findings:
        table.add_row(finding.name, finding.version or "-", finding.tested, finding.state)
    console.print(table)
    runtimes = report["runtimes"]
    assert isinstance(runtimes, dict)
    for name, lacks in runtimes.items():
        console.print(f"runtime {name}: {lacks or 'ready'}", markup=False)
    if fit is not None:
        free = "unknown" if fit.free_bytes is None else f"{fit.free_bytes / 1e6:.0f} MB"
        needs = f"takes about {fit.memory_bytes / 1e6:.0f} MB of memory, free {free}"
        console.print(f"bundle {fit.name}, target {fit.target}: {needs}", markup=False)
        for lack in fit.lacks:
            console.print(f"bundle {fit.name} lacks: {lack}", markup=False)
    could_use = report["unused"]
    assert isinstance(could_use, list)
    for line in could_use:
        console.print(f"not used: {line}", markup=False)
    if report["remedy"]:
        console.print(f"run: {report['remedy']}", markup=False)
    console.print("ready" if report["ready"] else "not ready")
