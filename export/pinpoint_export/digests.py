"""What decides an artifact, as digests: weights, graph, recipe, tools and our own code.

Nothing is traced or exported for a key, so that a run whose stages are all cached is quick.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from dataclasses import asdict, is_dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import pinpoint_edge
import pinpoint_export
import pinpoint_quantization
import pinpoint_runtimes
from pinpoint_edge.models.stages import StageProgram
from pinpoint_export.jobs import Job
from pinpoint_export.targets import Target

ALWAYS = ("torch", "numpy")
# Sources that decide what an artifact is and how its parity is measured, by package.
SOURCES = (
    (pinpoint_edge, "models/**/*.py"),
    (pinpoint_edge, "imaging.py"),
    (pinpoint_runtimes, "**/*.py"),
    (pinpoint_quantization, "*.py"),
    (pinpoint_export, "targets/**/*.py"),
    (pinpoint_export, "reference.py"),
    (pinpoint_export, "worker.py"),
    (pinpoint_export, "measuring.py"),
    (pinpoint_export, "agreement.py"),
    (pinpoint_export, "comparison.py"),
    (pinpoint_export, "figures.py"),
    (pinpoint_export, "precision.py"),
    (pinpoint_export, "stage_parity.py"),
)
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
    return _digest(
        {
            "modules": modules,
            "inputs": [asdict(spec) for spec in program.inputs],
            "outputs": [asdict(spec) for spec in program.outputs],
            "buckets": [dict(bucket) for bucket in program.buckets],
            "state": dict(program.state),
        }
    )


def code_digest(target: Target) -> str:
    """Return the sha256 of our sources that decide an artifact, and of the target's own module."""
    own = Path(inspect.getfile(type(target)))
    files = {f"target/{own.name}": own}
    for package, pattern in SOURCES:
        root = Path(str(package.__file__)).parent
        for path in root.glob(pattern):
            files[f"{package.__name__}/{path.relative_to(root).as_posix()}"] = path
    return _digest({name: hashlib.sha256(p.read_bytes()).hexdigest() for name, p in files.items()})


def tool_versions(target: Target) -> dict[str, str]:
    """Return the versions of what lowers; "missing" where it is not installed."""
    return {tool: _version(tool) for tool in sorted({*ALWAYS, *target.tools()})}


def artifact_key(job: Job, target: Target, graph: str, code: str) -> str:
    """Return the name of an artifact in the cache: equal for equal artifacts only.

    graph: of `graph_digest`; code: of `code_digest`.
    """
    return _digest(
        {
            "stage": job.stage,
            "graph": graph,
            "weights": job.weights,
            "recipe": vars(job.recipe),
            "target": job.choice.name,
            "delegate": job.choice.delegate or next(iter(target.delegates), None),
            "kv": [target.kv_form, target.kv_capacity],
            "tools": tool_versions(target),
            "code": code,
        }
    )


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


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
