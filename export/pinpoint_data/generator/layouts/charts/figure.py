"""A chart drawn by matplotlib, and the exact place of every word in it.

One point is one pixel. Words that would run into others, or off the figure, are hidden before the
chart is drawn.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from random import Random
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox, IdentityTransform
from PIL import Image

from pinpoint_data.generator.fonts import Font
from pinpoint_data.generator.layouts.charts.chart import Chart
from pinpoint_data.generator.layouts.charts.look import Look, shade
from pinpoint_data.generator.layouts.charts.text_recorder import TextRange, TextRecorder, line_at
from pinpoint_data.generator.page_builder import Colour, PageCanvas, TextSpan, wrap
from pinpoint_data.generator.synthetic_page import Box, DrawnLine
from pinpoint_data.generator.text.topics import Topic
from pinpoint_data.word_lists import words as word_list

SOURCES = word_list("infographics", "sources")
DPI = 72
PIXELS = IdentityTransform()
GAP = 2.0
"""Pixels between two words."""
LEGENDS: dict[str, Any] = {"top": "upper center", "bottom": "lower center", "right": "center right"}


class ChartFigure:
    """A chart being drawn; `room` is what is left for the plot, in pixels from the bottom left."""

    def __init__(self, rng: Random, look: Look, topic: Topic, kind: str, box: Box) -> None:
        self.rng, self.look, self.topic, self.kind = rng, look, topic, kind
        self.left, self.top = round(box[0]), round(box[1])
        width, height = round(box[2]) - self.left, round(box[3]) - self.top
        self.figure = Figure((width / DPI, height / DPI), DPI, facecolor=shade(look.paper))
        self.canvas: Any = FigureCanvasAgg(self.figure)
        self.recorder = TextRecorder(self.canvas)
        self.room = Bbox([[2, 2], [width - 2, height - 2]])
        self.title: list[TextRange] = []
        self.note: list[TextRange] = []
        self.unit: list[TextRange] = []
        self.source: list[TextRange] = []
        self.labels: list[TextRange] = []
        self.legend: list[TextRange] = []
        self.value_axis: list[TextRange] = []
        self.category_axis: list[TextRange] = []
        self.ticks: list[TextRange] = []
        self.values: list[list[TextRange | None]] = []
        self.alternatives: dict[Text, dict[str, Any]] = {}
        """Where a number may go when its first place is taken: properties of its text."""
        self._kinds: dict[str, tuple[Font, str]] = {}

    def styled(self, text: Text, font: Font, kind: str, ink: Colour | None = None) -> TextRange:
        """Give a text its font and ink, and remember it as a line of `kind`."""
        gid = str(len(self._kinds))
        self._kinds[gid] = font, kind
        text.set(
            gid=gid, fontproperties=properties(font), parse_math=False,
            color=shade(ink or self.look.ink), text=font.as_drawn(text.get_text()),
        )  # fmt: skip
        return TextRange(text)

    def _write(
        self, string: str, font: Font, anchor: str, kind: str, upwards: bool = False
    ) -> TextRange:
        """Write lines at the top or the bottom of the room, at the left, middle or right of it."""
        room = self.room
        x = {"left": room.x0, "center": (room.x0 + room.x1) / 2, "right": room.x1}[anchor]
        y, va = (room.y0, "bottom") if upwards else (room.y1, "top")
        text = self.figure.text(x, y, string, transform=PIXELS, ha=anchor, va=va)
        words = self.styled(text, font, kind)
        box = text.get_window_extent(self.canvas.get_renderer())
        if upwards:
            room.y0 = box.y1 + 0.3 * font.size
        else:
            room.y1 = box.y0 - 0.2 * font.size
        return words

    def heading(self) -> None:
        """Write the title at the top, then the unit where the numbers do not carry it."""
        rng, look, topic = self.rng, self.look, self.topic
        anchor, font, width = (
            rng.choice(("left", "center", "center")),
            look.title,
            self.room.width - 8,
        )
        lines = wrap(topic.title, font, width)
        if len(lines) > 2:
            font = font.resized(max(look.label.size, round(font.size * 0.75)))
            lines = wrap(topic.title, font, width)
        self.title = [self._write("\n".join(lines), font, anchor, "title")]
        unit = topic.unit_note
        if unit and rng.random() < 0.4:
            note = rng.choice(("in {u}", "({u})", "Values in {u}", "{n}, in {u}", "{n} ({u})"))
            string = note.format(u=unit, n=topic.measure.name)
            if look.label.width(string) < self.room.width:
                self.note = [self._write(string, look.label, anchor, "text")]
                at = string.rindex(unit)
                self.unit = [TextRange(self.note[0].text, at, at + len(unit))]
        self.room.y1 -= look.label.size * 0.4

    def footer(self) -> None:
        """Write the source of the data at the bottom, at times."""
        rng, label = self.rng, self.look.label
        if rng.random() > 0.35:
            return
        font = label.resized(max(11, round(label.size * 0.85)))
        lead = rng.choice(("Source: ", "Source: ", "Data: ", "Data source: "))
        name = rng.choice(SOURCES) + rng.choice(("", f", {rng.randint(2001, 2025)}"))
        if font.width(lead + name) < self.room.width:
            words = self._write(
                lead + name, font, rng.choice(("left", "left", "right")), "text", True
            )
            self.source = [TextRange(words.text, len(lead))]

    def add_legend(
        self, handles: Sequence[Any], names: Sequence[str], places: Iterable[str]
    ) -> list[TextRange]:
        """Add the names with their colours at the first of the places that has room for them."""
        look, room, rng = self.look, self.room, self.rng
        frame = rng.random() < 0.3
        for place in places:
            x = room.x1 if place == "right" else (room.x0 + room.x1) / 2
            y = {"top": room.y1, "bottom": room.y0, "right": (room.y0 + room.y1) / 2}[place]
            for columns in (1,) if place == "right" else range(len(names), 0, -1):
                legend = self.figure.legend(
                    handles, names, loc=LEGENDS[place], bbox_to_anchor=(x, y), ncols=columns,
                    bbox_transform=PIXELS, prop=properties(look.label), frameon=frame,
                    borderaxespad=0, facecolor=shade(look.paper), framealpha=1,
                )  # fmt: skip
                words = [self.styled(text, look.label, "label") for text in legend.get_texts()]
                box = legend.get_window_extent(self.canvas.get_renderer())
                share = (0.4, 1.0) if place == "right" else (1.0, 0.3)
                if box.width <= share[0] * room.width and box.height <= share[1] * room.height:
                    gap = look.label.size * 0.6
                    if place == "right":
                        room.x1 -= box.width + gap
                    elif place == "top":
                        room.y1 -= box.height + gap
                    else:
                        room.y0 += box.height + gap
                    return words
                legend.remove()
        return []

    def fit(self, axes: Axes) -> None:
        """Resize the axes so that they fill the room together with all words around them."""
        inner = axes.get_window_extent()
        outer = axes.get_tightbbox(self.canvas.get_renderer())
        room, around = self.room, outer if outer is not None else inner
        low = room.p0 + np.maximum(inner.p0 - around.p0, 0)
        high = np.maximum(room.p1 - np.maximum(around.p1 - inner.p1, 0), low + 20)
        whole = self.figure.bbox
        axes.set_position(Bbox([low / whole.size, high / whole.size]))

    def finish(self, page: PageCanvas) -> Chart:
        """Draw the chart onto its page; returns the record of its words."""
        kept = self._settle()
        self.canvas.draw()
        pixels = np.asarray(self.canvas.buffer_rgba())[..., :3]
        page.image.paste(Image.fromarray(np.ascontiguousarray(pixels)), (self.left, self.top))
        for lines in kept.values():
            page.lines += lines

        def spans(words: Sequence[TextRange]) -> list[TextSpan]:
            return [span for word in words for span in self._spans(word, kept)]

        width, height = self.canvas.get_width_height()
        box = (
            float(self.left),
            float(self.top),
            float(self.left + width),
            float(self.top + height),
        )
        chart = Chart(self.topic, self.kind, box)
        for name in ("title", "note", "unit", "value_axis", "category_axis", "ticks", "source"):
            setattr(chart, name, spans(getattr(self, name)))
        chart.labels = [spans([words]) for words in self.labels] or [
            [] for _ in self.topic.categories
        ]
        chart.legend = [spans([words]) for words in self.legend]
        for row in self.values:
            chart.values.append(
                [next(iter(spans([words] if words else [])), None) for words in row]
            )
        return chart

    def clashes(self) -> bool:
        """Whether a label or number would be hidden if the chart was finished now."""
        kept = self._settle(hide=False)
        numbers = [words for row in self.values for words in row]
        return any(w and str(w.text.get_gid()) not in kept for w in (*self.labels, *numbers))

    def _settle(self, hide: bool = True) -> dict[str, list[DrawnLine]]:
        """The lines of each text that runs into none before it; the others are hidden."""
        self.recorder.lines.clear()
        self.figure.draw(self.recorder)
        numbers = [words for row in self.values for words in row if words]
        order = [
            *self.title, *self.note, *self.source, *self.legend, *self.labels, *self.value_axis,
            *self.category_axis, *self.ticks, *numbers,
        ]  # fmt: skip
        kept: dict[str, list[DrawnLine]] = {}
        taken: list[Box] = []
        for text in dict.fromkeys(part.text for part in order):
            lines = self._placed(text, taken)
            if lines:
                kept[str(text.get_gid())] = lines
                taken += [line.box for line in lines]
            elif hide:
                text.set_visible(False)
        return kept

    def _placed(self, text: Text, taken: Sequence[Box]) -> list[DrawnLine]:
        """The lines of a text at its first or other place, where one is free; else none."""
        width, height = self.canvas.get_width_height()
        for other in ({}, self.alternatives.get(text, {})):
            if other:
                text.set(**other)
                text.draw(self.recorder)
            lines = self._lines(text)
            if all(
                self.left <= x0 and x1 <= self.left + width
                and self.top <= y0 and y1 <= self.top + height
                and not any(overlaps((x0, y0, x1, y1), box) for box in taken)
                for x0, y0, x1, y1 in (line.box for line in lines)
            ):  # fmt: skip
                return lines
        return []

    def _lines(self, text: Text) -> list[DrawnLine]:
        font, kind = self._kinds[str(text.get_gid())]
        return [
            line_at(font, kind, string, self.left + x, self.top + y, angle)
            for string, x, y, angle in self.recorder.lines.get(str(text.get_gid()), ())
        ]

    def _spans(self, words: TextRange, kept: dict[str, list[DrawnLine]]) -> list[TextSpan]:
        """The parts of a text's lines that hold its characters from `start` to `end`."""
        font, _ = self._kinds[str(words.text.get_gid())]
        at, found = 0, []
        for line in kept.get(str(words.text.get_gid()), ()):
            low, high = max(words.start, at) - at, min(words.end, at + len(line.text)) - at
            at += len(line.text) + 1
            if (low, high) == (0, len(line.text)):
                found.append(TextSpan(line.text, line.box))
            elif low < high:
                x0, y0, x1, y1 = line.box
                unit = (x1 - x0) / font.width(line.text)
                start, end = (x0 + unit * font.width(line.text[:n]) for n in (low, high))
                found.append(TextSpan(line.text[low:high], (start, y0, min(end, x1), y1)))
        return found

    def number(
        self, axes: Axes, series: int, category: int, at: tuple[float, float], **place: Any
    ) -> Annotation:
        """Print the number of a category near the data point `at`; `place` as in `annotate`."""
        string, look = self.topic.text(series, category), self.look
        ink = place.pop("ink", look.ink)
        text = axes.annotate(string, at, textcoords="offset points", annotation_clip=False, **place)
        self.values[series][category] = self.styled(text, look.value, "value", ink)
        return text


@lru_cache(maxsize=512)
def properties(font: Font) -> FontProperties:
    """A font as matplotlib names it."""
    return FontProperties(fname=font.face.path, size=font.size)


def overlaps(a: Box, b: Box) -> bool:
    """Whether two boxes come closer than `GAP` pixels."""
    return a[0] < b[2] + GAP and b[0] < a[2] + GAP and a[1] < b[3] + GAP and b[1] < a[3] + GAP
