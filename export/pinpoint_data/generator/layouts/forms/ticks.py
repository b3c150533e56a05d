"""Boxes, circles, brackets and blanks to tick, and the many ways in which people tick them."""

import math
from dataclasses import dataclass
from random import Random

from pinpoint_data.generator.fonts import Font
from pinpoint_data.generator.layouts.forms.strokes import PENS, curve, shaken, stroke
from pinpoint_data.generator.page_builder import Colour, PageCanvas
from pinpoint_data.generator.synthetic_page import Box, PageElement

SHAPES = ("box", "box", "box", "box", "circle", "brackets", "parentheses", "blank", "ring")
_SIGNS = {
    "brackets": ("[  ]", "[X]", "[x]", "[ X ]"),
    "parentheses": ("(  )", "(X)", "(x)", "( X )"),
    "blank": ("____", "__X__", "_X_", "__x_"),
}


@dataclass(frozen=True)
class TickLook:
    """How the options of one page are ticked.

    `shape` is one of SHAPES (`ring`: nothing is printed, the chosen word is circled); `mark` is
    `x`, `check`, `fill`, `dot`, `dash` or `scrawl`; a `drawn` one is made with a pen, also where
    the page prints brackets.
    """

    shape: str
    mark: str
    drawn: bool
    ink: Colour
    pen: Colour
    weight: int
    wild: float

    @classmethod
    def random(cls, rng: Random, ink: Colour, shape: str = "") -> "TickLook":
        """A look, of one shape if that is given; `ink` is the colour of what is printed."""
        shape = shape or rng.choice(SHAPES)
        drawn = shape == "ring" or rng.random() < 0.6
        marks = "x x check check fill dash scrawl" if shape != "circle" else "dot dot x check fill"
        return cls(
            shape,
            rng.choice(marks.split()),
            drawn,
            ink,
            rng.choice(PENS) if drawn else ink,
            rng.choice((1, 2, 2, 3)),
            rng.choice((0.0, 0.15, 0.35)) if drawn else 0.0,
        )

    def room(self, font: Font) -> float:
        """Pixels that the place to tick takes beside an option set in `font`."""
        if self.shape == "ring":
            return 0.0
        if self.shape in _SIGNS:
            return font.width(_SIGNS[self.shape][0]) + font.width(" X")
        return font.size * 0.85 + 8

    def draw(
        self, rng: Random, canvas: PageCanvas, x: float, y: float, font: Font, on: bool
    ) -> PageElement:
        """Draws the place at (x, y), the top of the option's letters, ticked or not.

        Not for rings, which go around words: see `ring`.
        """
        if self.shape in _SIGNS:
            box = self._sign(rng, canvas, x, y, font, on)
        else:
            size = round(font.size * 0.8)
            top = y + max(0, (font.ascent - size) // 2 + 1)
            box = (x, top, x + size, top + size)
            if self.shape == "circle":
                canvas.draw.ellipse(box, outline=self.ink, width=1)
            else:
                canvas.draw.rectangle(box, outline=self.ink, width=rng.choice((1, 1, 2)))
            return self.over(rng, canvas, box, on)
        return canvas.element(box, "check", on)

    def over(self, rng: Random, canvas: PageCanvas, box: Box, on: bool) -> PageElement:
        """Ticks the printed square or circle `box` when `on`."""
        if on:
            self._tick(rng, canvas, box)
        return canvas.element(box, "check", on)

    def ring(self, rng: Random, canvas: PageCanvas, word: Box, on: bool) -> PageElement:
        """Circles a printed word by hand when `on`; the mark is the place around the word."""
        x0, y0, x1, y1 = word[0] - 4, word[1] - 4, word[2] + 4, word[3] + 4
        if on:
            across, down = (x1 - x0) / 2, (y1 - y0) / 2
            turns = (-1.0, -0.7, -0.3, 0.0, 0.3, 0.7, 1.05)
            corners = [
                (x0 + across + across * math.cos(turn * math.pi),
                 y0 + down + down * math.sin(turn * math.pi))
                for turn in turns
            ]  # fmt: skip
            points = curve(shaken(rng, corners, 2.0))
            stroke(canvas, points, self.pen, min(2, self.weight))
        return canvas.element((x0, y0, x1, y1), "check", on)

    def _sign(
        self, rng: Random, canvas: PageCanvas, x: float, y: float, font: Font, on: bool
    ) -> Box:
        empty, *ticked = _SIGNS[self.shape]
        text = rng.choice(ticked) if on and not self.drawn else empty
        box = canvas.text(x, y, text, font, self.ink, "text").box
        middle, half = (box[0] + box[2]) / 2, font.size * 0.35
        place = (middle - half, y + font.ascent * 0.15, middle + half, y + font.ascent)
        if on and self.drawn:
            self._tick(rng, canvas, place)
        return box[0], min(box[1], place[1]), box[2], max(box[3], place[3])

    def _tick(self, rng: Random, canvas: PageCanvas, box: Box) -> None:
        x0, y0, x1, y1 = box
        size = x1 - x0
        over = size * self.wild * rng.random()
        jitter = size * 0.08 if self.drawn else 0.0
        if self.mark in ("fill", "dot"):
            inset = size * (0.28 if self.mark == "dot" else 0.18)
            place = (x0 + inset, y0 + inset, x1 - inset, y1 - inset)
            if self.shape == "circle" or self.mark == "dot":
                canvas.draw.ellipse(place, fill=self.pen)
            else:
                canvas.draw.rectangle(place, fill=self.pen)
            return
        lines: list[list[tuple[float, float]]]
        if self.mark == "x":
            lines = [
                [(x0 - over, y0 - over), (x1 + over, y1 + over)],
                [(x0 - over, y1 + over), (x1 + over, y0 - over)],
            ]
        elif self.mark == "check":
            lines = [
                [
                    (x0 + size * 0.1, y0 + size * 0.55),
                    (x0 + size * 0.4, y1),
                    (x1 + size * 0.2 + over, y0 - size * 0.1 - over),
                ]
            ]
        elif self.mark == "dash":
            lines = [[(x0 - over, (y0 + y1) / 2), (x1 + over, (y0 + y1) / 2)]]
        else:
            zigzag = [(x0 + size * i / 6, y0 if i % 2 else y1) for i in range(7)]
            lines = [zigzag]
        for line in lines:
            points = shaken(rng, line, jitter) if self.drawn else line
            smooth = self.drawn and self.mark != "check"
            stroke(canvas, curve(points) if smooth else points, self.pen, self.weight)
