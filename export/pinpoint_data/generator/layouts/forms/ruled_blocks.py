"""More blocks for forms: combs of one letter a box, numbered lines as on tax forms, cells in bars.

They follow the same contract as those of `blocks`.
"""

from random import Random

from pinpoint_data.generator.layouts.forms.blocks import MOST_LINES, Area, FormEntry, record
from pinpoint_data.generator.page_builder import PageCanvas, TextSpan, Theme, wrap
from pinpoint_data.generator.synthetic_page import DrawnLine

COMB_KINDS = ("id", "date", "phone", "integer", "money", "name", "percent")
MAX_COMB = 26


def comb(
    rng: Random, canvas: PageCanvas, theme: Theme, area: Area, entries: list[FormEntry]
) -> None:
    """Label above or at the left, the value one letter a box (or between ticks on a line)."""
    beside, ticks = rng.random() < 0.4, rng.random() < 0.4
    high = round(theme.value.height * rng.uniform(1.15, 1.5))
    wide = max(round(theme.value.size * rng.uniform(0.85, 1.15)), 9)
    for item in entries:
        text = theme.value.as_drawn(item.value)
        if item.kind not in COMB_KINDS or len(text) > MAX_COMB:
            continue
        room = area.right - area.left
        names = wrap(item.printed, theme.label, room * 0.4 if beside else room)
        top = area.y if beside else area.y + len(names) * round(theme.label.height * 1.2) + 2
        if max(top + high, area.y + len(names) * theme.label.height * 1.2) + 4 > area.bottom:
            return
        spans, low = canvas.paragraph(
            area.left, area.y, names, theme.label, theme.ink, "label", leading=1.2
        )
        x = max(s.box[2] for s in spans) + theme.label.size if beside else area.left
        most = int((area.right - x) // wide)
        if most < max(4, len(text)):
            # The label stands without boxes: an unfilled field.
            record(canvas, item, spans, [])
            area.y = low + 8
            continue
        count = min(most, max(5, len(text) + rng.choice((0, 1, 3, 6))))
        if ticks:
            canvas.rule(x, top + high, x + count * wide, theme.rule)
            for i in range(count + 1):
                canvas.column_rule(x + i * wide, top + high * 0.6, top + high, theme.rule)
        else:
            for i in range(count):
                box = (x + i * wide, top, x + (i + 1) * wide, top + high)
                canvas.frame(box, theme.rule)
        right = item.kind in ("money", "integer") and rng.random() < 0.4
        first = count - len(text) if right else 0
        values = [_letters(canvas, theme, x + first * wide, top, wide, high, text)] if text else []
        record(canvas, item, spans, values)
        area.y = max(low, top + high) + rng.randint(5, 14)


def _letters(
    canvas: PageCanvas, theme: Theme, x: float, top: float, wide: float, high: float, text: str
) -> TextSpan:
    font = theme.value
    base = round(top + high / 2 + font.ascent * 0.36)
    boxes = []
    for i, letter in enumerate(text):
        if letter == " ":
            continue
        at = (x + (i + 0.5) * wide, base)
        canvas.draw.text(at, letter, fill=theme.value_ink, font=font.image_font, anchor="ms")
        boxes.append(canvas.draw.textbbox(at, letter, font=font.image_font, anchor="ms"))
    box = (
        float(min(b[0] for b in boxes)),
        float(min(b[1] for b in boxes)),
        float(min(canvas.width, max(b[2] for b in boxes))),
        float(max(b[3] for b in boxes)),
    )
    canvas.lines.append(DrawnLine(box, text, "hand" if font.face.style == "hand" else "value"))
    return TextSpan(text, box)


def numbered_lines(
    rng: Random, canvas: PageCanvas, theme: Theme, area: Area, entries: list[FormEntry]
) -> None:
    """A number, a long label with dots behind it, the number again, and an amount at the right."""
    number, suffix = rng.randint(1, 30), rng.choice(("", "", "abcdef"))
    column = max(theme.value.width("888,888.88") + 12, area.width * rng.uniform(0.16, 0.24))
    left, cell = area.right - column, theme.small.width("88a") + 10
    tab = area.left + theme.label.width("88a ") + 6
    shaded, dots = rng.random() < 0.3, rng.random() < 0.7
    step = round(theme.label.height * 1.25)
    for i, item in enumerate(entries):
        mark = f"{number}{suffix[i]}" if suffix and i < len(suffix) else f"{number + i}"
        names = wrap(item.printed, theme.label, left - cell - tab - 20)
        lines = [item.value] if item.value else []
        height = len(names) * step + 6
        if area.y + height > area.bottom:
            return
        if "\n" in item.value or theme.value.width(item.value) > column - 10:
            continue
        canvas.text(area.left, area.y + 3, mark, theme.bold, theme.ink, "text")
        spans, _ = canvas.paragraph(tab, area.y + 3, names, theme.label, theme.ink, "label")
        last = area.y + 3 + (len(names) - 1) * step
        if dots:
            base = last + theme.label.ascent - 1
            for dot in range(round(spans[-1].box[2]) + 8, round(left - cell) - 6, 14):
                canvas.draw.rectangle((dot, base, dot + 1, base + 1), fill=theme.ink)
        box = (left - cell, area.y, left, area.y + height)
        canvas.frame(box, theme.rule, (225, 225, 225) if shaded else None)
        canvas.frame((left, area.y, area.right, area.y + height), theme.rule)
        canvas.text(left - cell / 2, last, mark, theme.small, theme.ink, "text", "m")
        shift = theme.label.ascent - theme.value.ascent
        right = item.kind in ("money", "integer", "percent") or rng.random() < 0.5
        x, anchor = (area.right - 5, "r") if right else (left + 5, "l")
        kind = "hand" if theme.value.face.style == "hand" else "value"
        values = [
            canvas.text(x, last + shift, line, theme.value, theme.value_ink, kind, anchor)
            for line in lines
        ]
        record(canvas, item, spans, values)
        area.y += height


def bars(
    rng: Random, canvas: PageCanvas, theme: Theme, area: Area, entries: list[FormEntry]
) -> None:
    """Shaded cells that hold the labels, plain ones for the values, one or two pairs a row."""
    pairs = rng.choice((1, 2, 2)) if area.width > 520 else 1
    step, share = area.width / pairs, rng.uniform(0.3, 0.45)
    grey = rng.choice((200, 225, 235, 60))
    fill, ink = (grey, grey, grey), (255, 255, 255) if grey < 100 else theme.ink
    gap = rng.choice((0, 0, 3))
    queue = list(entries)
    while queue:
        row, queue = queue[:pairs], queue[pairs:]
        cells = [
            (
                item,
                wrap(item.printed, theme.label, step * share - 12),
                wrap(item.value, theme.value, step * (1 - share) - 14)[:MOST_LINES],
            )
            for item in row
        ]
        height = 8 + max(
            max(
                len(names) * round(theme.label.height * 1.2),
                max(1, len(lines)) * round(theme.value.height * 1.2),
            )
            for _, names, lines in cells
        )
        if area.y + height > area.bottom:
            return
        for i, (item, names, lines) in enumerate(cells):
            x = area.left + i * step
            split = x + step * share
            canvas.frame((x, area.y, split, area.y + height), theme.rule, fill)
            canvas.frame((split, area.y, x + step - gap, area.y + height), theme.rule)
            spans, _ = canvas.paragraph(
                x + 5, area.y + 4, names, theme.label, ink, "label", leading=1.2
            )
            kind = "hand" if theme.value.face.style == "hand" else "value"
            values, _ = canvas.paragraph(
                split + 6, area.y + 4, lines, theme.value, theme.value_ink, kind, leading=1.2
            )
            record(canvas, item, spans, values)
        area.y += height + gap


def typed(
    rng: Random, canvas: PageCanvas, theme: Theme, area: Area, entries: list[FormEntry]
) -> None:
    """Labels in capitals with dots up to a tab, as a typist sets them; values over more lines."""
    dots = rng.choice((".", ".", "_", " "))
    tab = area.left + area.width * rng.uniform(0.3, 0.45)
    font = theme.label
    upper = rng.random() < 0.6
    for item in entries:
        label = item.printed.upper() if upper else item.printed
        names = wrap(label, font, tab - area.left - 10)
        lines = wrap(item.value, theme.value, area.right - tab - 6)[:MOST_LINES]
        rows = max(len(names), len(lines), 1)
        if area.y + rows * font.height * 1.35 + 4 > area.bottom:
            return
        spans, low = canvas.paragraph(
            area.left, area.y, names, font, theme.ink, "label", leading=1.35
        )
        last = area.y + (len(names) - 1) * round(font.height * 1.35)
        start = spans[-1].box[2] + 3
        count = int((tab - start - 6) / max(1.0, font.width(dots)))
        if dots.strip() and count > 2:
            canvas.draw.text(
                (start, round(last) + font.ascent),
                dots * count,
                fill=theme.ink,
                font=font.image_font,
                anchor="ls",
            )
        shift = font.ascent - theme.value.ascent
        kind = "hand" if theme.value.face.style == "hand" else "value"
        values, below = canvas.paragraph(
            tab, last + shift, lines, theme.value, theme.value_ink, kind, leading=1.35
        )
        record(canvas, item, spans, values)
        area.y = max(low, below) + rng.choice((0, 2, 6))
