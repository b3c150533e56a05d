"""Charts with axes: bars upright or lying, grouped or stacked, dots on stems, lines and areas."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import MaxNLocator

from pinpoint_data.generator.layouts.charts.figure import ChartFigure
from pinpoint_data.generator.layouts.charts.look import plate, shade
from pinpoint_data.generator.layouts.charts.shapes import brightness
from pinpoint_data.generator.layouts.charts.text_recorder import TextRange
from pinpoint_data.generator.page_builder import wrap

LEGEND_PLACES = ("top", "top", "bottom", "bottom", "right")
MARKERS = ("o", "o", "s", "D", "^", "")


class Plot:
    """A figure's axes with a value axis and a category axis; `lying` bars run to the right."""

    def __init__(self, figure: ChartFigure) -> None:
        self.figure, self.rng = figure, figure.rng
        self.look, self.topic = figure.look, figure.topic
        self.count, self.rows = len(self.topic.categories), len(self.topic.values)
        self.axes: Axes = figure.figure.add_axes((0, 0, 1, 1))
        self.lying = figure.kind != "line" and self.rng.random() < 0.3
        if not self.lying and not self._fits_below():
            self.lying = True
            if figure.kind == "line":
                figure.kind = "grouped" if self.topic.series else "bar"
        self.stacked = figure.kind == "stacked"
        self.printed = self.rng.random() < 0.8
        self.has_ticks = not self.printed or self.rng.random() < 0.7
        figure.values = [[None] * self.count for _ in self.topic.values]
        axes = self.axes
        self.value_axis: Axis = axes.xaxis if self.lying else axes.yaxis
        self.name_axis: Axis = axes.yaxis if self.lying else axes.xaxis

    def _fits_below(self) -> bool:
        """Whether the category labels fit below upright bars, in three lines at most."""
        room, font = self.figure.room.width * 0.86 / self.count - 8, self.look.label
        lines = [wrap(name, font, room) for name in self.topic.categories]
        return all(len(ls) <= 3 and all(font.width(n) <= room for n in ls) for ls in lines)

    def draw(self) -> None:
        """Draw all of the chart below its heading."""
        rng, figure, axes = self.rng, self.figure, self.axes
        handles = self._lines() if figure.kind == "line" else self._bars()
        if self.topic.series:
            places = rng.sample(LEGEND_PLACES, len(LEGEND_PLACES))
            figure.legend = figure.add_legend(handles, self.topic.series, places)
        self._frame()
        self._limits()
        self._titles()
        self._names(figure.room.width * (0.34 if self.lying else 0.86 / self.count))
        figure.fit(axes)
        if not self.lying:
            self._names(axes.get_window_extent().width / self.count)
            figure.fit(axes)
        if self.printed:
            self._numbers()

    def _frame(self) -> None:
        """Frame and grid, as the look has them."""
        axes, look = self.axes, self.look
        axes.set_axisbelow(True)
        if brightness(look.paper) < 140:
            axes.set_facecolor(shade(look.paper))
        if not self.has_ticks:
            axes.grid(False)
        if not look.framed:
            base = "left" if self.lying else "bottom"
            axes.spines[[name for name in axes.spines if name != base]].set_visible(False)
        axes.tick_params(length=self.rng.choice((0, 3, 4)), pad=4)

    def _limits(self) -> None:
        """The range of the value axis, with room for the last number, and its ticks."""
        rng, look, topic, figure = self.rng, self.look, self.topic, self.figure
        highs = [v for row in topic.values for v in row]
        if self.stacked:
            highs = [sum(column) for column in zip(*topic.values, strict=True)]
        low, high = 0.0, max(highs) or 1.0
        if figure.kind == "line" and rng.random() < 0.5:
            low = max(0.0, min(highs) - (high - min(highs)) * rng.uniform(0.2, 0.6))
        if high - low <= 1e-6 * max(1.0, high):
            low, high = 0.0, max(1.0, high)
        size, room = look.value.size * 2.2, figure.room.height * 0.7
        if self.lying:
            size, room = self._widest() + 16, figure.room.width * 0.6
        elif figure.kind != "line" and self._widest() > self._bar_room(0.8 * figure.room.width):
            size = self._widest() + 12  # the numbers are turned
        if self.printed and not self.stacked:
            high += (high - low) * min(0.6, size / room)
        else:
            high += (high - low) * 0.05
        set_limits = self.axes.set_xlim if self.lying else self.axes.set_ylim
        set_limits(low, high)
        if self.lying:
            self.axes.set_ylim(self.count - 0.5, -0.5)
        else:
            self.axes.set_xlim(-0.5, self.count - 0.5)
        ticks = []
        if self.has_ticks:
            most = rng.randint(4, 7)
            found = MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
            ticks = [float(v) for v in found if low - 1e-9 * high <= v <= high]
        self.value_axis.set_ticks(ticks, labels=self._tick_texts(ticks))
        if not self.lying and rng.random() < 0.06:
            self.axes.yaxis.tick_right()
            self.axes.yaxis.set_label_position("right")
        figure.ticks = self._styled(self.value_axis)

    def _styled(self, axis: Axis) -> list[TextRange]:
        return [
            self.figure.styled(text, self.look.label, "label") for text in axis.get_ticklabels()
        ]

    def _tick_texts(self, ticks: Sequence[float]) -> list[str]:
        """The ticks' numbers with as many decimals as they need."""
        numbers = self.topic.numbers
        step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
        decimals = next(d for d in range(9) if abs(round(step, d) - step) < step * 1e-6)
        comma = "," if numbers.comma else ""
        before, after = (numbers.prefix, numbers.suffix) if self.rng.random() < 0.5 else ("", "")
        return [f"{before}{abs(tick):{comma}.{decimals}f}{after}" for tick in ticks]

    def _titles(self) -> None:
        """The titles of the axes; either may be missing."""
        rng, figure = self.rng, self.figure
        name, unit = self.topic.measure.name, self.topic.unit_note
        if unit and not figure.note:
            name = rng.choice((f"{name} ({unit})", f"{name} ({unit})", f"{name} in {unit}", unit))
        if rng.random() > (0.35 if figure.note else 0.15):
            figure.value_axis = self._title(self.value_axis, name)
        if rng.random() < 0.4:
            noun = self.topic.dimension.noun.title()
            figure.category_axis = self._title(self.name_axis, noun)

    def _title(self, axis: Axis, title: str) -> list[TextRange]:
        figure, font = self.figure, self.look.label
        long = font.width(title)
        if axis is self.axes.xaxis:
            if long > 0.8 * figure.room.width:
                return []
            axis.set_label_text(title)
            return [figure.styled(axis.label, font, "label")]
        if self.rng.random() < 0.5 or long > 0.6 * figure.room.height:
            if long > 0.8 * figure.room.width:
                return []
            # Above the axis, and not turned.
            text = self.axes.annotate(
                title, (0, 1), xycoords="axes fraction", xytext=(0, 6), textcoords="offset points",
                va="bottom", ha="left",
            )  # fmt: skip
            return [figure.styled(text, font, "label")]
        axis.set_label_text(title)
        if self.rng.random() < 0.2:
            axis.label.set(rotation=270, va="top")
        return [figure.styled(axis.label, font, "label")]

    def _names(self, room: float) -> None:
        """The labels of the categories, in lines that fit into `room` pixels."""
        names = [wrap(name, self.look.label, room - 6) for name in self.topic.categories]
        self.name_axis.set_ticks(range(self.count), labels=["\n".join(ls) for ls in names])
        self.figure.labels = self._styled(self.name_axis)

    def _bars(self) -> list[Any]:
        """Bars, or dots on stems; returns the handles of the series."""
        rng, look, topic, axes = self.rng, self.look, self.topic, self.axes
        draw = axes.barh if self.lying else axes.bar
        group = rng.uniform(0.5, 0.85)
        self.thick = group if self.stacked or self.rows == 1 else group / self.rows
        self.dotted = self.rows == 1 and rng.random() < 0.1
        if self.dotted:
            axes.stem(
                range(self.count), topic.values[0], linefmt=shade(look.colour(0)), basefmt=" ",
                orientation="horizontal" if self.lying else "vertical",
            )  # fmt: skip
            return []
        each = self.rows == 1 and rng.random() < 0.12
        edge = rng.choice(("none", "none", shade(look.paper), shade(look.ink)))
        base, handles = [0.0] * self.count, []
        for series, row in enumerate(topic.values):
            places = [self._place(series, category) for category in range(self.count)]
            colours = [shade(look.colour(c if each else series)) for c in range(self.count)]
            handles.append(
                draw(
                    places, row, self.thick, base, color=colours, edgecolor=edge,
                    hatch=look.hatch(series), linewidth=1,
                )
            )  # fmt: skip
            if self.stacked:
                base = [low + value for low, value in zip(base, row, strict=True)]
        return handles

    def _place(self, series: int, category: int) -> float:
        """Where a bar's middle is along the category axis."""
        if self.stacked or self.figure.kind == "line":
            return float(category)
        return category + (series - (self.rows - 1) / 2) * self.thick

    def _lines(self) -> list[Any]:
        """Lines over time, with or without points; or areas."""
        rng, look, axes = self.rng, self.look, self.axes
        marker, weight = rng.choice(MARKERS), rng.choice((1.5, 2, 3))
        dashed, area = rng.random() < 0.3, self.rows <= 2 and rng.random() < 0.15
        steps: Any = "steps-mid" if rng.random() < 0.05 else "default"
        handles: list[Any] = []
        for series, row in enumerate(self.topic.values):
            colour = shade(look.colour(series))
            handles += axes.plot(
                range(self.count), row, color=colour, linewidth=weight, marker=marker, markersize=6,
                linestyle="--" if dashed and series % 2 else "-", drawstyle=steps,
            )  # fmt: skip
            if area:
                axes.fill_between(range(self.count), row, color=colour, alpha=0.3)
        return handles

    def _bar_room(self, length: float) -> float:
        """Pixels for the number of a bar on a category axis of so many pixels."""
        return length / self.count * (self.thick if self.rows > 1 else 1.0) - 2

    def _widest(self) -> float:
        """Pixels of the widest number."""
        places = ((s, c) for s in range(self.rows) for c in range(self.count))
        return max(self.look.value.width(self.topic.text(s, c)) for s, c in places)

    def _numbers(self) -> None:
        """Print the numbers in stacked bars, else at their ends or points."""
        axes, font = self.axes, self.look.value
        extent = axes.get_window_extent()
        slot = (extent.height if self.lying else extent.width) / self.count
        if self.figure.kind == "line":
            self._numbers_of_lines()
        elif self.stacked:
            self._numbers_inside(slot * self.thick)
        else:
            room = self._bar_room(slot * self.count)
            turned = not self.lying and self._widest() > room
            if (self.lying or turned) and font.size * 1.05 > room:
                return
            for series, row in enumerate(self.topic.values):
                for category, value in enumerate(row):
                    self._number_at_end(series, category, value, turned)

    def _number_at_end(self, series: int, category: int, value: float, turned: bool) -> None:
        place, far = self._place(series, category), 7 if self.dotted else 4
        how: dict[str, Any]
        if self.lying:
            at, offset, how = (value, place), (far, 0), {"ha": "left", "va": "center"}
        else:
            at, offset, how = (place, value), (0, far), {"ha": "center", "va": "bottom"}
        rotation = 90 if turned else 0
        self.figure.number(self.axes, series, category, at, xytext=offset, rotation=rotation, **how)

    def _numbers_inside(self, thick: float) -> None:
        """Numbers in the middle of their parts of a stacked bar, where they fit."""
        look, font, topic = self.look, self.look.value, self.topic
        extent, low, high = self.axes.get_window_extent(), *self.value_axis.get_view_interval()
        unit = (extent.width if self.lying else extent.height) / (high - low)
        for category in range(self.count):
            base = 0.0
            for series in range(self.rows):
                value = topic.values[series][category]
                middle, base = base + value / 2, base + value
                sides = (value * unit, thick)
                wide, high_ = sides if self.lying else sides[::-1]
                text = topic.text(series, category)
                if font.width(text) > wide - 4 or font.size * 1.15 > high_:
                    continue
                at = (middle, category) if self.lying else (category, middle)
                fill = look.colour(series)
                self.figure.number(
                    self.axes, series, category, at, xytext=(0, 0), ha="center", va="center",
                    **plate(fill, look.paper, bool(look.hatch(series))),
                )  # fmt: skip

    def _numbers_of_lines(self) -> None:
        """Numbers above the peaks of a line and below its dips, or on the other side."""
        for series, row in enumerate(self.topic.values):
            for category, value in enumerate(row):
                nearby = [row[j] for j in (category - 1, category + 1) if 0 <= j < self.count]
                above = value >= sum(nearby) / len(nearby)
                up: dict[str, Any] = {"position": (0, 7), "va": "bottom"}
                down: dict[str, Any] = {"position": (0, -7), "va": "top"}
                first, other = (up, down) if above else (down, up)
                how = {"xytext": first["position"], "ha": "center", "va": first["va"]}
                text = self.figure.number(self.axes, series, category, (category, value), **how)
                self.figure.alternatives[text] = other
