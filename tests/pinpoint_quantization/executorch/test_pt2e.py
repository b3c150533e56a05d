"""Layers in int8 by PT2E: which ones, with which ranges, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from pinpoint_edge.errors import DataError, ExportError, OptionError
from pinpoint_quantization.executorch.pt2e import quantize_methods
from pinpoint_quantization.recipe import StageRecipe

pytest.importorskip("executorch")
pytest.importorskip("torchao")


class Reader(nn.Module):
    """A convolution of each kind, a linear layer and attention between constants of none."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.relu = nn.ReLU()
        self.up = nn.ConvTranspose2d(8, 8, 2, stride=2)
        self.head = nn.Linear(8, 5)

    def forward(self, image: Tensor) -> Tensor:
        x = self.relu(self.stem(image / 127.5 - 1))
        x = self.up(x + self.depthwise(x)).mean(2).transpose(1, 2)
        x = x + (x @ x.transpose(1, 2)).softmax(-1) @ x
        out: Tensor = self.head(x)
        return out


@pytest.fixture(scope="module")
def reader() -> Reader:
    torch.manual_seed(0)
    return Reader().eval()


def images(width: int, level: float = 255.0) -> Tensor:
    return torch.rand(1, 3, 8, width, generator=torch.Generator().manual_seed(width)) * level


def exported(reader: nn.Module) -> dict[str, Any]:
    return {
        f"w{width}": torch.export.export(reader, (images(width),), strict=False)
        for width in (8, 16)
    }


def decibels(reader: nn.Module, method: Any, width: int) -> float:
    with torch.no_grad():
        expected, found = reader(images(width)), method.module()(images(width))
    noise = (expected - found).square().sum() / expected.square().sum()
    return float(-10 * noise.log10())


def feed(width: int) -> dict[str, np.ndarray]:
    return {"image": images(width).numpy()}


def test_dynamic_leaves_depthwise_layers_as_they_were(reader: Reader) -> None:
    methods = exported(reader)
    count = quantize_methods(methods, "detect", StageRecipe("int8"), ["image"])
    assert count == 2 * 3  # stem, up and head, of two sizes
    assert 25 < decibels(reader, methods["w16"], 16) < 70
    constants = {tuple(t.shape) for t in methods["w8"].constants.values() if t.dtype == torch.int8}
    constants |= {
        tuple(t.shape) for t in methods["w8"].state_dict.values() if t.dtype == torch.int8
    }
    assert (8, 3, 3, 3) in constants
    assert (8, 1, 3, 3) not in constants


def test_static_ranges_are_those_of_the_feeds_and_all_sizes_share_them(reader: Reader) -> None:
    recipe = StageRecipe("int8", granularity="channel", activations="static")
    methods = exported(reader)
    assert quantize_methods(methods, "detect", recipe, ["image"], [feed(8)]) == 2 * 4
    for width in (8, 16):  # 16 saw no feed of its own
        assert 20 < decibels(reader, methods[f"w{width}"], width) < 70
    dark = exported(reader)
    quantize_methods(dark, "detect", recipe, ["image"], [{"image": images(8, 20.0).numpy()}])
    # Light pages leave the range of dark ones.
    assert decibels(reader, dark["w8"], 8) < decibels(reader, methods["w8"], 8) - 10


def test_patterns_keep_layers_in_float(reader: Reader) -> None:
    methods = exported(reader)
    recipe = StageRecipe("int8", modules=(("head", "float32"), ("up", "float32")))
    assert quantize_methods(methods, "detect", recipe, ["image"]) == 2
    with pytest.raises(OptionError, match=r"'haed' fits no module .* stage detect.*head"):
        quantize_methods(
            exported(reader), "detect", StageRecipe("int8", modules=(("haed", "int8"),)), ["image"]
        )
    nothing = StageRecipe("int8", modules=(("*", "float32"),))
    with pytest.raises(ExportError, match="detect has no layer that XNNPACK keeps in int8"):
        quantize_methods(exported(reader), "detect", nothing, ["image"])


@pytest.mark.parametrize(
    ("feeds", "message"),
    [
        ([], "detect needs inputs of real pages.*give a calibration set, or choose dynamic"),
        ([{"crops": np.zeros(3)}], "the calibration set has no image for stage detect"),
        ([feed(12)], "for stage detect, which is lowered for other sizes"),
    ],
)
def test_static_needs_feeds_of_the_model(reader: Reader, feeds: Any, message: str) -> None:
    recipe = StageRecipe("int8", activations="static")
    methods = exported(reader)
    before = dict(methods)
    with pytest.raises(DataError, match="(?i)" + message):
        quantize_methods(methods, "detect", recipe, ["image"], feeds)
    assert methods == before
