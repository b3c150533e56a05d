"""The refiner's answer for a crop depends on that crop, its width and its place alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.export import Dim

from pinpoint_models.recogniser import Recogniser
from pinpoint_models.refiner import Refiner, VisualProjector

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden/models"

# Padding is masked in the pooling and in every layer of the recogniser that looks sideways
# (3x3 and 1x5 convolutions, squeeze-and-excite), so no value of it reaches the result. What remains
# is f32 summation order, which changes with the shape: about 4e-5 on features of up to 30.
ORDER = {"rtol": 0, "atol": 1e-3}


@pytest.fixture(scope="module")
def refiner() -> Refiner:
    torch.manual_seed(0)
    return Refiner(Recogniser.load(ROOT / "export/pinpoint_models/weights")).eval()


def batch(width: int, fill: int, rows: tuple[int, ...] = (0, 1)) -> tuple[torch.Tensor, ...]:
    """Golden lines as a batch of 8: `rows` says which row holds which; the rest is `fill`."""
    crops = torch.full((8, 3, 48, width), fill, dtype=torch.uint8)
    geometry, widths = torch.zeros(8, 4), torch.zeros(8, dtype=torch.int32)
    places = torch.tensor([[0.2, 0.1, 0.3, 0.02], [0.7, 0.9, 0.1, 0.03]])
    for line, (name, row) in enumerate(zip(("160", "96"), rows, strict=True)):
        crop = torch.from_numpy(np.load(GOLDEN / f"recogniser_{name}.npz")["crops"])
        crops[row, :, :, : crop.shape[3]] = crop[0]
        geometry[row], widths[row] = places[line], crop.shape[3]
    return crops, geometry, widths


def test_shapes_and_types(refiner: Refiner) -> None:
    with torch.no_grad():
        visual, classes, probabilities = refiner(*batch(192, 0))
    assert (visual.shape, visual.dtype) == ((8, 576), torch.float32)
    assert (classes.shape, classes.dtype) == ((8, 24, 4), torch.int32)
    assert (probabilities.shape, probabilities.dtype) == ((8, 24, 4), torch.float32)
    assert (probabilities[0, :20].diff(dim=-1) <= 0).all()
    assert (probabilities.sum(-1) <= 1 + 1e-5).all()


def test_the_best_characters_are_the_recognisers(refiner: Refiner) -> None:
    with torch.no_grad():
        _, classes, probabilities = refiner(*batch(192, 0))
    golden = np.load(GOLDEN / "recogniser_160.npz")
    np.testing.assert_array_equal(classes[0, :20, 0].numpy(), golden["best"][0])
    assert (probabilities[0, :20, 0] > 0.5).all()


@pytest.mark.parametrize("fill", [0, 128, 255])
def test_values_of_the_padding_have_no_influence(refiner: Refiner, fill: int) -> None:
    with torch.no_grad():
        reference, other = refiner(*batch(192, 7)), refiner(*batch(192, fill))
    for one, two in zip(reference, other, strict=True):
        torch.testing.assert_close(one, two, rtol=0, atol=0)


def test_amount_of_padding_has_no_influence(refiner: Refiner) -> None:
    with torch.no_grad():
        narrow, wide = refiner(*batch(160, 0)), refiner(*batch(512, 255))
    torch.testing.assert_close(wide[0], narrow[0], **ORDER)
    assert torch.equal(wide[1][:2, :20, 0], narrow[1][:2, :20, 0])
    torch.testing.assert_close(wide[2][:, :20], narrow[2], **ORDER)


def test_batch_composition_has_no_influence(refiner: Refiner) -> None:
    with torch.no_grad():
        first = refiner(*batch(192, 0))[0]
        moved = refiner(*batch(192, 0, rows=(6, 2)))[0]
        crops, geometry, widths = batch(192, 0)
        alone = refiner(crops[:1], geometry[:1], widths[:1])[0]
    torch.testing.assert_close(moved[[6, 2]], first[:2], **ORDER)
    torch.testing.assert_close(alone, first[:1], **ORDER)


def test_steps_beyond_the_width_are_blank(refiner: Refiner) -> None:
    with torch.no_grad():
        _, classes, probabilities = refiner(*batch(192, 200))
    for row, used in ((0, 20), (1, 12), (5, 0)):
        assert not classes[row, used:].any()
        assert not probabilities[row, used:].any()


def test_place_and_content_both_change_the_visual_token(refiner: Refiner) -> None:
    crops, geometry, widths = batch(192, 0)
    with torch.no_grad():
        visual = refiner(crops, geometry, widths)[0]
        elsewhere = refiner(crops, geometry + 0.1, widths)[0]
        swapped = refiner(crops.flip(0), geometry, widths.flip(0))[0]
    assert (visual[0] - elsewhere[0]).abs().max() > 0.01
    assert (visual[0] - swapped[0]).abs().max() > 0.01


def test_pool_is_mean_and_maximum_of_the_used_frames() -> None:
    features = torch.randn(3, 10, 80) - 3  # mostly negative: a zero of the padding would be seen
    pooled = VisualProjector.pool(features, torch.tensor([10, 4, 0], dtype=torch.int32))
    for row, used in ((0, 10), (1, 4)):
        part = features[row, :used]
        expected = torch.cat([part.mean(0), part.amax(0)])
        torch.testing.assert_close(pooled[row], expected)
    assert not pooled[2].any()


def test_gain_scales_the_token() -> None:
    projector = VisualProjector(d_llm=32)
    pooled, geometry = torch.randn(2, 160), torch.rand(2, 4)
    with torch.no_grad():
        before = projector(pooled, geometry)
        projector.gain.fill_(3.0)
        torch.testing.assert_close(projector(pooled, geometry), 3 * before)


def test_exports_with_free_batch_and_width(refiner: Refiner) -> None:
    size = Dim("batch")
    frames = Dim("frames", min=1, max=400)
    free = {"crops": {0: size, 3: 8 * frames}, "geometry": {0: size}, "widths": {0: size}}
    program = torch.export.export(refiner, batch(192, 0), dynamic_shapes=free)
    crops, geometry, widths = batch(320, 9)
    feeds = (crops[:3], geometry[:3], widths[:3])
    with torch.no_grad():
        exported, eager = program.module()(*feeds), refiner(*feeds)
    torch.testing.assert_close(exported[0], eager[0], **ORDER)
    assert torch.equal(exported[1][:2, :12, 0], eager[1][:2, :12, 0])
    torch.testing.assert_close(exported[2], eager[2], **ORDER)
