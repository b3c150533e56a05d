"""A whole bundle of the shipped weights in a minute: the language model cut to two layers."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pinpoint_edge.bundle import Manifest
from pinpoint_export.bundling import build
from pinpoint_export.bundling.cache import StageCache
from pinpoint_export.bundling.jobs import Checkpoint, Choice
from pinpoint_models.reference import Reference
from pinpoint_quantization.recipe import Recipe

LAYERS = 2
ONNX = Choice("onnx")


@dataclass(frozen=True)
class Slice:
    """An exported slice: its bundle, manifest, cache and the lines that building reported."""

    checkpoint: Checkpoint
    folder: Path
    manifest: Manifest
    cache: StageCache
    lines: list[str]


@pytest.fixture(scope="session")
def sliced_reference(weights: Path) -> Reference:
    return Reference.load(weights, layers=LAYERS)


@pytest.fixture(scope="session")
def sliced(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Slice:
    """A slice for ONNX Runtime, built over an older bundle."""
    root = tmp_path_factory.mktemp("sliced")
    out = root / "bundles" / "sliced"
    out.mkdir(parents=True)
    (out / "manifest.json").write_text("{}")
    (out / "older.bin").write_bytes(b"older")
    lines: list[str] = []
    checkpoint, cache = Checkpoint(weights, layers=LAYERS), StageCache(root / "cache")
    manifests = build(
        checkpoint,
        Recipe.builtin("fp32"),
        {ONNX: out},
        cache=cache,
        overwrite=True,
        report=lines.append,
    )
    return Slice(checkpoint, out, manifests[ONNX], cache, lines)


@pytest.fixture(scope="session")
def sliced_bundle(sliced: Slice) -> tuple[Path, list[str]]:
    """The folder of the sliced bundle, and the lines that building it reported."""
    return sliced.folder, sliced.lines


@pytest.fixture
def own_cache(sliced: Slice, tmp_path: Path) -> StageCache:
    """A cache of the test's own that holds the sliced stages."""
    shutil.copytree(sliced.cache.folder, tmp_path / "own-cache")
    return StageCache(tmp_path / "own-cache")


@pytest.fixture(scope="session")
def planted_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `planted_targets` as a distribution; once imported, the module lives there."""
    site = tmp_path_factory.mktemp("planted") / "site"
    info = site / "planted_targets-1.0.dist-info"
    info.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("planted_targets.py"), site)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: planted-targets\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[pinpoint_edge.targets]\nplanted = planted_targets:PlantedTarget\n"
    )
    return site


@pytest.fixture
def planted(planted_site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install `planted_targets` as a distribution; workers find it too."""
    monkeypatch.syspath_prepend(planted_site)
    return planted_site


@pytest.fixture(scope="session")
def fresh_environment() -> dict[str, str]:
    """The environment of a process that finds the packages as this one does."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
