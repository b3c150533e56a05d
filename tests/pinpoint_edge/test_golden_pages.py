"""The golden pages: every host step gives what they record, and a bundle answers like them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pinpoint_edge import PinPoint
from pinpoint_edge.bundle import ReadingOrder, SelectionParameters
from pinpoint_edge.generation.generator import not_found_bias
from pinpoint_edge.retrieval import trigrams
from pinpoint_edge.retrieval.selection import estimate_tokens, select, with_companions
from pinpoint_edge.vision.canvas import Canvas, fit_canvas
from pinpoint_edge.vision.crop import (
    REFINE_HEIGHT,
    REFINE_WIDTHS,
    batch_crops,
    crop_width,
    glance_widths,
)
from pinpoint_edge.vision.layout import Layout, lay_out
from pinpoint_edge.vision.layout.order import estimate_skew
from pinpoint_edge.vision.page import Page, load_pages
from pinpoint_edge.vision.regions import Region

FOLDER = Path(__file__).parents[1] / "golden/pages"
NAMES = ("receipt", "form")


def digest(array: NDArray[Any]) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


class Golden:
    """One golden page: what is recorded, and its steps done anew."""

    def __init__(self, name: str) -> None:
        self.told: dict[str, Any] = json.loads((FOLDER / name / "page.json").read_text("utf-8"))
        self.page: Page = load_pages(FOLDER / name / "page.png")[0]
        self.canvas: Canvas = fit_canvas(self.page.image)
        self.found = [
            Region(np.array(item["quad"], np.float32), item["score"]) for item in self.told["found"]
        ]

    def laid_out(self, by: ReadingOrder) -> tuple[list[Region], Layout]:
        return lay_out(self.found, self.canvas, (self.page.width, self.page.height), by)


@pytest.fixture(scope="module", params=NAMES)
def golden(request: pytest.FixtureRequest) -> Golden:
    return Golden(request.param)


def test_canvas(golden: Golden) -> None:
    told, canvas = golden.told["canvas"], golden.canvas
    assert digest(golden.page.image) == golden.told["page_sha256"]
    assert [*canvas.image.shape[:2]] == told["size"]
    assert [*canvas.size] == told["used"]
    assert (digest(canvas.image), digest(canvas.grey)) == (told["sha256"], told["grey_sha256"])


@pytest.mark.parametrize("by", ["rows", "layout"])
def test_order(golden: Golden, by: ReadingOrder) -> None:
    regions, layout = golden.laid_out(by)
    told = golden.told[by]
    number = {id(region): index for index, region in enumerate(golden.found)}
    assert [number[id(region)] for region in regions] == told["order"]
    assert layout.rows == told["rows"]
    assert estimate_skew(golden.found) == pytest.approx(golden.told["skew"], abs=1e-9)
    if by == "layout":
        assert (layout.cell, layout.table) == (told["cell"], told["table"])
        assert np.allclose(layout.places, told["places"], atol=1e-6)
        assert [layout.companions(n) for n in range(len(regions))] == told["companions"]


def test_crops(golden: Golden) -> None:
    regions, _ = golden.laid_out("rows")
    quads = [region.quad for region in regions]
    batches = batch_crops(golden.page.grey, quads, 16, glance_widths(16))
    made = [(crops.shape[3], used.tolist(), digest(crops)) for _, crops, used in batches]
    assert made == [tuple(batch.values()) for batch in golden.told["glance"]]
    for question in golden.told["questions"]:
        groups: dict[int, list[NDArray[np.float32]]] = {}
        for item in question["refined"]:
            quad = quads[item["region"]]
            used = crop_width(quad, REFINE_HEIGHT)
            groups.setdefault(next(w for w in REFINE_WIDTHS if used <= w), []).append(quad)
        made = [
            (width, used.tolist(), digest(crops))
            for width, group in groups.items()
            for _, crops, used in batch_crops(golden.page.image, group, REFINE_HEIGHT, (width,))
        ]
        assert made == [tuple(batch.values()) for batch in question["refine"]]


def test_choice(golden: Golden) -> None:
    _, layout = golden.laid_out("rows")
    told = golden.told
    assert [estimate_tokens(text) for text in told["readings"]] == told["costs"]
    costs = np.array(told["costs"], np.int32)
    for question in told["questions"]:
        match = trigrams.match_features(question["question"], told["readings"], layout)
        columns = len(question["match"][0])
        assert np.allclose(match[:, :columns], question["match"], atol=1e-6)
        ids = trigrams.instruction_ids(question["question"], 64)
        assert ids.tolist() == question["instruction"]
        scores = np.array(question["scores"], np.float32)
        chosen = select(np.append(scores, np.float32(0)), costs, 0.8, 256, SelectionParameters())
        assert chosen.found == question["found"]
        assert chosen.null == pytest.approx(question["null"], abs=1e-6)
        indices = with_companions(chosen, scores, costs, 256, layout.companions)
        assert [*indices] == question["chosen"]


def test_bias(golden: Golden, small_reader: PinPoint) -> None:
    prior = small_reader.manifest.not_found
    for question in golden.told["questions"]:
        bias = not_found_bias(question["null"], prior)
        assert bias == pytest.approx(question["bias"], abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_answers(forms_bundle: Path, name: str) -> None:
    """Fails when weights change: make the golden pages again (tests/golden/make_pages.py)."""
    told = json.loads((FOLDER / name / "page.json").read_text("utf-8"))
    with PinPoint.load(forms_bundle) as reader:
        document = reader.open(FOLDER / name / "page.png")
        for question in told["questions"]:
            answer = document.ask(question["question"])
            assert (answer.text, answer.kind) == (
                question["answer"]["text"],
                question["answer"]["kind"],
            )
