"""Static ranges: measured over all inputs and sizes, and used by the file that is made of them."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pinpoint_edge.errors import OptionError
from pinpoint_quantization.litert.quantize import quantize_file
from pinpoint_quantization.litert.ranges import measure_ranges
from pinpoint_quantization.litert.weights import kinds, opened
from pinpoint_quantization.recipe import StageRecipe
from pinpoint_runtimes import TensorSpec
from pinpoint_runtimes.litert.runtime import LitertSession
from pinpoint_runtimes.runtime import StageFile

pytest.importorskip("litert_torch")
pytest.importorskip("ai_edge_quantizer")
pytestmark = pytest.mark.slow  # converting takes seconds

INPUTS = (TensorSpec("crops", "uint8", (1, 8, 8, "w")), TensorSpec("bias", "float32", (1,)))
OUTPUTS = (TensorSpec("features", "float32", (1, 8, 8, "w")),)
STATIC = StageRecipe("int8", activations="static")


class Reader(nn.Module):
    """Two convolutions, a depthwise one between them."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(8, 128, 1)
        self.spread = nn.Conv2d(128, 128, 3, padding=1, groups=128)
        self.last = nn.Conv2d(128, 8, 1)

    def forward(self, crops: Tensor, bias: Tensor) -> dict[str, Tensor]:
        x = torch.relu(self.first(crops.float() / 255 + bias))
        return {"features": self.last(torch.relu(self.spread(x)))}


@pytest.fixture(scope="module")
def reader() -> Reader:
    torch.manual_seed(0)
    return Reader().eval()


@pytest.fixture(scope="module")
def lowered(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Path:
    import litert_torch

    path = tmp_path_factory.mktemp("reader") / "glance.tflite"
    converter = litert_torch
    for width in (16, 24):
        given = {name: torch.from_numpy(array) for name, array in feeds(width).items()}
        converter = converter.signature(f"w{width}", reader, sample_kwargs=given)
    converter.convert().export(str(path))
    return path


def feeds(width: int, bias: float = 0.0, seed: int = 0) -> dict[str, NDArray[Any]]:
    crops = np.random.default_rng(seed).integers(0, 256, (1, 8, 8, width)).astype(np.uint8)
    return {"crops": crops, "bias": np.array([bias], np.float32)}


def stage(path: Path) -> StageFile:
    return StageFile(path, INPUTS, OUTPUTS, ({"w": 16}, {"w": 24}))


def test_extremes_of_all_inputs_count_and_sizes_share_them(lowered: Path) -> None:
    ordinary, unusual = feeds(16), feeds(16, bias=9.0, seed=1)
    ranges = measure_ranges(lowered, "glance", [ordinary, unusual, ordinary])
    # The widest input is the unusual one's, however many ordinary ones there are.
    assert ranges["w16_bias"] == ranges["w24_bias"] == (0.0, 9.0)
    results = [LitertSession(stage(lowered)).run(f)["features"] for f in (ordinary, unusual)]
    expected = min(r.min() for r in results), max(r.max() for r in results)
    found = [pair for name, pair in ranges.items() if np.allclose(pair, expected, rtol=1e-4)]
    assert len(found) >= 2
    assert len(set(found)) == 1


def test_layers_compute_in_integers_and_feeds_and_results_keep_their_types(
    lowered: Path, reader: Reader, tmp_path: Path
) -> None:
    path = tmp_path / "glance.tflite"
    shutil.copy(lowered, path)
    parameters = {name: tensor.numpy() for name, tensor in reader.state_dict().items()}
    size = quantize_file(path, "glance", STATIC, parameters, [feeds(16, seed=s) for s in range(3)])
    assert size == 2 * 8 * 128 + 9 * 128 + 4 * (128 + 128 + 8)
    for width in (16, 24):  # the second had no calibration inputs of its own
        given = feeds(width, seed=7)
        found, expected = (LitertSession(stage(p)).run(given)["features"] for p in (path, lowered))
        noise = np.square(found - expected).sum() / np.square(expected).sum()
        assert 30 < -10 * np.log10(noise) < 60
    with opened(path) as model:
        for number in (0, 1):
            graph = model.Subgraphs(number)
            operators = map(graph.Operators, range(graph.OperatorsLength()))
            codes = [model.OperatorCodes(o.OpcodeIndex()).BuiltinCode() for o in operators]
            names = Counter(kinds()[code] for code in codes)
            assert names["QUANTIZE"] >= 1
            assert names["DEQUANTIZE"] >= 1
            assert names["CONV_2D"] + names["DEPTHWISE_CONV_2D"] == 3


def test_inputs_that_calibrate_nothing_are_refused(lowered: Path) -> None:
    with pytest.raises(OptionError, match=r'glance has activations = "static" .* needs calibr'):
        measure_ranges(lowered, "glance", [])
    with pytest.raises(OptionError, match=r"No calibration input of stage glance .* 8, 40"):
        measure_ranges(lowered, "glance", [feeds(40)])
