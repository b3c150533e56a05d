"""The recogniser answers like its lowered file in another runtime; padding does not change it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch.export import Dim

from pinpoint_edge.errors import BundleError
from pinpoint_models.recogniser import CLASSES, FEATURE_SIZE, Recogniser
from pinpoint_models.weights import load_characters, save_safetensors

ROOT = Path(__file__).parents[2]
WEIGHTS = ROOT / "export/pinpoint_models/weights"
GOLDEN = ROOT / "tests/golden/models"
TEXTS = {"recogniser_160": "No.4711", "recogniser_96": "Date"}


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser.load(WEIGHTS)


def crops_of(name: str) -> torch.Tensor:
    return torch.from_numpy(np.load(GOLDEN / f"{name}.npz")["crops"])


@pytest.mark.parametrize("name", TEXTS)
def test_equals_what_onnx_runtime_answered(recogniser: Recogniser, name: str) -> None:
    golden = np.load(GOLDEN / f"{name}.npz")
    with torch.no_grad():
        features, logits = recogniser(torch.from_numpy(golden["crops"]))
    steps = golden["crops"].shape[3] // 8
    assert features.shape == (1, steps, FEATURE_SIZE)
    assert logits.shape == (1, steps, CLASSES)
    np.testing.assert_allclose(features.numpy(), golden["features"], rtol=1e-5, atol=1e-4)
    sampled = logits[..., golden["sampled"].tolist()].numpy()
    np.testing.assert_allclose(sampled, golden["sampled_logits"], rtol=1e-5, atol=1e-4)
    np.testing.assert_array_equal(logits.argmax(-1).numpy(), golden["best"])


@pytest.mark.parametrize(("name", "text"), TEXTS.items())
def test_reads_the_line_with_the_shipped_characters(
    recogniser: Recogniser, name: str, text: str
) -> None:
    characters = load_characters(WEIGHTS)
    with torch.no_grad():
        best = recogniser(crops_of(name))[1].argmax(-1)[0]
    collapsed = torch.unique_consecutive(best).tolist()
    assert "".join(characters[i] for i in collapsed).replace(" ", "") == text


def test_characters_align_with_the_classes() -> None:
    characters = load_characters(WEIGHTS)
    assert len(characters) == CLASSES
    assert (characters[0], characters[1], characters[-1]) == ("", "!", " ")
    assert all(characters[1:])


@pytest.mark.parametrize("name", TEXTS)
def test_what_lies_beyond_the_width_has_no_influence(recogniser: Recogniser, name: str) -> None:
    crop = crops_of(name)
    width = crop.shape[3]
    padded = torch.randint(0, 256, (2, 3, 48, 320), dtype=torch.uint8)
    padded[1, :, :, :width] = crop[0]
    widths = torch.tensor([320, width], dtype=torch.int32)
    with torch.no_grad():
        alone = recogniser(crop)[0][0]
        masked = recogniser(padded, widths)[0][1, : width // 8]
        unmasked = recogniser(padded)[0][1, : width // 8]
    # Same terms, summed in another order; features reach 30.
    torch.testing.assert_close(masked, alone, rtol=0, atol=5e-4)
    assert (unmasked - alone).abs().max() > 1  # without the mask padding does matter


def test_a_width_inside_a_frame_keeps_that_frame(recogniser: Recogniser) -> None:
    crop = crops_of("recogniser_160")
    other = crop.clone()
    other[..., 93:] = 0
    widths = torch.tensor([93], dtype=torch.int32)
    with torch.no_grad():
        masked = recogniser(crop, widths)[0][:, :12]
        torch.testing.assert_close(recogniser(other, widths)[0][:, :12], masked)
        short = recogniser(crop[..., :96].contiguous(), widths)[0]
    torch.testing.assert_close(short, masked, rtol=0, atol=5e-4)


def test_exports_with_free_batch_and_width(recogniser: Recogniser) -> None:
    free = {0: Dim("batch"), 3: 8 * Dim("frames", min=1, max=400)}
    example = torch.zeros(2, 3, 48, 96, dtype=torch.uint8)
    program = torch.export.export(recogniser, (example,), dynamic_shapes={"crops": free})
    crop = crops_of("recogniser_160")
    with torch.no_grad():
        for exported, eager in zip(program.module()(crop), recogniser(crop), strict=True):
            torch.testing.assert_close(exported, eager, rtol=0, atol=1e-4)


def test_every_weight_learns() -> None:
    recogniser = Recogniser(classes=12)
    _, logits = recogniser(crops_of("recogniser_96"), torch.tensor([90], dtype=torch.int32))
    logits.square().mean().backward()
    still = [n for n, p in recogniser.named_parameters() if p.grad is None]
    assert not still
    matrices = {"head.weight", "neck.reduce.weight"}
    assert matrices <= dict(recogniser.named_parameters()).keys()


def test_saving_is_reproducible_and_keeps_the_class_count(tmp_path: Path) -> None:
    recogniser = Recogniser(classes=12)
    path = tmp_path / "a.safetensors"
    metadata = {"license": "Apache-2.0", "origin": "here", "form": "test"}
    written = set()
    # The library's own metadata order is random: one pair of files could agree by luck.
    for _ in range(8):
        save_safetensors(recogniser, path, metadata)
        written.add(path.read_bytes())
        recogniser = Recogniser.load(path)
    assert len(written) == 1
    assert recogniser.head.out_features == 12
    with safe_open(path, "pt") as file:
        assert file.metadata() == metadata


@pytest.mark.parametrize("text", ["{", '["a"]', '{"": 0}', '["", 1]'])
def test_broken_class_lists_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "characters.json").write_text(text)
    with pytest.raises(BundleError, match=r"characters\.json"):
        load_characters(tmp_path)
