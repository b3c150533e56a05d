"""A host's stages as ONNX files, each compared with its module before it counts."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from pinpoint_edge.errors import ExportError
from pinpoint_edge.storage.atomic import write_json
from pinpoint_hosts.export.stages import Decode
from pinpoint_hosts.stage import HostStage

OPSET = 20
LEAST_DB = 110.0

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Exported:
    """A stage's file, and the signal-to-noise ratio of its worst output, in dB."""

    path: Path
    sqnr: float


def export(
    stages: Mapping[str, HostStage], folder: Path, facts: Mapping[str, Any]
) -> list[Exported]:
    """Write NAME.onnx of each stage, and host.json with facts and parity.

    Raises ExportError for a stage that does not lower, or is further than LEAST_DB from its module.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, stage in stages.items():
        path = folder / f"{name}.onnx"
        _lower(name, stage, path)
        found = parity(stage, path)
        if found < LEAST_DB:
            raise ExportError(
                f"{path} is {found:.0f} dB from the host's own {name}, below {LEAST_DB:.0f}; "
                "report the family and the versions of torch and onnxscript"
            )
        made.append(Exported(path, found))
    parities = {each.path.stem: round(each.sqnr, 1) for each in made}
    write_json(folder / "host.json", {**facts, "target": "onnx", "parity_db": parities})
    return made


def _lower(name: str, stage: HostStage, path: Path) -> None:
    arguments, shapes = _arguments(stage)
    written = path.with_suffix(".part.onnx")
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                stage.module.eval(),
                arguments,
                written,
                dynamo=True,
                opset_version=OPSET,
                input_names=list(stage.inputs),
                output_names=list(stage.outputs),
                dynamic_shapes=shapes,
                external_data=False,
                optimize=True,
            )
    except Exception as error:  # torch.onnx raises what its passes raise
        raise ExportError(f"{name} of this host does not lower to ONNX: {error}") from error
    written.replace(path)


def _arguments(stage: HostStage) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Positional arguments of the module, and the dynamic axes of each."""
    shapes = {
        name: dict.fromkeys(stage.dynamic.get(name, {}), torch.export.Dim.DYNAMIC)
        for name in stage.inputs
    }
    values, axes = list(stage.inputs.values()), list(shapes.values())
    if isinstance(stage.module, Decode):
        return (*values[:2], values[2:]), (*axes[:2], axes[2:])
    return tuple(values), tuple(axes)


def run(path: Path, feeds: Arrays) -> Arrays:
    """Run a stage's file."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


def parity(stage: HostStage, path: Path) -> float:
    """Return the SQNR in dB of the worst output of a file, against its module."""
    arguments, _ = _arguments(stage)
    with torch.no_grad():
        wanted = stage.module(*arguments)
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    got = run(path, {name: value.numpy() for name, value in stage.inputs.items()})
    return min(sqnr(w.numpy(), g) for w, g in zip(wanted, got.values(), strict=True))


def sqnr(wanted: NDArray[Any], got: NDArray[Any]) -> float:
    """Return the power of a signal over that of its error, in dB; infinite for equal ones."""
    a, b = wanted.astype(np.float64), got.astype(np.float64)
    error = float(((a - b) ** 2).sum())
    return float("inf") if error == 0 else 10 * float(np.log10((a**2).sum() / error))
