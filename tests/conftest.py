"""What whole-pipeline tests share: a bundle of the shipped weights, the reference, questions."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from pinpoint_edge import PinPoint
    from pinpoint_edge.vision.stages import StageSource
    from pinpoint_models.reference import Reference

# Machines are shared: how long an example takes says nothing about the code.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

ROOT = Path(__file__).parents[1]
# What decides the bytes of a bundle besides the weights.
SOURCES = (
    "export/pinpoint_export/*.py",
    "export/pinpoint_export/bundling/*.py",
    "export/pinpoint_export/parity/*.py",
    "export/pinpoint_export/targets/**/*.py",
    "export/pinpoint_models/**/*.py",
    "pinpoint_edge/bundle/*.py",
    "pinpoint_edge/runtime/host.py",
    "pinpoint_edge/vision/canvas.py",
    "pinpoint_edge/vision/crop.py",
    "pinpoint_edge/vision/regions.py",
    "pinpoint_edge/vision/stages.py",
    "quantization/pinpoint_quantization/**/*",
    "runtimes/pinpoint_runtimes/**/*.py",
)


@pytest.fixture(scope="session")
def weights() -> Path:
    """The shipped weights, or those of the folder that PINPOINT_TEST_WEIGHTS names."""
    from pinpoint_models.paths import weights_folder

    return Path(os.environ.get("PINPOINT_TEST_WEIGHTS") or weights_folder())


@pytest.fixture(scope="session")
def reference(weights: Path) -> Reference:
    """The reference with the shipped weights."""
    from pinpoint_models.reference import Reference

    return Reference.load(weights)


@pytest.fixture(scope="session")
def forms_bundle(weights: Path) -> Path:
    """A bundle of the shipped weights, built once and kept for later runs of the tests.

    PINPOINT_TEST_BUNDLE names another bundle to test.
    """
    if given := os.environ.get("PINPOINT_TEST_BUNDLE"):
        return Path(given)
    cache = ROOT / ".cache"
    out = cache / f"test-bundle-{_digest(weights)}"
    if not (out / "manifest.json").is_file():
        from pinpoint_export.bundling import build
        from pinpoint_export.bundling.cache import StageCache
        from pinpoint_export.bundling.jobs import Checkpoint, Choice
        from pinpoint_quantization.recipe import Recipe

        build(
            Checkpoint(weights),
            Recipe.builtin("fp32"),
            {Choice("onnx"): out},
            cache=StageCache(cache / "stages"),
            overwrite=True,
        )
        for older in set(cache.glob("test-bundle-*")) - {out}:
            shutil.rmtree(older)
    return out


def _digest(weights: Path) -> str:
    """Digest of everything that a bundle is made of."""
    from pinpoint_export.bundling.digests import tool_versions
    from pinpoint_export.targets import load_target

    files = [path for pattern in SOURCES for path in ROOT.glob(pattern)]
    digest = hashlib.sha256()
    for path in sorted(path for path in (*files, *weights.iterdir()) if path.is_file()):
        if "__pycache__" not in path.parts and path.suffix not in (".md", ".jsonl"):
            digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    digest.update(repr(tool_versions(load_target("onnx"))).encode())
    return digest.hexdigest()[:16]


@pytest.fixture(scope="session")
def demo_questions() -> list[dict[str, Any]]:
    """The demo's annotated questions, with absolute paths to their images."""
    folder = ROOT / "demo"
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [row | {"image": str(folder / row["image"])} for row in map(json.loads, lines)]


class CountingSource:
    """A source whose sessions count: `runs` of each stage, and `rows` that are no padding."""

    def __init__(self, source: StageSource) -> None:
        self.source = source
        self.runs: Counter[str] = Counter()
        self.rows: Counter[str] = Counter()

    def session(self, stage: str) -> _Counting:
        return _Counting(self, stage, self.source.session(stage))

    def kv_cache(self, capacity: int) -> _Counting:
        return _Counting(self, "decode", self.source.kv_cache(capacity))

    def close(self) -> None:
        self.source.close()

    def reset(self) -> None:
        self.runs.clear()
        self.rows.clear()


class _Counting:
    def __init__(self, counts: CountingSource, stage: str, part: Any) -> None:
        self._counts, self._stage, self._part = counts, stage, part

    def run(self, feeds: Any, *visual: np.ndarray) -> Any:
        self._counts.runs[self._stage] += 1
        rows = feeds.get("widths", feeds) if isinstance(feeds, Mapping) else feeds
        if isinstance(rows, np.ndarray):
            used = np.count_nonzero(rows) if self._stage != "decode" else rows.size
            self._counts.rows[self._stage] += int(used)
        return self._part.run(feeds, *visual)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._part, name)


@pytest.fixture
def counting() -> Callable[[PinPoint], CountingSource]:
    """Make a reader count: give it a source that wraps its own."""

    def wrap(reader: PinPoint) -> CountingSource:
        from pinpoint_edge.generation.generator import Answerer

        counts = CountingSource(reader.source)
        reader.source = counts
        reader.answerer = Answerer(
            reader.tokenizer,
            counts.kv_cache,
            capacity=reader.manifest.kv.capacity,
            context=reader.answerer.context,
            d_llm=reader.manifest.d_llm,
        )
        return counts

    return wrap
