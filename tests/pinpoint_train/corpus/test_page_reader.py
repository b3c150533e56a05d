"""Reading whole pages by the lowered detector and recogniser."""

from pathlib import Path

import numpy as np
import pytest
import torch

from pinpoint_edge.vision.crop import REFINE_HEIGHT, REFINE_WIDTHS, batch_crops, crop_width
from pinpoint_edge.vision.geometry import iou
from pinpoint_models.paths import weights_folder
from pinpoint_models.recogniser import FRAME_WIDTH, Recogniser
from pinpoint_models.refiner import VisualProjector
from pinpoint_train.corpus import page_reader
from pinpoint_train.corpus.page_reader import PageReader, glance_crops

from ..drawn_page import drawn_page

LINES = ["Invoice 4711", "Total: 60.30", "Thank you for your visit"]


def test_glance_crops_stand_in_the_order_of_their_regions() -> None:
    image, boxes = drawn_page(LINES)
    quads = [
        np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
        for x0, y0, x1, y1 in boxes.values()
    ]
    crops = glance_crops(image, quads)
    for crop, quad in zip(crops, quads, strict=True):
        (alone,) = glance_crops(image, [quad])
        assert crop.dtype == np.uint8
        assert crop.shape == (24, crop_width(quad, 24))
        assert np.array_equal(crop, alone)
        assert crop.min() < 60 < 200 < crop.max()
    assert glance_crops(image, []) == []


@pytest.mark.slow
def test_a_printed_page_is_read(graphs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("The graphs are lowered already.")

    monkeypatch.setattr(page_reader.torch.onnx, "export", refuse)
    reader = PageReader(weights_folder(), graphs)
    image, boxes = drawn_page(LINES)
    page = reader.read(image)
    assert page.texts == LINES
    assert page.layout.rows == [[0], [1], [2]]
    assert min(page.confidences) > 0.8
    for region, text in zip(page.regions, page.texts, strict=True):
        assert iou(region.box, tuple(boxes[text])) > 0.4
    assert page.layout.geometry.shape == (3, 4)
    assert [crop.shape[0] for crop in page.crops] == [24, 24, 24]

    # The lowered recogniser pools what the module pools.
    recogniser = Recogniser.load(weights_folder()).eval()
    quads = [region.quad for region in page.regions]
    for indices, crops, used in batch_crops(image, quads, REFINE_HEIGHT, REFINE_WIDTHS):
        with torch.inference_mode():
            features, _ = recogniser(torch.from_numpy(crops), torch.from_numpy(used))
            frames = torch.ceil(torch.from_numpy(used) / FRAME_WIDTH)
            pooled = VisualProjector.pool(features, frames).numpy()
        np.testing.assert_allclose(page.pooled[indices], pooled[: len(indices)], atol=2e-3)


@pytest.mark.slow
def test_an_empty_page_has_no_regions(graphs: Path) -> None:
    page = PageReader(weights_folder(), graphs).read(np.full((500, 400, 3), 255, np.uint8))
    assert (page.regions, page.layout.rows, page.texts, page.crops) == ([], [], [], [])
    assert page.pooled.shape == (0, 160)
    assert page.layout.geometry.shape == (0, 4)
