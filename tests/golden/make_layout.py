"""Make the golden vectors of tests/golden/layout: python tests/golden/make_layout.py

A case is a grey canvas (`NAME.png`) with the quads of its regions in canvas pixels and the skew in
degrees. Golden are the rules, the tree of blocks, the rows in reading order, and for each region
its cell and its table. `pages.json` holds the quads of the pages of IRS
forms (public domain), whose orders were checked by eye; the other pages are drawn here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from pinpoint_edge.vision.layout.block import Block
from pinpoint_edge.vision.layout.blocks import arrange, upright_boxes
from pinpoint_edge.vision.layout.ruled_lines import find_rules, slope_of

FOLDER = Path(__file__).parent / "layout"
SIZE = (320, 400)  # width, height
Box = tuple[int, int, int, int]


class Page:
    """A white page on which text lines and rules are drawn, tilted by `degrees`."""

    def __init__(self, degrees: float = 0.0, size: tuple[int, int] = SIZE) -> None:
        self.degrees = degrees
        self.image = Image.new("L", size, 255)
        self.draw = ImageDraw.Draw(self.image)
        self.quads: list[list[list[int]]] = []

    def at(self, x: float, y: float) -> tuple[int, int]:
        """Where a point lies on the tilted page."""
        angle = np.radians(self.degrees)
        return (
            round(x * np.cos(angle) - y * np.sin(angle) + (60 if self.degrees > 0 else 0)),
            round(x * np.sin(angle) + y * np.cos(angle) + (60 if self.degrees < 0 else 0)),
        )

    def rule(self, x0: int, y0: int, x1: int, y1: int, *, dash: int = 0, width: int = 1) -> None:
        """A rule, of dashes where `dash` is given."""
        length = max(x1 - x0, y1 - y0)
        for start in range(0, length, 2 * dash or length):
            stop = min(start + (dash or length), length)
            ends = (
                (x0 + (x1 - x0) * part / length, y0 + (y1 - y0) * part / length)
                for part in (start, stop)
            )
            self.draw.line([self.at(*end) for end in ends], fill=40, width=width)

    def text(self, x: int, y: int, width: int, height: int = 10) -> int:
        """A line of text as a row of letter-like strokes; returns its index."""
        for left in range(x + 1, x + width - 4, 6):
            letter = (
                (left, y + 2),
                (left + 3, y + 2),
                (left + 3, y + height - 2),
                (left, y + height - 2),
            )
            self.draw.line([self.at(*point) for point in letter], fill=20)
        corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
        self.quads.append([list(self.at(*corner)) for corner in corners])
        return len(self.quads) - 1


def cells(page: Page) -> Page:
    """A strip of labelled cells with answers of several lines, above two boxes in a box."""
    for y in (20, 80, 180):
        page.rule(10, y, 250, y)
    for x, y0, y1 in ((10, 20, 180), (250, 20, 180), (120, 20, 180)):
        page.rule(x, y0, x, y1)
    page.rule(128, 100, 242, 100)
    page.rule(128, 172, 242, 172)
    for x in (128, 185, 242):
        page.rule(x, 100, x, 172)
    for x in (16, 126):
        page.text(x, 25, 60)
        page.text(x + 6, 42, 80)
        page.text(x + 6, 57, 70)
    page.text(16, 90, 70)
    page.text(130, 84, 100)
    for x in (133, 190):
        page.text(x, 110, 40)
        page.text(x, 130, 44)
    return page


def table(page: Page) -> Page:
    """A table with column rules alone, its header over a rule, and a line below it."""
    page.rule(10, 40, 250, 40)
    for x in (100, 170):
        page.rule(x, 20, x, 150)
    for row in range(7):
        for x, width in ((14, 60), (106, 40), (178, 50)):
            page.text(x, 24 + 18 * row, width - 3 * row)
    page.text(14, 190, 200)
    return page


def columns(page: Page) -> Page:
    """A heading, two columns of prose, and two addresses side by side."""
    page.text(60, 10, 140, 14)
    for x in (10, 140):
        for row in range(6):
            page.text(x, 40 + 14 * row, 112 - (30 if row == 5 else 0))
    for x, lines in ((10, 4), (170, 3)):
        for row in range(lines):
            page.text(x, 160 + 14 * row, 80 - 9 * row)
    return page


def dotted(page: Page) -> Page:
    """Cells parted by dotted, dashed and double rules."""
    page.rule(10, 20, 250, 20, dash=2)
    page.rule(10, 70, 250, 70)
    page.rule(10, 74, 250, 74)
    page.rule(10, 130, 250, 130, dash=8)
    page.rule(130, 20, 130, 70, dash=3)
    page.rule(90, 74, 90, 130)
    for x in (16, 136):
        page.text(x, 26, 60)
        page.text(x, 46, 70)
    for x in (16, 96):
        page.text(x, 80, 50)
        page.text(x, 100, 60)
    return page


DRAWN = {
    "cells": (cells, 0.0),
    "cells_tilted": (cells, 8.0),
    "table": (table, -3.0),
    "columns": (columns, 0.0),
    "dotted": (dotted, 0.0),
    "empty": (lambda page: page, 0.0),
}


def tree(block: Block) -> dict[str, Any]:
    """A block as JSON."""
    told: dict[str, Any] = {"kind": block.kind, "box": list(block.box)}
    if block.children:
        return {**told, "children": [tree(child) for child in block.children]}
    return {**told, "rows": [list(row) for row in block.rows]}


def answer(image: Image.Image, quads: list[list[list[int]]], skew: float) -> dict[str, Any]:
    """What a host must find."""
    corners = np.asarray(quads, np.int64).reshape(-1, 4, 2)
    slope = slope_of(skew)
    boxes = upright_boxes(corners, slope)
    rules = find_rules(np.asarray(image), boxes, slope)
    blocks = arrange(boxes, rules)
    return {
        "slope": slope,
        "boxes": boxes,
        "level": rules.level,
        "upright": rules.upright,
        "tree": tree(blocks.root),
        "rows": blocks.rows,
        "cell": blocks.cell,
        "table": blocks.table,
    }


def main() -> None:
    cases = {}
    for name, (draw, degrees) in DRAWN.items():
        page = draw(Page(degrees))
        page.image.save(FOLDER / f"{name}.png", optimize=True)
        given = {"quads": page.quads, "skew": degrees}
        cases[name] = {**given, **answer(page.image, page.quads, degrees)}
    for name, given in json.loads((FOLDER / "pages.json").read_text()).items():
        with Image.open(FOLDER / f"{name}.png") as image:
            cases[name] = {**given, **answer(image, given["quads"], given["skew"])}
    text = json.dumps(cases, separators=(",", ":"))
    (FOLDER / "cases.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
