"""The look of a chart: fonts, colours and a matplotlib style."""

from dataclasses import dataclass
from random import Random
from typing import Any

from pinpoint_data.generator.fonts import Font
from pinpoint_data.generator.layouts.charts import shapes
from pinpoint_data.generator.page_builder import Colour, Theme

STYLES = (
    *("default", "default", "default", "classic", "ggplot", "bmh", "fivethirtyeight"),
    *("seaborn-v0_8-whitegrid", "seaborn-v0_8-darkgrid", "seaborn-v0_8-ticks", "grayscale"),
    *("Solarize_Light2", "tableau-colorblind10"),
)
"""Styles of matplotlib; they set the ground, grid, ticks, frame and widths of lines."""
HATCHES = ("//", "..", "xx", "\\\\", "--", "oo", "++")


@dataclass
class Look:
    """Fonts and colours of a chart on `paper`; `style` is a matplotlib style.

    `framed` and `hatched` change parts of the style: the frame, and filled areas.
    """

    title: Font
    label: Font
    value: Font
    colours: list[Colour]
    paper: Colour
    ink: Colour
    style: str
    framed: bool
    hatched: bool

    @classmethod
    def random(cls, rng: Random, theme: Theme, size: int, paper: Colour) -> "Look":
        """A look for a chart whose labels are `size` pixels high."""
        dark = shapes.brightness(paper) < 140
        ink: Colour = (
            (255, 255, 255) if dark else rng.choice(((0, 0, 0), (30, 30, 30), (60, 60, 70)))
        )
        value = theme.bold if rng.random() < 0.35 else theme.label
        colours = shapes.palette(rng)
        if dark:
            colours = [
                (min(255, 90 + r), min(255, 90 + g), min(255, 90 + b)) for r, g, b in colours
            ]
        return cls(
            theme.title.resized(round(size * rng.uniform(1.15, 1.7))),
            theme.label.resized(size),
            value.resized(max(11, size - rng.choice((0, 0, 1)))),
            colours,
            paper,
            ink,
            "dark_background" if dark else rng.choice(STYLES),
            rng.random() < 0.6,
            rng.random() < 0.12,
        )

    def colour(self, number: int) -> Colour:
        """The colour of a series or slice."""
        return self.colours[number % len(self.colours)]

    def hatch(self, number: int) -> str:
        """The hatch of a series or slice; none in most looks."""
        return HATCHES[number % len(HATCHES)] if self.hatched else ""


def shade(colour: Colour) -> str:
    """A colour as matplotlib names it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def plate(fill: Colour, paper: Colour, always: bool) -> dict[str, Any]:
    """How a number is printed on a colour: numbers on a middling one vanish in a fax."""
    if always or 115 < shapes.brightness(fill) < 200:
        ground = {"facecolor": shade(paper), "edgecolor": "none", "pad": 1.5}
        return {"bbox": ground, "ink": shapes.ink_on(paper)}
    return {"ink": shapes.ink_on(fill)}
