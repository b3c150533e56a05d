"""The command line in this process, and a bundle in the real format with tiny graphs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

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
    TokenBudget,
    describe_files,
    save_manifest,
    standard_preprocessing,
)
from pinpoint_edge.commands.cli import cli
from pinpoint_edge.commands.group import run
from pinpoint_edge.vision.page import Page
from pinpoint_runtimes import TensorSpec

if TYPE_CHECKING:
    from pinpoint_edge.reader import PinPoint

GOLDEN_TOKENIZER = Path(__file__).parents[1] / "golden/tokenizer/tokenizer.json"

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


@pytest.fixture(scope="session")
def small_reader(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PinPoint]:
    """A reader with the shipped vision stages in torch and a small, untrained decoder.

    Where it matters what the answer is, tests ask the bundle.
    """
    import torch

    from pinpoint_edge.engine import Engine, standard_host
    from pinpoint_edge.generation.tokenizer import Tokenizer
    from pinpoint_edge.reader import PinPoint
    from pinpoint_models.aligner import load_aligner
    from pinpoint_models.decoder.config import DecoderConfig
    from pinpoint_models.decoder.model import Decoder
    from pinpoint_models.detector import Detector
    from pinpoint_models.glance import CHARACTERS, folded, load_glance
    from pinpoint_models.recogniser import Recogniser
    from pinpoint_models.reference import Reference, ReferenceSource
    from pinpoint_models.refiner import Refiner
    from pinpoint_models.weights import load_characters

    tokenizer = Tokenizer(GOLDEN_TOKENIZER)
    config = DecoderConfig(tokenizer.vocabulary, 32, 2, 4, 2, 16, 64, 10000.0, 1e-5, 4096)
    torch.manual_seed(0)
    reference = Reference(
        detector=Detector.load(weights),
        glance=folded(load_glance(weights)),
        aligner=load_aligner(weights),
        refiner=Refiner(Recogniser.load(weights), config.width).eval(),
        decoder=Decoder(config).eval(),
        tokenizer_json=GOLDEN_TOKENIZER.read_text(encoding="utf-8"),
        characters=load_characters(weights),
        glance_characters=list(CHARACTERS),
    )
    manifest = replace(
        manifest_for(tmp_path_factory.mktemp("small")),
        host=standard_host(),
        vocabulary=tokenizer.vocabulary,
        d_llm=config.width,
        kv=KVForm("shared-buffer", config.layers, config.kv_heads, config.head_size, 512),
    )
    characters = {"refine": reference.characters, "glance": reference.glance_characters}
    source = ReferenceSource(reference)
    with PinPoint(Engine.of_parts(manifest, source, tokenizer, characters)) as reader:
        yield reader


@pytest.fixture(scope="session")
def printed() -> Callable[..., Page]:
    """Return a function that prints lines of text on a white page."""

    def make(*lines: str, left: int = 60, step: int = 90) -> Page:
        image = Image.new("RGB", (560, max(420, step * (len(lines) + 1))), "white")
        pen = ImageDraw.Draw(image)
        for number, line in enumerate(lines):
            place = (left, 40 + step * number)
            pen.text(place, line, fill=(25, 25, 30), font=ImageFont.load_default(30))
        return Page(np.asarray(image), "printed", 0)

    return make
