"""What whole-pipeline tests share: a bundle of the shipped weights, the reference, questions."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from pinpoint_edge.runtime.stages import Observer, Tensors

if TYPE_CHECKING:
    from pinpoint_edge import PinPoint
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
    "pinpoint_edge/engine.py",
    "pinpoint_edge/vision/canvas.py",
    "pinpoint_edge/vision/crop.py",
    "pinpoint_edge/vision/regions.py",
    "pinpoint_edge/retrieval/align.py",
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
    cache.mkdir(exist_ok=True)
    with FileLock(
        cache / "test-bundle.lock"
    ):  # of the workers that run side by side, one builds it
        if not (out / "manifest.json").is_file():
            _build(weights, cache, out)
    return out


def _build(weights: Path, cache: Path, out: Path) -> None:
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


class Counts(Observer):
    """Counts the `runs` of each stage, and its `rows` that are no padding."""

    def __init__(self) -> None:
        self.runs: Counter[str] = Counter()
        self.rows: Counter[str] = Counter()

    def ran(self, stage: str, inputs: Tensors, outputs: Tensors) -> None:
        self.runs[stage] += 1
        if "widths" in inputs:
            self.rows[stage] += int(np.count_nonzero(inputs["widths"]))
        elif stage == "decode":
            self.rows[stage] += inputs["ids"].size

    def reset(self) -> None:
        self.runs.clear()
        self.rows.clear()


@pytest.fixture
def counting() -> Iterator[Callable[[PinPoint], Counts]]:
    """Count what the stages of a reader do, until the test ends."""
    with ExitStack() as watched:

        def watch(reader: PinPoint) -> Counts:
            counts = Counts()
            watched.enter_context(reader.observed(counts))
            return counts

        yield watch


@pytest.fixture
def pinpoint_bench(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command line of `pinpoint-bench` here: exit code, stdout, stderr."""
    from pinpoint_edge.bench.cli import cli
    from pinpoint_edge.commands.group import run

    def call(*arguments: object) -> tuple[int, str, str]:
        code = run(cli, [str(argument) for argument in arguments], "pinpoint-bench")
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture(scope="session")
def one_layer_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SmolLM2 as it is installed, cut to its first layer."""
    from pinpoint_models.decoder.gguf_file import Gguf, installed_smollm2, write

    whole = Gguf.read(installed_smollm2())
    kept = {
        name: tensor
        for name, tensor in whole.tensors.items()
        if name.startswith(("token_embd", "output_norm", "blk.0."))
    }
    path = tmp_path_factory.mktemp("gguf") / "one.gguf"
    write(path, whole, kept, {"llama.block_count": 1, "pinpoint.note": "cut"})
    return path
