"""Blocks of labelled fields that forms, orders and letters are composed of.

A block draws entries inside the free part of a page, moves the pen below them and records one field
each. Entries that no longer fit are left out.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pinpoint_data.generator.composer import MOST_LINES, Composer, FormEntry
from pinpoint_data.generator.page_builder import Colour, wrap

Block = Callable[[Composer, list[FormEntry]], None]


@dataclass(frozen=True)
class RowLook:
    """How values are set right of their labels, in one or more columns.

    `tab` is where values begin, in pixels from their column's left, or 0 for values that follow
    their labels; `width` the share of the free part that is used; `rule` is under, dots or none,
    `leader` the sign between a label and its value; `frame` draws cells, that of a label filled.
    """

    columns: int = 1
    tab: float = 0.0
    width: float = 1.0
    colon: str = ""
    upper: bool = False
    leading: float = 1.25
    gap: float = 0.0
    rule: str = ""
    leader: str = ""
    frame: bool = False
    fill: Colour | None = None
    flush_right: bool = False


def rows(page: Composer, entries: list[FormEntry], look: RowLook) -> None:
    """Draws entries as `look` says, a row of columns after another."""
    theme, canvas = page.theme, page.canvas
    step, pad = page.width * look.width / look.columns, 5 if look.frame else 0
    label_step, value_step = (round(f.height * look.leading) for f in (theme.label, theme.value))
    for first in range(0, len(entries), look.columns):
        cells, height = [], 0.0
        for place, entry in enumerate(entries[first : first + look.columns]):
            x = page.left + place * step + pad
            text = entry.printed.upper() if look.upper else entry.printed
            names = wrap(text + look.colon, theme.label, (look.tab or step * 0.6) - pad - 8)
            behind = max(map(theme.label.width, names)) + theme.label.size * 0.5
            start = x + max(look.tab, behind)
            lines = wrap(entry.value, theme.value, x + step - start - 14)[:MOST_LINES]
            # A value sits on the last line of its label, in a cell beside the first.
            drop = 0 if look.frame else (len(names) - 1) * label_step
            cells.append((entry, x, start, names, lines, drop))
            height = max(height, len(names) * label_step, drop + max(1, len(lines)) * value_step)
        height += 2 * pad
        if page.y + height > page.bottom:
            return
        for entry, x, start, names, lines, drop in cells:
            if look.frame:
                split, end = x + look.tab - pad, x + step - pad
                canvas.frame((x - pad, page.y, split, page.y + height), theme.rule, look.fill)
                canvas.frame((split, page.y, end, page.y + height), theme.rule)
            spans, _ = page.label(x, page.y + pad, names, look.leading)
            if look.leader:
                _leader(page, look.leader, spans[-1].box[2] + 3, start - 6, page.y + drop)
            top = page.y + pad + drop + theme.label.ascent - theme.value.ascent
            anchor = "r" if look.flush_right and len(lines) == 1 else "l"
            at = x + step - 2 * pad - 6 if anchor == "r" else start
            values, _ = page.value(at, top, lines, look.leading, anchor)
            for number in range(max(1, len(lines)) if look.rule else 0):
                y = top + theme.value.ascent + 3 + number * value_step
                dash = 2 if look.rule == "dots" else 0
                canvas.rule(start, y, x + step - 14, theme.rule, dash)
            page.record(entry, spans, values)
        page.y += height + look.gap


def _leader(page: Composer, sign: str, start: float, end: float, y: float) -> None:
    """A row of dots or the like; it is no text line."""
    font = page.theme.label
    count = int((end - start) / max(1.0, font.width(sign)))
    if count > 2:
        at = (start, round(y) + font.ascent)
        page.canvas.draw.text(
            at, sign * count, fill=page.theme.ink, font=font.image_font, anchor="ls"
        )


def inline(page: Composer, entries: list[FormEntry]) -> None:
    """Values at a tab or behind their labels: one to three columns, underlined, dotted or free."""
    rng, font = page.rng, page.theme.label
    columns = rng.choice((1, 1, 2, 2, 3)) if page.width > 420 else 1
    longest = max((font.width(entry.printed) for entry in entries), default=0) + 2 * font.size
    tab = min(longest, page.width / columns * 0.55) if rng.random() < 0.5 else 0.0
    colon, rule = rng.choice((":", ":", ":", "", " -")), rng.choice(("under", "under", "dots", ""))
    gap = rng.uniform(0.3, 1.1) * font.height
    rows(page, entries, RowLook(columns, tab, colon=colon, rule=rule, gap=gap))


def ledger(page: Composer, entries: list[FormEntry]) -> None:
    """Labels left and values right, in cells or free, as in a list of specifications."""
    rng, width = page.rng, page.rng.uniform(0.75, 1.0)
    tab = page.width * width * rng.uniform(0.35, 0.6)
    frame, right = rng.random() < 0.6, rng.random() < 0.4
    look = RowLook(1, tab, width, gap=0 if frame else 6, frame=frame, flush_right=right)
    rows(page, entries, look)


def bars(page: Composer, entries: list[FormEntry]) -> None:
    """Labels in filled cells, values in cells beside them; one or two a row."""
    rng = page.rng
    columns = rng.choice((1, 2, 2)) if page.width > 520 else 1
    grey, share, gap = rng.choice((200, 225, 235)), rng.uniform(0.3, 0.45), rng.choice((0, 0, 3))
    tab, fill = page.width / columns * share, (grey, grey, grey)
    rows(page, entries, RowLook(columns, tab, leading=1.2, gap=gap, frame=True, fill=fill))


def typed(page: Composer, entries: list[FormEntry]) -> None:
    """Labels in capitals with dots up to a tab, as a typist sets them; values over more lines."""
    rng = page.rng
    tab, upper = page.width * rng.uniform(0.3, 0.45), rng.random() < 0.6
    leader, gap = rng.choice((".", ".", "_", "")), rng.choice((0, 2, 6))
    rows(page, entries, RowLook(1, tab, upper=upper, leading=1.35, gap=gap, leader=leader))


def cells(
    page: Composer,
    entries: list[FormEntry],
    columns: int,
    *,
    frame: bool = False,
    below: bool = False,
    rule: bool = False,
) -> None:
    """Draws labels above their values, or `below` them, each in a column or in a framed cell."""
    rng, theme, canvas = page.rng, page.theme, page.canvas
    font = theme.small if frame and rng.random() < 0.7 else theme.label
    step = round(theme.value.height * 1.25)
    for first in range(0, len(entries), columns):
        row = entries[first : first + columns]
        shares = [rng.uniform(0.7, 1.4) for _ in row] if frame else [1.0] * columns
        widths = [page.width * share / sum(shares) for share in shares]
        texts = [
            (wrap(entry.printed, font, width - 16), wrap(entry.value, theme.value, width - 20))
            for entry, width in zip(row, widths, strict=False)
        ]
        label_high = max(len(names) for names, _ in texts) * round(font.height * 1.25)
        value_high = max(1, *(len(lines) for _, lines in texts)) * step
        height = label_high + value_high + 8
        if page.y + height > page.bottom:
            return
        x = page.left
        for entry, width, (names, lines) in zip(row, widths, texts, strict=False):
            if frame:
                canvas.frame((x, page.y, x + width, page.y + height), theme.rule)
            label_y, value_y = page.y + 3, page.y + label_high + 4
            if below:
                label_y, value_y = page.y + value_high + 5, page.y + value_high - len(lines) * step
            spans, _ = canvas.paragraph(x + 5, label_y, names, font, theme.ink, "label")
            values, _ = page.value(x + 6, value_y, lines)
            if rule:
                y = page.y + value_high + (2 if below else label_high + 5)
                canvas.rule(x, y, x + width - 16, theme.rule)
            page.record(entry, spans, values)
            x += width
        page.y += height + (0 if frame else rng.randint(8, 24))


def grid(page: Composer, entries: list[FormEntry]) -> None:
    """A ruled grid; each cell holds a small label at its top and the value below it."""
    cells(page, entries, page.rng.choice((1, 2, 2, 3, 4)) if page.width > 420 else 1, frame=True)


def above(page: Composer, entries: list[FormEntry]) -> None:
    """Label above its value, or below the line that holds the value (as under signatures)."""
    below = page.rng.random() < 0.35
    columns = page.rng.choice((1, 2, 3)) if page.width > 420 else 1
    cells(page, entries, columns, below=below, rule=below or page.rng.random() < 0.5)


def together(page: Composer, entries: list[FormEntry]) -> None:
    """Label and value share one text line, as typed."""
    colon, font, canvas = (
        page.rng.choice((": ", ": ", ":", " - ", " = ")),
        page.theme.label,
        page.canvas,
    )
    for entry in entries:
        head = f"{entry.printed}{colon}"
        lines = wrap(head + entry.value, font, page.width)
        if page.y + font.height * len(lines) * 1.3 > page.bottom:
            return
        first, *rest = page.write(head + entry.value, kind="value", leading=1.3)
        values = rest
        if len(first.text) > len(head.strip()):
            values = [canvas.parts(first, font, len(head), len(first.text)), *rest]
        if len(first.text) >= len(entry.printed) and (entry.value == "" or values):
            label = canvas.parts(first, font, 0, len(entry.printed))
            page.record(entry, [label], [value for value in values if value.text])
        page.y += page.rng.choice((0, 2, 6))
