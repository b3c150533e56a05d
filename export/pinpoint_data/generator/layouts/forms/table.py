"""Table pages: rows and columns with headings, asked for by row, by column or by both."""

from random import Random

from pinpoint_data.generator.composer import Composer, FormEntry
from pinpoint_data.generator.layouts.forms import blocks
from pinpoint_data.generator.layouts.tables import Column, TableLook, draw_table
from pinpoint_data.generator.page_builder import FormField, PageCanvas
from pinpoint_data.generator.text import labels as domains
from pinpoint_data.word_lists import lists, words

COLUMN_KINDS = ("money", "integer", "percent", "date", "measure", "id", "name")
RIGHT_KINDS = ("money", "integer", "percent")
MAX_COLUMN = 7
"""Columns of at most this many values are asked for as a whole."""
ROW_HEADS = words("forms", "row_heads")
SUBJECTS, MONTHS = words("forms", "subjects"), words("forms", "months")
LIMITS, SUBSTANCES = lists("forms", "limits"), words("forms", "substances")


def short_labels(kind: str) -> list[str]:
    """Labels of a value kind that are short enough for a column's heading."""
    pairs = [pair for domain in domains.DOMAINS.values() for pair in domain]
    return sorted({label for label, k in pairs if k == kind and len(label) <= 18})


def random_table(page: Composer) -> None:
    """Draws one table in the free part of a page and records its cells as fields.

    A cell's label is its column's heading and its section the row's heading.
    """
    rng, theme = page.rng, page.theme
    # Narrower columns would hold hardly any value of their kind.
    most = max(2, min(6, int(page.width * 0.62 / (8.5 * theme.value.size))))
    kinds, names = _alike(page, most) if rng.random() < 0.35 else _mixed(page, most)
    first = page.width * rng.uniform(0.28, 0.42)
    width = (page.width - first) / len(kinds)
    columns = [Column(rng.choice(ROW_HEADS), first)]
    columns += [Column(label, width, kind in RIGHT_KINDS) for label, kind in kinds.items()]
    rows = [
        [name, *(_text(page, kind, width - 10) for kind in kinds.values())]
        for name in list(names.values())[: rng.randint(2, 14)]
    ]
    rules = rng.choice(("grid", "rows", "none", "rows"))
    look = TableLook(theme.bold, theme.label, theme.value, rng.uniform(1.2, 1.9), rules)
    table = draw_table(page, columns, rows, look)
    for i, (label, kind) in enumerate(kinds.items(), 1):
        for row in table.rows:
            title = " ".join(span.text for span in row[0])
            field = FormField(label, row[i], "cell", table.heads[i], title, row[0], kind)
            page.canvas.fields.append(field)
        values = [span for cells in table.rows for span in cells[i]]
        if len(values) <= MAX_COLUMN:
            page.canvas.fields.append(FormField(label, values, "column", table.heads[i]))


def _mixed(page: Composer, most: int) -> tuple[dict[str, str], dict[str, str]]:
    """Columns of different kinds with the kinds of their values; names of the rows."""
    rng, make = page.rng, page.make
    kinds: dict[str, str] = {}
    for _ in range(rng.randint(2, most)):
        kind = rng.choice(COLUMN_KINDS)
        kinds.setdefault(rng.choice(short_labels(kind)), kind)
    makers = (make.item, make.phrase, make.name, make.company)
    return kinds, {name.lower(): name for name in (rng.choice(makers)() for _ in range(14))}


def _alike(page: Composer, most: int) -> tuple[dict[str, str], dict[str, str]]:
    """Columns of one kind, so that only their headings tell the cells of a row apart."""
    rng, make = page.rng, page.make
    draw = rng.random()
    if draw < 0.35:
        heads: tuple[str, ...] = tuple(rng.sample(SUBJECTS, rng.randint(2, most)))
        names, kind = [make.fill("{first}") for _ in range(12)], "grade"
    elif draw < 0.7:
        heads, names, kind = rng.choice(LIMITS)[:most], rng.sample(SUBSTANCES, 10), "measure"
    else:
        start = rng.randint(0, 12 - most)
        heads, names = MONTHS[start : start + most], [make.item() for _ in range(12)]
        kind = rng.choice(("money", "integer"))
    return dict.fromkeys(heads, kind), {name.lower(): name for name in names}


def _text(page: Composer, kind: str, room: float) -> str:
    """A value that is no wider than `room`, at times none."""
    if page.rng.random() < 0.05:
        return ""
    if kind == "grade":
        digits = page.make.digits(1, 2)
        return page.rng.choice((digits, digits, page.rng.choice("ABCDE")))
    texts = (page.make.value(kind) for _ in range(8))
    fitting = (text for text in texts if page.theme.value.width(text) < room)
    return next(fitting, page.make.digits(1, 2))


def draw(rng: Random) -> PageCanvas:
    """A page with a title, some facts and one or two tables."""
    width = rng.randint(700, 1300)
    styles = "sans serif mono narrow"
    page = Composer(
        rng,
        (width, width * rng.choice((1.294, 0.77, 1.0, 1.414))),
        width / rng.uniform(50, 75),
        (styles, styles),
        width * rng.uniform(0.04, 0.1),
        float(rng.randint(24, 80)),
    )
    size = page.theme.label.size
    page.write(page.make.phrase().title() + " Schedule", page.theme.title, "m", "title")
    chosen = rng.sample(domains.DOMAINS["business"], rng.randint(0, 4))
    facts = [FormEntry(n, page.make.value(k), k) for n, k in chosen if k != "sentence"]
    blocks.rows(page, facts, blocks.RowLook(colon=":", gap=size * 0.3))
    page.y += size
    for _ in range(rng.choice((1, 1, 2))):
        if page.bottom - page.y > 10 * size:
            random_table(page)
            page.y += size * 2
    return page.canvas
