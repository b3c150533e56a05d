"""The small recogniser and detector equal the published files, and padding does not change them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from pinpoint_edge.errors import DataError
from pinpoint_models.detector import Detector
from pinpoint_models.recogniser import SIZES, Recogniser
from pinpoint_models.refiner import Refiner
from pinpoint_models.weights import load_characters, save_safetensors

ROOT = Path(__file__).parents[2]
WEIGHTS = ROOT / "export/pinpoint_models/weights"
CROPS = np.load(ROOT / "tests/golden/models/recogniser_160.npz")["crops"]


def published() -> Path:
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        pytest.skip("the published files lie in the wheel of rapidocr")
    return Path(spec.origin).parent / "models"


def onnx_answer(name: str, x: np.ndarray) -> np.ndarray:
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(str(published() / name))
    answer: np.ndarray = session.run(None, {"x": x})[0]
    return answer


def test_the_recogniser_equals_the_published_one() -> None:
    from pinpoint_train.convert_ppocr import convert_recogniser, own_characters

    file = published() / "PP-OCRv6_rec_small.onnx"
    model = convert_recogniser(file.parent, "small", len(own_characters(file))).eval()
    with torch.no_grad():
        found = model(torch.from_numpy(CROPS))[1].softmax(-1).numpy()
    wanted = onnx_answer(file.name, (CROPS[:, ::-1].astype(np.float32) / 255 - 0.5) / 0.5)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-4)


def test_the_detector_equals_the_published_one() -> None:
    from pinpoint_train.convert_ppocr import convert_detector

    image = np.full((1, 3, 96, 160), 255, np.uint8)
    image[..., 40:56, 20:140:3] = 20
    mean, deviation = np.array([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])[:, :, None, None]
    x = ((image[:, ::-1] / 255 - mean) / deviation).astype(np.float32)
    wanted = onnx_answer("PP-OCRv6_det_small.onnx", x)
    with torch.no_grad():
        found = convert_detector(published(), "small").eval()(torch.from_numpy(image)).numpy()
    assert wanted.max() > 0.3
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-4)


def test_both_sizes_share_a_class_list(tmp_path: Path) -> None:
    from pinpoint_train.convert_ppocr import convert, keep_classes

    convert(published(), tmp_path, "small")
    assert load_characters(tmp_path) == load_characters(WEIGHTS)
    recogniser = Recogniser.load(tmp_path)
    assert recogniser.head.weight.shape == (6906, SIZES["small"])
    assert (tmp_path / "recogniser.safetensors").stat().st_size < 8e6
    assert Detector.load(tmp_path).pyramid.smooth[0].depthwise.kernel_size == (7, 7)
    with torch.no_grad():
        best = recogniser(torch.from_numpy(CROPS))[1].argmax(-1)[0]
    characters = load_characters(tmp_path)
    assert (
        "".join(characters[i] for i in torch.unique_consecutive(best)).replace(" ", "") == "No.4711"
    )
    with pytest.raises(DataError, match="lacks the class 'x'"):
        keep_classes(torch.nn.Linear(4, 2), ["", "a"], ["", "x"])


def small() -> Recogniser:
    torch.manual_seed(3)
    return Recogniser(12, "small").eval()


def test_what_lies_beyond_the_width_has_no_influence() -> None:
    model, crop = small(), torch.from_numpy(CROPS)
    padded = torch.randint(0, 256, (2, 3, 48, 320), dtype=torch.uint8)
    padded[1, :, :, :160] = crop[0]
    widths = torch.tensor([320, 160], dtype=torch.int32)
    with torch.no_grad():
        alone = model(crop)[0][0]
        masked = model(padded, widths)[0][1, :20]
        unmasked = model(padded)[0][1, :20]
    torch.testing.assert_close(masked, alone, rtol=0, atol=1e-4)
    assert (unmasked - alone).abs().max() > 1e-3


def test_every_weight_learns_and_is_kept(tmp_path: Path) -> None:
    model = small().train()
    model(torch.from_numpy(CROPS), torch.tensor([150], dtype=torch.int32))[
        1
    ].square().mean().backward()
    assert [n for n, p in model.named_parameters() if p.grad is None] == []
    save_safetensors(model, tmp_path / "recogniser.safetensors")
    again = Recogniser.load(tmp_path)
    assert all(
        torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True)
    )


def test_the_refine_stage_takes_either_size() -> None:
    crops = torch.from_numpy(CROPS)
    widths = torch.tensor([150], dtype=torch.int32)
    for size in SIZES:
        refiner = Refiner(Recogniser(12, size), d_llm=32).eval()
        with torch.no_grad():
            visual, classes, probabilities = refiner(crops, torch.full((1, 4), 0.5), widths)
        assert visual.shape == (1, 32)
        assert classes.shape == probabilities.shape == (1, 20, 4)
        assert (probabilities[0, 19] == 0).all()
