"""More blocks for forms: combs of one letter a box, and numbered lines as on tax forms."""

from pinpoint_data.generator.composer import Composer, FormEntry
from pinpoint_data.generator.page_builder import TextSpan, wrap
from pinpoint_data.generator.synthetic_page import DrawnLine

COMB_KINDS = ("id", "date", "phone", "integer", "money", "name", "percent")
MAX_COMB = 26


def comb(page: Composer, entries: list[FormEntry]) -> None:
    """Label above or at the left, the value one letter a box (or between ticks on a line)."""
    rng, theme, canvas = page.rng, page.theme, page.canvas
    beside, ticks = rng.random() < 0.4, rng.random() < 0.4
    high = round(theme.value.height * rng.uniform(1.15, 1.5))
    wide = max(round(theme.value.size * rng.uniform(0.85, 1.15)), 9)
    for entry in entries:
        text = theme.value.as_drawn(entry.value)
        if entry.kind not in COMB_KINDS or len(text) > MAX_COMB:
            continue
        names = wrap(entry.printed, theme.label, page.width * (0.4 if beside else 1))
        label_high = len(names) * round(theme.label.height * 1.2)
        top = page.y + (0 if beside else label_high + 2)
        if max(top + high, page.y + label_high) + 4 > page.bottom:
            return
        spans, low = page.label(page.left, page.y, names, 1.2)
        x = max(s.box[2] for s in spans) + theme.label.size if beside else page.left
        most = int((page.right - x) // wide)
        if most < max(4, len(text)):
            # The label is there without boxes: an unfilled field.
            page.record(entry, spans, [])
            page.y = low + 8
            continue
        count = min(most, max(5, len(text) + rng.choice((0, 1, 3, 6))))
        edges = [x + i * wide for i in range(count + 1)]
        for edge in edges:
            canvas.column_rule(edge, top + (high * 0.6 if ticks else 0), top + high, theme.rule)
        for y in (top + high,) if ticks else (top, top + high):
            canvas.rule(x, y, edges[-1], theme.rule)
        flush = entry.kind in ("money", "integer") and rng.random() < 0.4
        first = count - len(text) if flush else 0
        values = [_letters(page, edges[first], top, wide, high, text)] if text else []
        page.record(entry, spans, values)
        page.y = max(low, top + high) + rng.randint(5, 14)


def _letters(page: Composer, x: float, top: float, wide: float, high: float, text: str) -> TextSpan:
    font, canvas = page.theme.value, page.canvas
    base = round(top + high / 2 + font.ascent * 0.36)
    boxes = []
    for i, letter in enumerate(text):
        if letter != " ":
            at = (x + (i + 0.5) * wide, base)
            canvas.draw.text(
                at, letter, fill=page.theme.value_ink, font=font.image_font, anchor="ms"
            )
            boxes.append(canvas.draw.textbbox(at, letter, font=font.image_font, anchor="ms"))
    lefts, tops, rights, lows = zip(*boxes, strict=True)
    box = (min(lefts), min(tops), min(canvas.width, max(rights)), max(lows))
    span = TextSpan(text, (float(box[0]), float(box[1]), float(box[2]), float(box[3])))
    kind = "hand" if font.face.style == "hand" else "value"
    canvas.lines.append(DrawnLine(span.box, text, kind))
    return span


def numbered_lines(page: Composer, entries: list[FormEntry]) -> None:
    """A number, a long label with dots behind it, the number again, and an amount at the right."""
    rng, theme, canvas = page.rng, page.theme, page.canvas
    number, suffix = rng.randint(1, 30), rng.choice(("", "", "abcdef"))
    column = max(theme.value.width("888,888.88") + 12, page.width * rng.uniform(0.16, 0.24))
    left, cell = page.right - column, theme.small.width("88a") + 10
    tab = page.left + theme.label.width("88a ") + 6
    shaded, dots = rng.random() < 0.3, rng.random() < 0.7
    step = round(theme.label.height * 1.25)
    for i, entry in enumerate(entries):
        mark = f"{number}{suffix[i]}" if suffix and i < len(suffix) else f"{number + i}"
        names = wrap(entry.printed, theme.label, left - cell - tab - 20)
        height = len(names) * step + 6
        if page.y + height > page.bottom:
            return
        if "\n" in entry.value or theme.value.width(entry.value) > column - 10:
            continue
        canvas.text(page.left, page.y + 3, mark, theme.bold, theme.ink, "text")
        spans, _ = page.label(tab, page.y + 3, names)
        last = page.y + 3 + (len(names) - 1) * step
        if dots:
            base = last + theme.label.ascent - 1
            for dot in range(round(spans[-1].box[2]) + 8, round(left - cell) - 6, 14):
                canvas.draw.rectangle((dot, base, dot + 1, base + 1), fill=theme.ink)
        box = (left - cell, page.y, left, page.y + height)
        canvas.frame(box, theme.rule, (225, 225, 225) if shaded else None)
        canvas.frame((left, page.y, page.right, page.y + height), theme.rule)
        canvas.text(left - cell / 2, last, mark, theme.small, theme.ink, "text", "m")
        flush = entry.kind in ("money", "integer", "percent") or rng.random() < 0.5
        x, anchor = (page.right - 5, "r") if flush else (left + 5, "l")
        lines = [entry.value] if entry.value else []
        values, _ = page.value(
            x, last + theme.label.ascent - theme.value.ascent, lines, anchor=anchor
        )
        page.record(entry, spans, values)
        page.y += height
