"""Regions are read by the structure of their page: cells, tables and columns."""

from __future__ import annotations

import json
import time
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pinpoint_edge.vision.layout.block import Block
from pinpoint_edge.vision.layout.blocks import Blocks, arrange, find_blocks, upright_boxes
from pinpoint_edge.vision.layout.ruled_lines import Rule, Rules, find_rules

GOLDEN = Path(__file__).parents[3] / "golden/layout"
CASES: dict[str, dict[str, Any]] = json.loads((GOLDEN / "cases.json").read_text())
NONE = Rules([], [])
Box = tuple[int, int, int, int]


def tree(block: Block) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": block.kind, "box": list(block.box)}
    if block.children:
        return {**told, "children": [tree(child) for child in block.children]}
    return {**told, "rows": [list(row) for row in block.rows]}


def order(layout: Blocks) -> list[int]:
    return [index for row in layout.rows for index in row]


def line(x: int, y: int, width: int, height: int = 20) -> Box:
    return (x, y, x + width, y + height)


@pytest.mark.parametrize("name", CASES)
def test_golden_pages(name: str) -> None:
    case = CASES[name]
    grey = np.asarray(Image.open(GOLDEN / f"{name}.png"))
    quads = np.asarray(case["quads"], np.int64).reshape(-1, 4, 2)
    boxes = upright_boxes(quads, case["slope"])
    assert [list(box) for box in boxes] == case["boxes"]
    rules = find_rules(grey, boxes, case["slope"])
    assert [list(rule) for rule in rules.level] == case["level"]
    assert [list(rule) for rule in rules.upright] == case["upright"]
    layout = find_blocks(grey, quads, 1.0, case["skew"])
    assert tree(layout.root) == case["tree"]
    assert layout.rows == case["rows"]
    assert layout.cell == case["cell"]
    assert layout.table == case["table"]


def test_a_voucher_page_is_read_column_by_column_and_cell_by_cell() -> None:
    """Form 1040-V, looked at: its left column is read to its foot before the right one begins."""
    case = CASES["irs_1040v"]
    left = [i for i, (x0, y0, x1, y1) in enumerate(case["boxes"]) if 90 < y0 < 580 and x1 < 370]
    right = [i for i, (x0, y0, x1, y1) in enumerate(case["boxes"]) if 90 < y0 < 580 and x0 > 370]
    place = {index: number for number, index in enumerate(chain.from_iterable(case["rows"]))}
    assert len(left) > 30
    assert len(right) > 30
    assert max(place[i] for i in left) < min(place[i] for i in right)
    assert [place[i] for i in left] == sorted(place[i] for i in left)


@pytest.mark.parametrize(("name", "fewest"), [("8995", 8), ("1040s3", 11), ("8889", 12)])
def test_a_line_number_and_its_amount_stay_in_a_row(name: str, fewest: int) -> None:
    """IRS forms, looked at: the boxes of the amount columns are read with their lines."""
    case = CASES[f"irs_{name}"]
    rows = [row for row in case["rows"] if len(row) > 2]
    narrow = [r for r in rows if case["boxes"][r[-1]][2] - case["boxes"][r[-1]][0] < 30]
    assert len(narrow) >= fewest


def test_tilting_a_page_changes_nothing_about_its_order() -> None:
    assert CASES["cells"]["rows"] == CASES["cells_tilted"]["rows"]
    assert CASES["cells"]["cell"] == CASES["cells_tilted"]["cell"]


def test_cells_with_label_and_lines_are_read_one_by_one() -> None:
    boxes = [line(10, 10, 120), line(210, 10, 120), line(10, 35, 150), line(210, 35, 100)]
    plain = arrange(boxes, NONE)
    assert order(plain) == [0, 1, 2, 3], "rows across where nothing parts the cells"
    ruled = arrange(boxes, Rules([], [Rule(190, 0, 60)]))
    assert order(ruled) == [0, 2, 1, 3]
    assert ruled.cell == [0, 1, 0, 1]


def test_a_table_stays_rows_whatever_rules_it_has() -> None:
    boxes = [line(x, 10 + 30 * row, 80) for row in range(6) for x in (10, 110, 210)]
    upright = [Rule(100, 0, 190), Rule(200, 0, 190)]
    across = list(range(18))
    for level in ([], [Rule(35, 0, 300)], [Rule(5 + 30 * row, 0, 300) for row in range(1, 6)]):
        layout = arrange(boxes, Rules(level, upright))
        assert order(layout) == across
        assert layout.rows == [across[3 * row : 3 * row + 3] for row in range(6)]
        assert set(layout.table) == {0}
        assert layout.root.kind == "table" or layout.root.children[0].kind == "table"
    assert order(arrange(boxes, NONE)) == across


def test_the_header_of_a_table_is_known() -> None:
    boxes = [line(x, 10 + 30 * row, 80) for row in range(6) for x in (10, 110, 210)]
    boxes.append(line(10, -60, 250))
    upright = [Rule(100, 0, 190), Rule(200, 0, 190)]
    layout = arrange(boxes, Rules([Rule(35, 0, 300)], upright))
    (table,) = layout.root.tables()
    assert table.regions()[:3] == [0, 1, 2]
    assert table.regions() == list(range(18))


def test_labels_and_values_without_rules_stay_rows() -> None:
    boxes = [box for row in range(5) for box in (line(10, 30 * row, 90), line(130, 30 * row, 60))]
    assert order(arrange(boxes, NONE)) == list(range(10))


def test_items_and_their_prices_stay_rows_however_far_apart() -> None:
    boxes = []
    for row, digits in enumerate((5, 5, 4, 5, 5, 5)):
        boxes += [line(10, 30 * row, 150 - 9 * row), line(400 - 12 * digits, 30 * row, 12 * digits)]
    assert order(arrange(boxes, NONE)) == list(range(12))


def test_addresses_side_by_side_are_read_one_after_the_other() -> None:
    left = [line(10, 26 * row, 150 - 9 * row) for row in range(4)]
    right = [line(400, 26 * row, 160 - 9 * row) for row in range(4)]
    boxes = [box for pair in zip(left, right, strict=True) for box in pair]
    assert order(arrange(boxes, NONE)) == [0, 2, 4, 6, 1, 3, 5, 7]


def test_no_region_and_one_region() -> None:
    empty = find_blocks(np.full((60, 60), 255, np.uint8), np.zeros((0, 4, 2)), 1.0, 0.0)
    assert (empty.rows, empty.cell, empty.table) == ([], [], [])
    assert order(arrange([line(5, 5, 40)], NONE)) == [0]


boxes_of = st.lists(
    st.builds(
        line, st.integers(0, 600), st.integers(0, 900), st.integers(1, 200), st.integers(1, 40)
    ),
    max_size=40,
)
rules_of = st.lists(
    st.builds(lambda a, b, c: Rule(a, b, b + c), *[st.integers(0, 900)] * 3), max_size=8
)


@settings(max_examples=80, deadline=None)
@given(boxes_of, rules_of, rules_of, st.randoms())
def test_every_region_is_read_once_in_whatever_order_they_come(
    boxes: list[Box], level: list[Rule], upright: list[Rule], random: Any
) -> None:
    boxes = list(dict.fromkeys(boxes))
    rules = Rules(sorted(level), sorted(upright))
    layout = arrange(boxes, rules)
    assert sorted(order(layout)) == list(range(len(boxes)))
    assert len(layout.cell) == len(layout.table) == len(boxes)
    cells = [layout.cell[index] for index in order(layout)]
    assert cells == sorted(cells), "a cell is read as a whole"
    mixed = random.sample(range(len(boxes)), len(boxes))
    again = arrange([boxes[index] for index in mixed], rules)
    assert {frozenset(mixed[i] for i in row) for row in again.rows} == {
        frozenset(row) for row in layout.rows
    }


def test_three_thousand_regions_take_seconds() -> None:
    boxes = [line(16 * (i % 50), 12 * (i // 50), 12, 9) for i in range(3000)]
    rules = Rules(
        [Rule(12 * i - 1, 0, 800) for i in range(60)], [Rule(16 * i, 0, 720) for i in range(50)]
    )
    began = time.process_time()
    assert len(order(arrange(boxes, rules))) == 3000
    assert len(order(arrange(boxes, NONE))) == 3000
    assert time.process_time() - began < 30
