"""The detector answers like the published PP-OCRv6 tiny file, eagerly and after export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.export import Dim

from pinpoint_edge.errors import BundleError, OptionError
from pinpoint_models.detector import Detector

ROOT = Path(__file__).parents[2]
WEIGHTS = ROOT / "export/pinpoint_models/weights"
GOLDEN = sorted((ROOT / "tests/golden/models").glob("detector_*.npz"))


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector.load(WEIGHTS)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_equals_the_published_model(detector: Detector, path: Path) -> None:
    golden = np.load(path)
    with torch.no_grad():
        text_map = detector(torch.from_numpy(golden["image"])).numpy()
    assert text_map.dtype == np.float32
    assert text_map.max() > 0.9  # there is text on the page, so agreement says something
    np.testing.assert_allclose(text_map, golden["text_map"], rtol=0, atol=1e-4)


def test_golden_files_are_there() -> None:
    assert len(GOLDEN) == 2


def test_channel_order_matters(detector: Detector) -> None:
    golden = np.load(GOLDEN[0])
    with torch.no_grad():
        swapped = detector(torch.from_numpy(golden["image"]).flip(1)).numpy()
    assert np.abs(swapped - golden["text_map"]).max() > 1e-3


def test_uint8_and_float_images_give_the_same_map(detector: Detector) -> None:
    image = torch.from_numpy(np.load(GOLDEN[0])["image"])
    with torch.no_grad():
        assert torch.equal(detector(image), detector(image.float()))


def test_exports_with_free_batch_and_size(detector: Detector) -> None:
    height, width = Dim("height", min=1, max=60), Dim("width", min=1, max=60)
    free = {"image": {0: Dim("batch"), 2: 32 * height, 3: 32 * width}}
    example = torch.zeros(2, 3, 64, 96, dtype=torch.uint8)
    program = torch.export.export(detector, (example,), dynamic_shapes=free)
    image = torch.from_numpy(np.load(GOLDEN[1])["image"])
    with torch.no_grad():
        torch.testing.assert_close(program.module()(image), detector(image), rtol=0, atol=1e-5)


def test_missing_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"detector\.safetensors"):
        Detector.load(tmp_path)


def test_broken_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "detector.safetensors").write_bytes(b"not a tensor file")
    with pytest.raises(BundleError, match="no readable safetensors"):
        Detector.load(tmp_path)


def test_weights_of_another_model_are_refused() -> None:
    with pytest.raises(BundleError, match="lacks the tensor"):
        Detector.load(WEIGHTS / "recogniser.safetensors")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.update(more=torch.zeros(1)), "holds more"),
        (lambda t: t.update({"head.conv.bias": torch.zeros(3)}), r"head\.conv\.bias as \(3,\)"),
    ],
)
def test_the_tensor_that_does_not_fit_is_named(tmp_path: Path, change, message: str) -> None:
    tensors = load_file(WEIGHTS / "detector.safetensors")
    change(tensors)
    save_file(tensors, tmp_path / "detector.safetensors")
    with pytest.raises(BundleError, match=message):
        Detector.load(tmp_path)
