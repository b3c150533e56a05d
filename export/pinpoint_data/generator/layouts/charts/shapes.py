"""Drawing primitives beyond lines and boxes: palettes, panels, wedges, icons, turned text."""

import math
from collections.abc import Sequence
from itertools import pairwise
from random import Random

from PIL import Image, ImageDraw

from pinpoint_data.generator.fonts import Font
from pinpoint_data.generator.page_builder import Canvas, Colour, Span
from pinpoint_data.generator.sample import Box, Line
from pinpoint_data.generator.text.words import by_space

PALETTES = tuple(
    by_space(row)
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


def overlaps(a: Box, b: Box, gap: float = 0.0) -> bool:
    """Whether two boxes come closer than `gap` pixels."""
    return a[0] < b[2] + gap and b[0] < a[2] + gap and a[1] < b[3] + gap and b[1] < a[3] + gap


def is_free(canvas: Canvas, box: Box, gap: float = 2.0) -> bool:
    """Whether text in `box` would stay clear of all lines and inside the page."""
    inside = box[0] >= 2 and box[1] >= 2 and box[2] <= canvas.width - 2
    inside = inside and box[3] <= canvas.height - 2
    return inside and not any(overlaps(box, line.box, gap) for line in canvas.lines)


def text_box(x: float, y: float, text: str, font: Font, anchor: str = "l") -> Box:
    """Where `Canvas.text` would put a line."""
    left = round(x - {"l": 0.0, "m": 0.5, "r": 1.0}[anchor] * font.width(text))
    baseline = round(y) + font.ascent
    x0, y0, x1, y1 = font.image_font.getbbox(text, anchor="ls")
    return left + x0, baseline + y0, left + x1, baseline + y1


def panel(
    canvas: Canvas, box: Box, fill: Colour | None, radius: int = 0, edge: Colour | None = None
) -> None:
    """A filled box with round corners."""
    canvas.draw.rounded_rectangle(box, radius, fill=fill, outline=edge)


def wedge(
    canvas: Canvas,
    centre: tuple[float, float],
    radius: float,
    turns: tuple[float, float],
    fill: Colour,
    edge: Colour,
) -> None:
    """A slice between two turns, 0 to 1 clockwise from the top."""
    x, y = centre
    start, end = (turn * 360 - 90 for turn in turns)
    box = (x - radius, y - radius, x + radius, y + radius)
    canvas.draw.pieslice(box, start, end, fill=fill, outline=edge, width=1)


def disc(canvas: Canvas, centre: tuple[float, float], radius: float, fill: Colour) -> None:
    """A filled circle."""
    x, y = centre
    canvas.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def on_circle(centre: tuple[float, float], radius: float, turn: float) -> tuple[float, float]:
    """The point of a circle at a turn, 0 to 1 clockwise from the top."""
    angle = turn * 2 * math.pi
    return centre[0] + radius * math.sin(angle), centre[1] - radius * math.cos(angle)


def marker(canvas: Canvas, x: float, y: float, size: float, shape: str, fill: Colour) -> None:
    """A data point: `disc`, `square`, `diamond` or `none`."""
    if shape == "disc":
        canvas.draw.ellipse((x - size, y - size, x + size, y + size), fill=fill)
    elif shape == "square":
        canvas.draw.rectangle((x - size, y - size, x + size, y + size), fill=fill)
    elif shape == "diamond":
        points = [(x, y - size), (x + size, y), (x, y + size), (x - size, y)]
        canvas.draw.polygon(points, fill=fill)


def dashed(
    canvas: Canvas, points: Sequence[tuple[float, float]], fill: Colour, weight: int, dash: int
) -> None:
    """A line through points, whole where `dash` (pixels on and off) is 0."""
    if not dash:
        canvas.draw.line(list(points), fill=fill, width=weight, joint="curve")
        return
    for (x0, y0), (x1, y1) in pairwise(points):
        length = math.hypot(x1 - x0, y1 - y0)
        for at in range(0, math.ceil(length), 2 * dash):
            a, b = at / length, min(1.0, (at + dash) / length)
            piece = (x0 + (x1 - x0) * a, y0 + (y1 - y0) * a)
            ends = (x0 + (x1 - x0) * b, y0 + (y1 - y0) * b)
            canvas.draw.line((*piece, *ends), fill=fill, width=weight)


def turned_text(
    canvas: Canvas, x: float, middle: float, text: str, font: Font, ink: Colour, downwards: bool
) -> Span:
    """Draws a line turned by a quarter, its left edge at `x`, centred on the height `middle`."""
    x0, y0, x1, y1 = (round(v) for v in font.image_font.getbbox(text, anchor="ls"))
    mask = Image.new("L", (x1 - x0, y1 - y0), 0)
    ImageDraw.Draw(mask).text((-x0, -y0), text, fill=255, font=font.image_font, anchor="ls")
    turn = Image.Transpose.ROTATE_270 if downwards else Image.Transpose.ROTATE_90
    mask = mask.transpose(turn)
    left, top = round(x), round(middle - mask.height / 2)
    canvas.image.paste(ink, (left, top), mask)
    box = (float(left), float(top), float(left + mask.width), float(top + mask.height))
    corners = ((box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3]))
    first = 1 if downwards else 3
    canvas.lines.append(Line(box, text, "label", corners[first:] + corners[:first]))
    return Span(text, box)


def icon(canvas: Canvas, rng: Random, box: Box, fill: Colour) -> None:
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
