"""Lines are cut where people say that they stand, and dots or torn words are left out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pinpoint_data.reference_lines import ReferenceLine
from pinpoint_edge.vision.ctc import Transcription
from pinpoint_train.lines import own_boxes
from pinpoint_train.lines.cutting import Cutter
from pinpoint_train.lines.own_boxes import crops_by_own_boxes

CHARACTERS = ["", *"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:", " "]


def page(folder: Path, *texts: str) -> Path:
    (folder / "images").mkdir()
    image = Image.new("RGB", (400, 400), "white")
    lines = []
    for place, text in enumerate(texts):
        box = [40, 20 + 40 * place, 40 + 10 * len(text), 40 + 40 * place]
        ImageDraw.Draw(image).rectangle(box, fill=(place, 0, 0))
        lines.append({"box": box, "text": text})
    image.save(folder / "images/a.png")
    record = {"image": "images/a.png", "lines": lines}
    (folder / "lines.jsonl").write_text(json.dumps(record) + "\n")
    return folder


def test_a_line_is_cut_by_its_box_with_a_margin(tmp_path: Path) -> None:
    folder = page(tmp_path, "Total 12", "Rent ..... 5", "t o r n", "Name: Ann")
    crops = list(crops_by_own_boxes(folder, Cutter(CHARACTERS, 30)))
    assert [crop.text for crop in crops] == ["Total 12", "Name: Ann"]
    pixels = crops[0].pixels()
    assert pixels.shape[0] == 48
    dark = pixels[..., 1] < 60
    assert dark[24, 20:-20].all()
    assert not dark[:, 0].any()
    assert not dark[0].any()
    assert crops[0].page == f"{tmp_path.name}/a.png"


def test_lines_are_spread_over_a_page(tmp_path: Path) -> None:
    folder = page(tmp_path, *(f"Line {n}" for n in range(9)))
    crops = list(crops_by_own_boxes(folder, Cutter(CHARACTERS, 3)))
    assert [crop.text for crop in crops] == ["Line 0", "Line 3", "Line 6"]


def test_the_case_of_capitals_is_the_teachers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Reads:
        def read(self, crop: object) -> Transcription:
            said = next(texts)
            return Transcription(said, np.full(len(said), 0.99), np.zeros((len(said), 2)))

    texts = iter(["Total 12", "nothing of that"])
    monkeypatch.setattr(Cutter, "teacher", property(lambda self: Reads()))
    cutter = Cutter(CHARACTERS, 30)
    crops = list(crops_by_own_boxes(page(tmp_path, "TOTAL 12", "NAME: ANN"), cutter))
    assert [crop.text for crop in crops] == ["Total 12"]
    assert cutter.counts["disagrees"] == 1
    assert own_boxes.MARGINS[0] > 0


def test_a_layer_that_is_shifted_against_its_page_gives_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Page:
        image = np.full((200, 300, 3), 255, np.uint8)

    class Reads:
        def read(self, crop: object) -> Transcription:
            return Transcription(next(texts))

    lines = [
        ReferenceLine((10.0, 10.0, 110.0, 30.0), "Gross Amount"),
        ReferenceLine((10, 50, 90, 70), "Net Due"),
    ]
    monkeypatch.setattr(own_boxes, "load_pages", lambda files: [Page()] * 9)
    monkeypatch.setattr(own_boxes, "text_layer_lines", lambda file: [lines] * 9)
    monkeypatch.setattr(Cutter, "teacher", property(lambda self: Reads()))
    texts = iter(["Gross Amourt", ""] * own_boxes.PAGES)
    (tmp_path / "a.pdf").touch()
    cutter = Cutter(CHARACTERS, 30)
    crops = list(crops_by_own_boxes(tmp_path, cutter))
    assert [crop.text for crop in crops] == ["Gross Amount"] * own_boxes.PAGES
    assert {crop.origin for crop in crops} == {"layer"}
    assert cutter.counts["other line"] == own_boxes.PAGES
