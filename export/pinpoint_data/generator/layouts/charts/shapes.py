"""Colours, panels and icons of charts and infographics."""

import math
from random import Random

from pinpoint_data.generator.page_builder import Colour, PageCanvas
from pinpoint_data.generator.synthetic_page import Box

PALETTES = tuple(
    row.split()
    for row in (
        "4472c4 ed7d31 a5a5a5 ffc000 5b9bd5 70ad47 264478",
        "1f77b4 ff7f0e 2ca02c d62728 9467bd 8c564b e377c2",
        "003f5c 58508d bc5090 ff6361 ffa600 2f4b7c 665191",
        "264653 2a9d8f e9c46a f4a261 e76f51 8ab17d 287271",
        "0b3954 087e8b bfd7ea ff5a5f c81d25 5b7b7a a3b18a",
        "222222 666666 999999 bbbbbb 444444 808080 d0d0d0",
        "005f73 0a9396 94d2bd ee9b00 ca6702 ae2012 9b2226",
        "355070 6d597a b56576 e56b6f eaac8b 457b9d a8dadc",
        "3366cc dc3912 ff9900 109618 990099 0099c6 dd4477",
        "606c38 283618 dda15e bc6c25 a3b18a 588157 3a5a40",
        "7f3c8d 11a579 3969ac f2b701 e73f74 80ba5a e68310",
        "08306b 2171b5 6baed6 9ecae1 084594 4292c6 c6dbef",
    )
)
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
    colours = [tuple(bytes.fromhex(code)) for code in rng.choice(PALETTES)]
    rng.shuffle(colours)
    return [(c[0], c[1], c[2]) for c in colours]


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


def on_circle(centre: tuple[float, float], radius: float, turn: float) -> tuple[float, float]:
    """The point of a circle at a turn, 0 to 1 clockwise from the top."""
    angle = turn * 2 * math.pi
    return centre[0] + radius * math.sin(angle), centre[1] - radius * math.cos(angle)


def icon(canvas: PageCanvas, rng: Random, box: Box, fill: Colour) -> None:
    """A simple picture in `box`: a person, a house, a drop, bars, a star or the like."""
    x0, y0, x1, y1 = box
    w, h = x1 - x0, y1 - y0
    draw, cx = canvas.draw, (x0 + x1) / 2
    what = rng.randrange(8)
    if what == 0:
        draw.ellipse((cx - w * 0.2, y0, cx + w * 0.2, y0 + h * 0.4), fill=fill)
        draw.pieslice((x0 + w * 0.1, y0 + h * 0.45, x1 - w * 0.1, y1 + h * 0.45), 180, 360, fill)
    elif what == 1:
        draw.polygon([(x0, y0 + h * 0.5), (cx, y0), (x1, y0 + h * 0.5)], fill=fill)
        draw.rectangle((x0 + w * 0.15, y0 + h * 0.5, x1 - w * 0.15, y1), fill=fill)
    elif what == 2:
        draw.ellipse((x0 + w * 0.15, y0 + h * 0.35, x1 - w * 0.15, y1), fill=fill)
        draw.polygon([(x0 + w * 0.2, y0 + h * 0.55), (cx, y0), (x1 - w * 0.2, y0 + h * 0.55)], fill)
    elif what == 3:
        for i, part in enumerate((0.4, 0.7, 1.0)):
            left = x0 + w * (0.05 + 0.33 * i)
            draw.rectangle((left, y1 - h * part, left + w * 0.24, y1), fill=fill)
    elif what == 4:
        middle = (cx, (y0 + y1) / 2)
        points = [on_circle(middle, w * (0.5 if i % 2 == 0 else 0.2), i / 10) for i in range(10)]
        draw.polygon(points, fill=fill)
    elif what == 5:
        draw.ellipse(box, outline=fill, width=max(2, round(w * 0.1)))
        draw.line((cx, y0 + h * 0.2, cx, y0 + h * 0.5, x0 + w * 0.72, y0 + h * 0.62), fill, 2)
    elif what == 6:
        draw.rounded_rectangle((x0, y0 + h * 0.25, x1, y1), round(w * 0.1), fill=fill)
        draw.arc((x0 + w * 0.3, y0, x1 - w * 0.3, y0 + h * 0.5), 180, 360, fill, 3)
    else:
        draw.rectangle((x0 + w * 0.1, y0 + h * 0.2, x1 - w * 0.1, y0 + h * 0.75), fill=fill)
        draw.ellipse((x0 + w * 0.15, y1 - h * 0.35, x0 + w * 0.4, y1), fill=fill)
        draw.ellipse((x1 - w * 0.4, y1 - h * 0.35, x1 - w * 0.15, y1), fill=fill)
