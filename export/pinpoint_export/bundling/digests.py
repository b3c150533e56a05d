"""What decides an artifact, as digests: weights, graph, recipe, tools and our own code.

Nothing is traced or exported for a key, so that a run whose stages are all cached is quick.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import inspect
from dataclasses import asdict, is_dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, entry_points, version
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pinpoint_edge.storage.json_text import json_digest
from pinpoint_export.bundling.jobs import Job
from pinpoint_export.targets import Target
from pinpoint_models.stages import StageProgram
from pinpoint_runtimes.runtime import GROUP as RUNTIMES

ALWAYS = ("torch", "numpy")
OURS = ("pinpoint_edge", "pinpoint_runtimes", "pinpoint_quantization", "pinpoint_export")
WORKER = "pinpoint_export.bundling.worker"
_PLAIN = (bool, int, float, str, tuple, type(None))


def weights_digest(module: nn.Module) -> str:
    """Return the sha256 of all parameters and buffers: names, types, shapes and bytes.

    Buffers that are not saved count too: rotary tables decide a graph as weights do.
    """
    digest = hashlib.sha256()
    named = chain(
        module.named_parameters(remove_duplicate=False),
        module.named_buffers(remove_duplicate=False),
    )
    for name, tensor in sorted(named, key=lambda pair: pair[0]):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(_bytes(tensor))
    return digest.hexdigest()


def graph_digest(program: StageProgram) -> str:
    """Return the sha256 of a stage's module tree with its settings, its tensors and its sizes."""
    modules = [
        (name, type(module).__qualname__, module.extra_repr(), _settings(module))
        for name, module in program.module.named_modules()
    ]
    return json_digest(
        {
            "modules": modules,
            "inputs": [asdict(spec) for spec in program.inputs],
            "outputs": [asdict(spec) for spec in program.outputs],
            "buckets": [dict(bucket) for bucket in program.buckets],
            "state": dict(program.state),
        }
    )


def code_digest(target: Target) -> str:
    """Return the sha256 of the sources that decide a target's artifacts and their parity.

    These are what the target's module, its runtime's and the worker import from this project, or
    from the target's own package, directly or not: no other target's code counts.
    """
    own = type(target).__module__
    runtimes = entry_points(group=RUNTIMES, name=target.runtime() or "")
    roots = [own, WORKER, *(runtime.module for runtime in runtimes)]
    found = {"target": Path(inspect.getfile(type(target)))}
    packages = {*OURS, own.split(".")[0]}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        path = _source(name)
        if path is None or name in found:
            continue
        found[name] = path
        waiting += [other for other in _imports(path) if other.split(".")[0] in packages]
        if name in roots and path.name == "__init__.py":  # such a package may find its parts itself
            parts = path.parent.rglob("*.py")
            found |= {f"{name}/{p.relative_to(path.parent).as_posix()}": p for p in parts}
    return json_digest(
        {name: hashlib.sha256(p.read_bytes()).hexdigest() for name, p in found.items()}
    )


def tool_versions(target: Target) -> dict[str, str]:
    """Return the versions of what lowers; "missing" where it is not installed."""
    return {tool: _version(tool) for tool in sorted({*ALWAYS, *target.tools()})}


def artifact_key(job: Job, target: Target, graph: str, code: str) -> str:
    """Return the name of an artifact in the cache: equal for equal artifacts only.

    graph: of `graph_digest`; code: of `code_digest`.
    """
    return json_digest(
        {
            "stage": job.stage,
            "graph": graph,
            "weights": job.weights,
            "recipe": job.recipe.to_json(),
            "calibration": job.calibration.digest if job.calibration else None,
            "target": job.choice.name,
            "delegate": job.choice.delegate or next(iter(target.delegates), None),
            "kv": [target.kv_form, target.kv_capacity],
            "tools": tool_versions(target),
            "code": code,
        }
    )


def _source(module: str) -> Path | None:
    """Return the file of a module, None where a name is none; nothing is imported."""
    top, *rest = module.split(".")
    spec = importlib.util.find_spec(top)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin)
    if rest:
        path = path.parent.joinpath(*rest)
        package = path / "__init__.py"
        path = package if package.is_file() else path.with_suffix(".py")
    return path if path.is_file() and path.suffix == ".py" else None


@cache
def _imports(path: Path) -> frozenset[str]:
    """Return the names that a file imports anywhere; some are no modules but things in them."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def _bytes(tensor: Tensor) -> memoryview:
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    view: memoryview = flat.view(torch.uint8).numpy().data
    return view


def _settings(module: nn.Module) -> dict[str, Any]:
    """Return the plain attributes of a module, such as its number of heads, and its config."""
    found = {}
    for name, value in vars(module).items():
        if name.startswith("_") or name == "training":
            continue
        if is_dataclass(value) and not isinstance(value, type):
            found[name] = repr(asdict(value))
        elif isinstance(value, _PLAIN):
            found[name] = repr(value)
    return found


def _version(tool: str) -> str:
    try:
        return version(tool)
    except PackageNotFoundError:
        return "missing"
