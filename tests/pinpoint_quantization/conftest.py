"""A language model of two small layers, exported as the decode stage of an ONNX bundle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from pinpoint_export.targets.onnx.target import OnnxTarget
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.stages import decode_program
from pinpoint_quantization.calibration.calibration_set import About, CalibrationSet
from pinpoint_quantization.recipe import STAGES, Recipe, StageRecipe

CONFIG = DecoderConfig(
    vocabulary=200, width=64, layers=2, heads=4, kv_heads=2, head_size=16, mlp_width=128,
    rope_theta=10_000.0, norm_epsilon=1e-5, context=256,
)  # fmt: skip
FLOAT = Recipe("fp32", {stage: StageRecipe("float32") for stage in STAGES})
ANSWER = 4


@pytest.fixture(scope="session")
def tiny_decoder() -> Decoder:
    """Random weights; in one module a few are so large that four bits cannot hold the rest."""
    torch.manual_seed(0)
    decoder = Decoder(CONFIG).eval()
    with torch.no_grad():
        decoder.get_parameter("layers.1.mlp.down.weight")[:, ::32] *= 40
    return decoder


@pytest.fixture(scope="session")
def tiny_stage(tiny_decoder: Decoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of its .onnx file."""
    folder = tmp_path_factory.mktemp("decode")
    OnnxTarget().lower(decode_program(tiny_decoder), FLOAT, folder)
    return folder / "decode.onnx"


@pytest.fixture(scope="session")
def prompts() -> CalibrationSet:
    """Two prompts with answers of ANSWER tokens."""
    random = np.random.default_rng(1)
    runs = [
        {
            "ids": random.integers(0, CONFIG.vocabulary + 2, 20 + 7 * n).astype(np.int32),
            "visual": random.standard_normal((2, CONFIG.width)).astype(np.float32),
        }
        for n in range(2)
    ]
    about = About(("p" * 64,), "t" * 64, CONFIG.vocabulary, CONFIG.width, (ANSWER, ANSWER))
    return CalibrationSet(about, {"decode": tuple(runs)})
