"""Words, looks and boxes of a flat page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFont

Box = tuple[float, float, float, float]

FONTS = Path(matplotlib.get_data_path()) / "fonts/ttf"
# Family: regular and bold. All come with matplotlib, so that every machine draws the same pixels.
FAMILIES = {
    "sans": ("DejaVuSans", "DejaVuSans-Bold"),
    "serif": ("DejaVuSerif", "DejaVuSerif-Bold"),
    "mono": ("DejaVuSansMono", "DejaVuSansMono-Bold"),
    "times": ("STIXGeneral", "STIXGeneralBol"),
    "typed": ("cmtt10", "cmtt10"),
    "ink": ("DejaVuSerif-Italic", "DejaVuSerif-BoldItalic"),
    "slant": ("STIXGeneralItalic", "STIXGeneralBolIta"),
}
TICKS = {"<x>": True, "<o>": False}
_SEGMENT = re.compile(r"\[([^\[\]]*)@(\w+)\]")


@dataclass(frozen=True)
class Style:
    """How text looks."""

    family: str = "sans"
    size: float = 22
    bold: bool = False
    colour: str = "#1c1c20"

    def font(self) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(
            str(FONTS / f"{FAMILIES[self.family][self.bold]}.ttf"), round(self.size)
        )


@dataclass(frozen=True)
class Word:
    """A word to set: its key, and whether a space or the end of a line comes before it."""

    text: str
    key: str
    space: bool
    new_line: bool


@dataclass
class FlatPage:
    """A page before it is photographed; boxes are [x0, y0, x1, y1] in its pixels."""

    image: Image.Image
    boxes: dict[str, list[Box]] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)  # keys with lines of their own, not wrapped
    lines: list[tuple[Box, str]] = field(default_factory=list)


def words_of(text: str) -> Iterator[Word]:
    """Words of a text with `[marked@key]` parts and `//` for the end of a line."""
    pieces, last = [], 0
    for match in _SEGMENT.finditer(text):
        pieces += [(text[last : match.start()], ""), (match[1], match[2])]
        last = match.end()
    pieces.append((text[last:], ""))
    space = new_line = False
    for piece, key in pieces:
        for part in re.findall(r"\s+|//|[^\s/]+(?:/(?!/)[^\s/]*)*|/", piece):
            if part == "//":
                new_line = True
            elif part.isspace():
                space = True
            else:
                yield Word(part, key, space, new_line)
                space = new_line = False


def union(boxes: list[Box]) -> Box:
    """Return the smallest box around boxes."""
    edges: NDArray[np.float64] = np.asarray(boxes, np.float64)
    low, high = edges[:, :2].min(0), edges[:, 2:].max(0)
    return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
