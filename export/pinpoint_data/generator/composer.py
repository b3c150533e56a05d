"""A page that is being composed: its randomness, made-up values, fonts, and a pen."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from pinpoint_data.generator.fonts import Font
from pinpoint_data.generator.page_builder import (
    Colour,
    FormField,
    PageCanvas,
    TextSpan,
    Theme,
    wrap,
)
from pinpoint_data.generator.text.vocabulary import Maker

MOST_LINES = 7  # of a value; what goes beyond is not printed


@dataclass(frozen=True)
class FormEntry:
    """A label, its value ("" when unfilled), the value's kind and the role that it is asked by.

    `hint` is printed behind the label and nobody asks with it: `(please print)`.
    """

    label: str
    value: str
    kind: str = "phrase"
    hint: str = ""
    role: str = "label"

    @property
    def printed(self) -> str:
        """The label with its hint."""
        return f"{self.label} {self.hint}".strip()


class Composer:
    """The part of a page between `left` and `right` that is free from the pen `y` to `bottom`."""

    def __init__(
        self,
        rng: Random,
        size: tuple[float, float],
        letter: float,
        styles: tuple[str, str],
        margin: float,
        top: float,
    ) -> None:
        """`letter` is the height of the body text, `styles` the fonts of labels and of values."""
        self.rng, self.make = rng, Maker(rng)
        self.theme = Theme.random(rng, max(11, round(letter)), *styles)
        self.canvas = PageCanvas(round(size[0]), round(size[1]))
        self.left, self.right = margin, self.canvas.width - margin
        self.y, self.bottom = top, self.canvas.height - 50.0

    @property
    def width(self) -> float:
        """Pixels between the sides."""
        return self.right - self.left

    def place(self, anchor: str) -> float:
        """Where text with an anchor l, m or r is set: at a side, or in the middle between them."""
        return {"l": self.left, "m": (self.left + self.right) / 2, "r": self.right}[anchor]

    def write(
        self,
        text: str,
        font: Font | None = None,
        anchor: str = "l",
        kind: str = "text",
        leading: float = 1.25,
        ink: Colour | None = None,
    ) -> list[TextSpan]:
        """Writes text in lines as wide as the free part and moves the pen below them."""
        font = font or self.theme.label
        lines = wrap(text, font, self.width)
        spans, self.y = self.canvas.paragraph(
            self.place(anchor), self.y, lines, font, ink or self.theme.ink, kind, anchor, leading
        )
        return spans

    def label(
        self, x: float, y: float, text: str | Sequence[str], leading: float = 1.25
    ) -> tuple[list[TextSpan], float]:
        """Writes the lines of a label; gives their spans and the y below."""
        lines = [text] if isinstance(text, str) else text
        return self.canvas.paragraph(
            x, y, lines, self.theme.label, self.theme.ink, "label", leading=leading
        )

    def value(
        self, x: float, y: float, lines: Sequence[str], leading: float = 1.25, anchor: str = "l"
    ) -> tuple[list[TextSpan], float]:
        """Writes the lines of a value, with its own font and ink."""
        theme = self.theme
        kind = "hand" if theme.value.face.style == "hand" else "value"
        return self.canvas.paragraph(
            x, y, lines, theme.value, theme.value_ink, kind, anchor, leading
        )

    def record(self, entry: FormEntry, labels: list[TextSpan], values: list[TextSpan]) -> None:
        """Makes a drawn entry a field that can be asked for."""
        self.canvas.fields.append(
            FormField(entry.label, values, entry.role, labels, kind=entry.kind)
        )
