"""Colours, panels and icons of charts and infographics."""

from pathlib import Path
from random import Random

import matplotlib
from PIL import ImageFont

from pinpoint_data.generator.page_builder import Colour, PageCanvas
from pinpoint_data.generator.synthetic_page import Box

PALETTES = (
    *("tab10", "tab20", "tab20b", "tab20c", "Set1", "Set2", "Dark2", "Paired", "Accent"),
    *("viridis", "Greys_r"),
)
"""Colour maps of matplotlib."""
ICONS = "☎✈★♥☀☂♫⚙✉✂☕⚖"
TINTS: tuple[Colour, ...] = (
    (255, 255, 255),
    (255, 255, 255),
    (250, 250, 250),
    (252, 248, 240),
    (243, 247, 252),
    (245, 250, 244),
    (253, 246, 246),
    (240, 244, 246),
)
"""Papers and panels that dark text stays legible on even when a fax makes them black or white."""
DEEP: tuple[Colour, ...] = (
    (20, 40, 90),
    (0, 70, 80),
    (90, 20, 50),
    (40, 40, 45),
    (70, 40, 110),
    (10, 80, 50),
    (110, 50, 10),
    (30, 60, 110),
)
"""Panels for white text."""


def palette(rng: Random) -> list[Colour]:
    """The colours of one chart, in random order."""
    colours = matplotlib.colormaps[rng.choice(PALETTES)].resampled(7)(range(7))
    chosen = [(round(r * 255), round(g * 255), round(b * 255)) for r, g, b, _ in colours]
    chosen = [colour for colour in chosen if brightness(colour) < 215]
    rng.shuffle(chosen)
    return chosen


def ink_on(fill: Colour) -> Colour:
    """Black or white, whichever is read better on `fill`."""
    return (0, 0, 0) if brightness(fill) > 140 else (255, 255, 255)


def brightness(colour: Colour) -> float:
    """Perceived brightness, 0 to 255."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def panel(
    canvas: PageCanvas, box: Box, fill: Colour | None, radius: int = 0, edge: Colour | None = None
) -> None:
    """A filled box with round corners."""
    canvas.draw.rounded_rectangle(box, radius, fill=fill, outline=edge)


def icon(canvas: PageCanvas, rng: Random, box: Box, fill: Colour) -> None:
    """A simple picture in `box`, from the font that matplotlib brings."""
    x0, y0, x1, y1 = box
    path = Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"
    font = ImageFont.truetype(path, round(y1 - y0))
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    canvas.draw.text(middle, rng.choice(ICONS), fill=fill, font=font, anchor="mm")
