"""Documents side by side on one page, and the layout of each."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pinpoint_edge.retrieval.named_document import named_document
from pinpoint_edge.vision.canvas import fit_canvas
from pinpoint_edge.vision.geometry import text_quad
from pinpoint_edge.vision.layout import lay_out
from pinpoint_edge.vision.layout.documents import find_documents
from pinpoint_edge.vision.layout.order import framed
from pinpoint_edge.vision.layout.ruled_lines import Rule
from pinpoint_edge.vision.regions import Region

FOLDER = Path(__file__).parents[3] / "golden/documents"
GOLDEN = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))
TWO = next(case for case in GOLDEN["pages"] if case["name"] == "two")


@pytest.mark.parametrize("case", GOLDEN["pages"], ids=lambda case: case["name"])
def test_golden(case):
    boxes = [tuple(box) for box in case["boxes"]]
    rules = [Rule(*rule) for rule in case["rules"]]
    assert find_documents(boxes, rules) == case["documents"]


def test_golden_geometry():
    places = np.array(GOLDEN["framed"]["geometry"], np.float32)
    got = framed(places, GOLDEN["framed"]["documents"])
    assert got == pytest.approx(np.array(GOLDEN["framed"]["on_documents"]), abs=1e-6)


@pytest.mark.parametrize("case", GOLDEN["named"]["questions"], ids=lambda case: case["question"])
def test_golden_names(case):
    texts = GOLDEN["named"]
    named = named_document(case["question"], texts["readings"], texts["documents"])
    assert named == case["names"]


@pytest.mark.parametrize("by", ["rows", "layout"])
def test_each_document_is_laid_out_on_its_own(by):
    size = (620, 300)
    found = [Region(text_quad(box), 0.9) for box in TWO["boxes"]]
    canvas = fit_canvas(np.full((size[1], size[0], 3), 255, np.uint8))
    regions, layout = lay_out(found, canvas, size, by)
    half = len(found) // 2
    assert list(layout.document) == [0] * half + [1] * half
    assert all(region.box[2] < 300 for region in regions[:half])
    assert all(region.box[0] > 300 for region in regions[half:])
    assert all(len({layout.document[place] for place in row}) == 1 for row in layout.rows)
    assert [place for row in layout.rows for place in row] == list(range(len(found)))
    assert max(layout.cell[:half]) < min(layout.cell[half:])
    # Labels begin where the documents do: each is a page of its own.
    assert np.ptp(layout.geometry[:half, 0]) > 0.55
    assert np.ptp(layout.geometry[half:, 0]) > 0.55


def test_one_document_has_no_numbers():
    found = [Region(text_quad(box), 0.9) for box in TWO["boxes"][:16]]
    canvas = fit_canvas(np.full((300, 320, 3), 255, np.uint8))
    assert lay_out(found, canvas, (320, 300), "rows")[1].document == ()


@pytest.mark.slow
def test_a_question_that_names_a_receipt_is_answered_from_it(forms_bundle):
    from pinpoint_edge import PinPoint

    image = Image.new("RGB", (1200, 620), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(26)
    shops = {"Willow Bakery": ("438425", "100.78"), "Halden Optics": ("551880", "99.42")}
    for left, (shop, (number, total)) in zip((20, 640), shops.items(), strict=True):
        rows = [("Receipt no", number), ("Tea", "22.86"), ("Honey jar", "22.61"), ("Soap", "8.06"),
                ("SUBTOTAL", "94.19"), ("TAX 7%", "6.59"), ("TOTAL", total)]  # fmt: skip
        pen.text((left + 260, 30), shop.upper(), fill=0, font=font, anchor="ma")
        thanks = "Thank you for your visit, come again soon"
        pen.text((left + 260, 480), thanks, fill=0, font=font, anchor="ma")
        for place, (label, value) in enumerate(rows):
            pen.text((left, 110 + 48 * place), label, fill=0, font=font)
            pen.text((left + 520, 110 + 48 * place), value, fill=0, font=font, anchor="ra")
    with PinPoint.load(forms_bundle, threads=1) as reader:
        document = reader.open(np.asarray(image))
        assert set(document.pages[0].layout.document) == {0, 1}
        for shop, (_, total) in shops.items():
            assert document.ask(f"What is the total of the {shop} receipt?").text == total
