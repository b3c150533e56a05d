"""Blocks of labelled fields that forms are composed of.

A block draws entries inside an area, moves the area's pen below them and records one field each.
Entries that no longer fit are left out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from pinpoint_data.generator.page_builder import FormField, PageCanvas, TextSpan, Theme, wrap


@dataclass
class Area:
    """The free part of a page; `y` is the pen."""

    left: float
    right: float
    y: float
    bottom: float

    @property
    def width(self) -> float:
        """Pixels between the sides."""
        return self.right - self.left


@dataclass(frozen=True)
class FormEntry:
    """A label, its value ("" when unfilled) and the value's kind.

    `hint` is printed behind the label and nobody asks with it: `(please print)`.
    """

    label: str
    value: str
    kind: str
    hint: str = ""

    @property
    def printed(self) -> str:
        """The label with its hint."""
        return f"{self.label} {self.hint}".strip()


MOST_LINES = 7  # of a value; what goes beyond is not printed
Block = Callable[[Random, PageCanvas, Theme, Area, list[FormEntry]], None]


def _colon(rng: Random, label: str, style: str) -> str:
    return label + (style if rng.random() < 0.95 else "")


def _value(
    canvas: PageCanvas, theme: Theme, x: float, y: float, lines: list[str], leading: float = 1.25
) -> tuple[list[TextSpan], float]:
    kind = "hand" if theme.value.face.style == "hand" else "value"
    return canvas.paragraph(x, y, lines, theme.value, theme.value_ink, kind, leading=leading)


def record(
    canvas: PageCanvas, entry: FormEntry, labels: list[TextSpan], values: list[TextSpan]
) -> None:
    """Makes a drawn entry a field that can be asked for."""
    canvas.fields.append(FormField(entry.label, values, "label", labels))


def inline(
    rng: Random, canvas: PageCanvas, theme: Theme, area: Area, entries: list[FormEntry]
) -> None:
    """Label left, value behind it: one to three columns, underlined, dotted or free."""
    columns = rng.choice((1, 1, 2, 2, 3)) if area.width > 420 else 1
    colon, rule = rng.choice((":", ":", ":", "", " -")), rng.choice(("under", "under", "dots", ""))
    aligned = rng.random() < 0.5
    step = area.width / columns
    height = max(theme.label.height, theme.value.height)
    gap = rng.uniform(0.3, 1.1) * height
    tab = max((theme.label.width(e.printed) for e in entries), default=0) + theme.label.size
    tab = min(tab, step * 0.55)
    queue = list(entries)
    while queue and area.y + height < area.bottom:
        lowest = area.y
        for column in range(columns):
            if not queue:
                break
            item = queue.pop(0)
            x = area.left + column * step
            end = x + step - (14 if columns > 1 else 0)
            names = wrap(_colon(rng, item.printed, colon), theme.label, step * 0.6)
            spans, low = canvas.paragraph(x, area.y, names, theme.label, theme.ink, "label")
            start = x + tab if aligned else x
            start = max(start, max((s.box[2] for s in spans), default=x) + theme.label.size * 0.5)
            # The value sits on the label's last line.
            drop = (len(names) - 1) * round(theme.label.height * 1.25)
            top = area.y + drop + theme.label.ascent - theme.value.ascent
            lines = wrap(item.value, theme.value, end - start)[:MOST_LINES]
            values, below = _value(canvas, theme, start, top - (2 if rule else 0), lines)
            rows = max(1, len(lines))
            for row in range(rows):
                y = top + theme.value.ascent + 3 + row * round(theme.value.height * 1.25)
                if rule:
                    canvas.rule(start, y, end, theme.rule, dash=2 if rule == "dots" else 0)
            record(canvas, item, spans, values)
            lowest = max(lowest, low, below)
        area.y = max(lowest, area.y + height) + gap


def together(
    rng: Random, canvas: PageCanvas, theme: Theme, area: Area, entries: list[FormEntry]
) -> None:
    """Label and value share one text line, as typed."""
    colon = rng.choice((": ", ": ", ":", " - ", " = "))
    font = theme.label
    for item in entries:
        first, *rest = wrap(f"{item.printed}{colon}{item.value}", font, area.width)
        if area.y + font.height * (1 + len(rest)) * 1.3 > area.bottom:
            return
        head = f"{item.printed}{colon}"
        span = canvas.text(area.left, area.y, first, font, theme.ink, "value")
        values = []
        if len(first) > len(head.strip()):
            values = [canvas.parts(span, font, len(head), len(first))]
        area.y += round(font.height * 1.3)
        more, area.y = canvas.paragraph(
            area.left, area.y, rest, font, theme.ink, "value", leading=1.3
        )
        values += more
        if len(first) >= len(item.printed) and (item.value == "" or values):
            label = canvas.parts(span, font, 0, len(item.printed))
            record(canvas, item, [label], [v for v in values if v.text])
        area.y += rng.choice((0, 2, 6))


def grid(
    rng: Random, canvas: PageCanvas, theme: Theme, area: Area, entries: list[FormEntry]
) -> None:
    """A ruled grid; each cell holds a small label at its top and the value below or beside it."""
    small = theme.small if rng.random() < 0.7 else theme.label
    beside = rng.random() < 0.25
    number = rng.choice((1, 2, 2, 3, 4)) if area.width > 420 else 1
    queue = list(entries)
    while queue:
        row, queue = queue[:number], queue[number:]
        shares = [rng.uniform(0.7, 1.4) for _ in row]
        widths = [area.width * share / sum(shares) for share in shares]
        cells = []
        for item, width in zip(row, widths, strict=True):
            names = wrap(item.printed + (":" if beside else ""), small, width - 10)
            taken = small.width(names[-1]) + 8 if beside and len(names) == 1 else 0
            if taken and width - taken < width * 0.4:
                taken = 0
            cells.append((item, names, taken, wrap(item.value, theme.value, width - 12 - taken)))
        step, name_step = round(theme.value.height * 1.25), round(small.height * 1.2)
        height = max(
            (len(names) * name_step if not taken else 0) + max(1, len(lines)) * step + 8
            for _, names, taken, lines in cells
        )
        height = max(height, name_step + 8)
        if area.y + height > area.bottom:
            return
        x = area.left
        for (item, names, taken, lines), width in zip(cells, widths, strict=True):
            canvas.frame((x, area.y, x + width, area.y + height), theme.rule)
            spans, low = canvas.paragraph(
                x + 5, area.y + 3, names, small, theme.ink, "label", leading=1.2
            )
            top = area.y + 4 if taken else low + 1
            values, _ = _value(canvas, theme, x + 6 + taken, top, lines)
            record(canvas, item, spans, values)
            x += width
        area.y += height


def above(
    rng: Random, canvas: PageCanvas, theme: Theme, area: Area, entries: list[FormEntry]
) -> None:
    """Label above its value, or below the line on which the value stands (as under signatures)."""
    below = rng.random() < 0.35
    number = rng.choice((1, 2, 3)) if area.width > 420 else 1
    ruled = below or rng.random() < 0.5
    step = area.width / number
    queue = list(entries)
    while queue:
        row, queue = queue[:number], queue[number:]
        cells = [
            (e, wrap(e.printed, theme.label, step - 20), wrap(e.value, theme.value, step - 20))
            for e in row
        ]
        rows = max(1, max(len(lines) for *_, lines in cells))
        value_height = rows * round(theme.value.height * 1.25)
        label_height = max(len(n) for _, n, _ in cells) * round(theme.label.height * 1.25)
        if area.y + value_height + label_height + 6 > area.bottom:
            return
        for i, (item, names, lines) in enumerate(cells):
            x = area.left + i * step
            missing = (rows - len(lines)) * round(theme.value.height * 1.25)
            label_y = area.y + value_height + 5 if below else area.y
            value_y = area.y + missing if below else area.y + label_height
            spans, _ = canvas.paragraph(x, label_y, names, theme.label, theme.ink, "label")
            values, _ = _value(canvas, theme, x + rng.choice((0, 6)), value_y, lines)
            if ruled:
                y = area.y + value_height + 2 + (0 if below else label_height)
                canvas.rule(x, y, x + step - 16, theme.rule)
            record(canvas, item, spans, values)
        area.y += value_height + label_height + rng.randint(8, 24)


def ledger(
    rng: Random, canvas: PageCanvas, theme: Theme, area: Area, entries: list[FormEntry]
) -> None:
    """Two ruled columns, labels left and values right, as in a specification sheet."""
    split = area.left + area.width * rng.uniform(0.35, 0.6)
    end = area.left + area.width * rng.uniform(0.75, 1.0)
    lined, right = rng.random() < 0.6, rng.random() < 0.4
    for item in entries:
        names = wrap(item.printed, theme.label, split - area.left - 12)
        lines = wrap(item.value, theme.value, end - split - 12)
        height = 6 + max(
            len(names) * round(theme.label.height * 1.25),
            max(1, len(lines)) * round(theme.value.height * 1.25),
        )
        if area.y + height > area.bottom:
            return
        spans, _ = canvas.paragraph(
            area.left + 6, area.y + 3, names, theme.label, theme.ink, "label"
        )
        anchor, x = ("r", end - 6) if right and len(lines) == 1 else ("l", split + 6)
        values, _ = canvas.paragraph(
            x, area.y + 3, lines, theme.value, theme.value_ink, "value", anchor
        )
        if lined:
            canvas.frame((area.left, area.y, end, area.y + height), theme.rule)
            canvas.column_rule(split, area.y, area.y + height, theme.rule)
        record(canvas, item, spans, values)
        area.y += height
