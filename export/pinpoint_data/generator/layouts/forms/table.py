"""Table pages: rows and columns with headings, asked for by row, by column or by both."""

from random import Random

from pinpoint_data.generator.fonts import Font
from pinpoint_data.generator.page_builder import FormField, PageCanvas, TextSpan, Theme, wrap
from pinpoint_data.generator.text import labels as domains
from pinpoint_data.generator.text.vocabulary import Maker
from pinpoint_data.word_lists import words

COLUMN_KINDS = ("money", "integer", "percent", "date", "measure", "id", "name")
RIGHT_KINDS = ("money", "integer", "percent")
MAX_COLUMN = 7
"""Columns of at most so many values are asked for as a whole."""
ROW_HEADS = words("forms", "row_heads")


def short_labels(kind: str) -> list[str]:
    """Labels of a value kind that are short enough for a column's heading."""
    pairs = [pair for domain in domains.DOMAINS.values() for pair in domain]
    return sorted({label for label, k in pairs if k == kind and len(label) <= 18})


def draw_grid(
    rng: Random,
    canvas: PageCanvas,
    theme: Theme,
    make: Maker,
    box: tuple[float, float, float, float],
) -> float:
    """Draws one table inside `box` and records its cells as fields; gives the y below it.

    A cell's label is its column's heading and its section the row's heading.
    """
    left, top, right, bottom = box
    # Narrower columns would hold hardly any value of their kind.
    most = max(2, min(6, int((right - left) * 0.62 / (8.5 * theme.value.size))))
    number = rng.randint(min(2, most), most)
    heads: list[tuple[str, str]] = []
    while len(heads) < number:
        kind = rng.choice(COLUMN_KINDS)
        label = rng.choice(short_labels(kind))
        if label not in [h for h, _ in heads]:
            heads.append((label, kind))
    step = round(max(theme.label.height, theme.value.height) * rng.uniform(1.2, 1.9))
    names: list[str] = []
    for _ in range(rng.randint(2, 14)):
        name = rng.choice((make.item, make.phrase, make.name, make.company))()
        if name.lower() not in [n.lower() for n in names]:
            names.append(name)
    first = (right - left) * rng.uniform(0.28, 0.42)
    width = (right - left - first) / number
    lines, corner = rng.choice(("grid", "rows", "none", "rows")), rng.choice(ROW_HEADS)
    if lines == "grid":
        canvas.frame((left, top, right, top + 2), theme.rule)
    canvas.text(left + 4, top + 4, corner, theme.bold, theme.ink, "label")
    head_spans, deepest = [], top + step
    for i, (label, kind) in enumerate(heads):
        x, anchor = _place(left + first + i * width, width, kind)
        spans, low = canvas.paragraph(
            x,
            top + 4,
            wrap(label, theme.bold, width - 8),
            theme.bold,
            theme.ink,
            "label",
            anchor,
            1.1,
        )
        head_spans.append(spans)
        deepest = max(deepest, low + 2)
    canvas.rule(left, deepest, right, theme.rule, weight=rng.choice((1, 2)))
    y, columns = deepest + 3, [list[TextSpan]() for _ in heads]
    for name in names:
        pieces = wrap(name, theme.label, first - 8)[:2]
        height = step + (len(pieces) - 1) * round(theme.label.height * 1.15)
        if y + height > bottom:
            break
        row, _ = canvas.paragraph(
            left + 4, y + 2, pieces, theme.label, theme.ink, "label", leading=1.15
        )
        title = " ".join(span.text for span in row)
        for i, (label, kind) in enumerate(heads):
            values = _cell(rng, canvas, theme, make, kind, (left + first + i * width, y + 2, width))
            canvas.fields.append(FormField(label, values, "cell", head_spans[i], title, row))
            columns[i] += values
        y += height
        if lines != "none":
            canvas.rule(left, y, right, theme.rule)
    for i, (label, _) in enumerate(heads):
        if len(columns[i]) <= MAX_COLUMN:
            canvas.fields.append(FormField(label, columns[i], "column", head_spans[i]))
    if lines == "grid":
        for i in range(number + 1):
            canvas.column_rule(left + first + i * width - 2, top, y, theme.rule)
        canvas.column_rule(left, top, y, theme.rule)
        canvas.column_rule(right, top, y, theme.rule)
    return y


def _cell(
    rng: Random,
    canvas: PageCanvas,
    theme: Theme,
    make: Maker,
    kind: str,
    place: tuple[float, float, float],
) -> list[TextSpan]:
    left, y, width = place
    font: Font = theme.value
    for _ in range(8):
        text = make.value(kind)
        if font.width(text) < width - 10:
            break
    else:
        text = make.digits(1, 2)
    if rng.random() < 0.05:
        return []
    x, anchor = _place(left, width, kind)
    return [canvas.text(x, y, text, font, theme.value_ink, "table", anchor)]


def _place(left: float, width: float, kind: str) -> tuple[float, str]:
    return (left + width - 6, "r") if kind in RIGHT_KINDS else (left + 4, "l")


def draw(rng: Random) -> PageCanvas:
    """A page with a title, some facts and one or two tables."""
    make = Maker(rng)
    width = rng.randint(700, 1300)
    size = max(11, round(width / rng.uniform(50, 75)))
    theme = Theme.random(rng, size, "sans serif mono narrow", "sans serif mono narrow")
    canvas = PageCanvas(width, round(width * rng.choice((1.294, 0.77, 1.0, 1.414))))
    margin = width * rng.uniform(0.04, 0.1)
    y = float(rng.randint(24, 80))
    for piece in wrap(make.phrase().title() + " Schedule", theme.title, width - 2 * margin):
        span = canvas.text(width / 2, y, piece, theme.title, theme.ink, "title", "m")
        y = span.box[3] + theme.title.size * 0.4
    for label, kind in rng.sample(domains.DOMAINS["business"], rng.randint(0, 4)):
        if kind == "sentence":
            continue
        name = canvas.text(margin, y, f"{label}:", theme.label, theme.ink, "label")
        at = canvas.text(name.box[2] + size, y, make.value(kind), theme.label, theme.ink, "value")
        canvas.fields.append(FormField(label, [at], "label", [name]))
        y += round(theme.label.height * 1.4)
    y += size
    for _ in range(rng.choice((1, 1, 2))):
        if canvas.height - y > 10 * size:
            y = draw_grid(
                rng, canvas, theme, make, (margin, y, width - margin, canvas.height - 40.0)
            )
            y += size * 2
    return canvas
