"""The command line in this process, and a bundle in the real format with tiny graphs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pinpoint_edge.bundle import (
    SCHEMA,
    Detection,
    HostParameters,
    KVForm,
    Licence,
    Manifest,
    RecipeReference,
    StageEntry,
    TensorParity,
    TensorSpec,
    TokenBudget,
    describe_files,
    save_manifest,
    standard_preprocessing,
)
from pinpoint_edge.cli import cli
from pinpoint_edge.commands.group import run

HOST = HostParameters(
    canvases=((960, 736), (736, 960)),
    glance_height=16,
    glance_widths=(64, 128),
    refine_height=48,
    refine_widths=(96, 192),
    batch=8,
    align_sizes=(64, 256),
    instruction_trigrams=64,
    reading_trigrams=32,
    detection=Detection(),
)


def manifest_for(folder: Path) -> Manifest:
    """Describe the files of `folder` in a complete manifest."""
    stages = {
        "detect": StageEntry(
            file="stages/detect.onnx",
            data=(),
            inputs=(TensorSpec("image", "uint8", (1, 3, "H", "W")),),
            outputs=(TensorSpec("text_map", "float32", (1, 1, "H", "W")),),
            buckets=({"H": 960, "W": 736}, {"H": 736, "W": 960}),
        )
    }
    for stage in ("glance", "align", "refine", "decode"):
        stages[stage] = StageEntry(
            file=f"stages/{stage}.onnx",
            data=("stages/decode.onnx.data",) if stage == "decode" else (),
            inputs=(TensorSpec("x", "float32", (8, "w")),),
            outputs=(TensorSpec("y", "float32", (8, "w/4")),),
        )
    return Manifest(
        schema=SCHEMA,
        name="small",
        model="test 1",
        target="onnx",
        requires=("onnxruntime",),
        stages=stages,
        preprocessing=standard_preprocessing(HOST),
        host=HOST,
        tokenizer="tokenizer.json",
        characters={"glance": "glance.json", "refine": "characters.json"},
        special_ids={"start": 1, "end": 2},
        vocabulary=49152,
        d_llm=576,
        token_budget=TokenBudget(256, 1024),
        coverage=0.6,
        kv=KVForm("shared-buffer", 30, 3, 64, 2048),
        recipe=RecipeReference("fp32", "0" * 64),
        tools={"torch": "2.13.0"},
        licences=(Licence("decoder", "Apache-2.0", "https://example.org/model"),),
        files=describe_files(folder),
        parity={"detect": {"text_map": TensorParity(118.5, 2.5e-6)}},
    )


@pytest.fixture
def make_bundle(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that writes a small bundle under the given name."""

    def make(name: str) -> Path:
        folder = tmp_path / name
        (folder / "stages").mkdir(parents=True)
        for stage in ("detect", "glance", "align", "refine", "decode"):
            (folder / f"stages/{stage}.onnx").write_bytes(hashlib.sha256(stage.encode()).digest())
        (folder / "stages/decode.onnx.data").write_bytes(bytes(range(256)) * 100)
        (folder / "tokenizer.json").write_text("{}")
        (folder / "glance.json").write_text(json.dumps(["", "a", "b"]))
        (folder / "characters.json").write_text(json.dumps(["", "a", "é"]), "utf-8")
        save_manifest(folder, manifest_for(folder))
        return folder

    return make


@pytest.fixture
def small_bundle(make_bundle: Callable[[str], Path]) -> Path:
    return make_bundle("small")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what tests unpack out of the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def pinpoint(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command line in this process: exit code, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = run(cli, [str(a) for a in arguments], "pinpoint")
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call
