"""Blocks whose labels and values are near without a colon: strips under headings, packed lines."""

from pinpoint_data.generator.composer import MOST_LINES, Composer, FormEntry
from pinpoint_data.generator.page_builder import TextSpan, wrap

MOST_COLUMNS = 6


def header_strip(page: Composer, entries: list[FormEntry]) -> None:
    """A row of heading cells over a row of value cells: ruled, shaded, or with white between."""
    rng, theme, canvas = page.rng, page.theme, page.canvas
    columns = min(len(entries), rng.randint(2, MOST_COLUMNS), max(1, int(page.width // 130)))
    frame, centred = rng.random() < 0.7, rng.random() < 0.4
    shade = rng.choice((None, (225, 225, 225), (205, 215, 230))) if frame else None
    head = rng.choice((theme.label, theme.bold, theme.small))
    for first in range(0, len(entries), columns):
        row = entries[first : first + columns]
        width = page.width / len(row)
        names = [wrap(entry.label, head, width - 12) for entry in row]
        values = [wrap(entry.value, theme.value, width - 12)[:MOST_LINES] for entry in row]
        head_high = max(map(len, names)) * round(head.height * 1.15) + 8
        value_high = max(1, *map(len, values)) * round(theme.value.height * 1.2) + 8
        middle, low = page.y + head_high, page.y + head_high + value_high
        if low > page.bottom:
            return
        for number, entry in enumerate(row):
            left = page.left + number * width
            if frame:
                canvas.frame((left, page.y, left + width, middle), theme.rule, shade)
                canvas.frame((left, middle, left + width, low), theme.rule)
            x, anchor = (left + width / 2, "m") if centred else (left + 6, "l")
            labels, _ = canvas.paragraph(
                x, page.y + 4, names[number], head, theme.ink, "label", anchor, 1.15
            )
            spans, _ = page.value(x, middle + 4, values[number], 1.2, anchor)
            page.record(entry, labels, spans)
        page.y = low + rng.choice((0, 4, 12))


def packed(page: Composer, entries: list[FormEntry]) -> None:
    """Labels and values one after another in the same text line, without signs between them."""
    rng, theme, canvas = page.rng, page.theme, page.canvas
    sign = rng.choice((" ", " ", "  ", ": ", " # "))
    step = round(theme.label.height * 1.3)
    pending = [entry for entry in entries if entry.value and "\n" not in entry.value]
    while pending and page.y + step < page.bottom:
        text, places, taken = "", list[tuple[FormEntry, int, int, int]](), 0
        for entry in pending:
            piece = f"{entry.label}{sign}{entry.value}"
            longer = f"{text}{'  ' if text else ''}{piece}"
            if text and theme.label.width(longer) > page.width:
                break
            start = len(longer) - len(piece)
            value_at = start + len(entry.label) + len(sign)
            places.append((entry, start, value_at, len(longer)))
            text, taken = longer, taken + 1
        pending = pending[taken:]
        if theme.label.width(text) > page.width:
            continue
        span = canvas.text(page.left, page.y, text, theme.label, theme.ink, "value")
        page.y += step
        for entry, start, value_at, end in places if span.text == text else ():
            label = canvas.parts(span, theme.label, start, start + len(entry.label))
            value = canvas.parts(span, theme.label, value_at, end)
            page.record(entry, [label], [TextSpan(value.text, value.box)])
