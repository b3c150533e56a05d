"""The mark head on the text detector's maps."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from pinpoint_edge.errors import BundleError, OptionError
from pinpoint_models.detector import Detector
from pinpoint_models.elements import ElementHead, PageDetector
from pinpoint_models.paths import weights_folder
from pinpoint_models.stages import detect_program

WEIGHTS = weights_folder()


@pytest.fixture(scope="module")
def page() -> PageDetector:
    torch.manual_seed(0)
    return PageDetector(Detector.load(WEIGHTS), ElementHead()).eval()


def test_the_text_map_is_the_text_detectors(page: PageDetector) -> None:
    image = torch.randint(0, 256, (1, 3, 96, 64), dtype=torch.uint8)
    with torch.no_grad():
        text_map, mark_map = page(image)
        assert torch.equal(text_map, page.text(image))
        assert torch.equal(text_map, PageDetector(page.text)(image))
    assert mark_map.shape == (1, 4, 48, 32)
    assert 0 < mark_map.min() < mark_map.max() < 1


def test_the_stage_tells_of_marks_where_there_is_a_head(page: PageDetector) -> None:
    both, alone = detect_program(page), detect_program(PageDetector(page.text))
    assert [spec.name for spec in both.outputs] == ["text_map", "mark_map"]
    assert [spec.name for spec in alone.outputs] == ["text_map"]
    image = both.example()["image"]
    assert image.shape == (1, 3, 960, 736)
    assert (image < 60).any(dim=1)[:, 200:300, :30].any()  # boxes to tick at the margin


def test_a_head_is_read_from_its_file(page: PageDetector, tmp_path: Path) -> None:
    assert page.elements is not None
    save_file(page.elements.state_dict(), tmp_path / "elements.safetensors")
    loaded = ElementHead.load(tmp_path)
    maps = [torch.randn(1, channels, 8, 8) for channels in (64, 32)]
    with torch.no_grad():
        assert torch.equal(loaded(*maps), page.elements(*maps))
        assert torch.equal(loaded.logits(*maps).sigmoid(), loaded(*maps))


def test_missing_and_foreign_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"elements\.safetensors"):
        ElementHead.load(tmp_path)
    with pytest.raises(BundleError):
        ElementHead.load(WEIGHTS / "recogniser.safetensors")
