"""A whole bundle of the shipped weights in a minute: the language model cut to two layers."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pinpoint_export.build import build
from pinpoint_export.reference import Reference
from pinpoint_export.targets.onnx import OnnxTarget
from pinpoint_quantization.recipe import Recipe

LAYERS = 2


@pytest.fixture(scope="session")
def sliced_reference(weights: Path) -> Reference:
    return Reference.load(weights, layers=LAYERS)


@pytest.fixture(scope="session")
def sliced_bundle(
    sliced_reference: Reference, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[str]]:
    """A bundle built over an older one, and the lines that building reported."""
    out = tmp_path_factory.mktemp("bundles") / "sliced"
    out.mkdir()
    (out / "manifest.json").write_text("{}")
    (out / "older.bin").write_bytes(b"older")
    lines: list[str] = []
    build(
        sliced_reference,
        OnnxTarget(),
        Recipe.builtin("fp32"),
        out,
        overwrite=True,
        report=lines.append,
    )
    return out, lines


@pytest.fixture(scope="session")
def fresh_environment() -> dict[str, str]:
    """The environment of a process that finds the packages as this one does."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
