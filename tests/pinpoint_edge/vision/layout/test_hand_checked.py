"""The reading order of twenty pages that were looked at: forms, filings, tables, columns.

`runs` are regions that a person reads directly one after another; `known` are runs that the layout
does not give yet. The pages are golden ones, generated ones, and scans that may not be shipped.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pinpoint_edge.vision.canvas import fit_canvas
from pinpoint_edge.vision.layout.blocks import find_blocks
from pinpoint_edge.vision.page import load_pages

PAGES = Path(__file__).parent / "pages"
ROOT = Path(__file__).parents[4]
GOLDEN = ROOT / "tests/golden/layout"
SHARED = ROOT.parent / "shared/data"
CASES: list[dict[str, Any]] = json.loads((PAGES / "order.json").read_text())


def read_order(case: dict[str, Any]) -> list[int]:
    kind, name = case["page"].split("/", 1)
    scale = 1.0
    if kind == "golden":
        case = json.loads((GOLDEN / "cases.json").read_text())[name]
        grey = np.asarray(Image.open(GOLDEN / f"{name}.png"))
    elif kind == "made":
        grey = np.asarray(Image.open(PAGES / f"{name}.png"))
    else:
        file, _, number = name.partition("#")
        if not (SHARED / file).exists():
            pytest.skip(f"{file} is not here")
        canvas = fit_canvas(load_pages([SHARED / file])[int(number or 1) - 1].image)
        grey, scale = canvas.grey, canvas.scale
    quads = np.asarray(case["quads"], np.float32).reshape(-1, 4, 2)
    return [i for row in find_blocks(grey, quads, scale, case["skew"]).rows for i in row]


def holds(run: list[int], order: list[int]) -> bool:
    first = order.index(run[0])
    return order[first : first + len(run)] == run


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["page"])
def test_lines_are_read_as_a_person_reads_them(case: dict[str, Any]) -> None:
    order = read_order(case)
    assert [run for run in case["runs"] if not holds(run, order)] == []
    assert [run for run in case["known"] if holds(run, order)] == [], "move it to `runs`"


def test_twenty_pages_and_most_of_their_runs() -> None:
    assert len(CASES) == 20
    right, wrong = (sum(len(case[key]) for case in CASES) for key in ("runs", "known"))
    assert right > 0.8 * (right + wrong)
