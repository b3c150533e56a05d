"""Tables of any page: a row of headings over rows of texts, with or without rules."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from pinpoint_data.generator.composer import Composer
from pinpoint_data.generator.fonts import Font
from pinpoint_data.generator.page_builder import TextSpan, wrap


@dataclass(frozen=True)
class Column:
    """A heading, the width in pixels, and whether the texts are flush right."""

    head: str
    width: float
    flush_right: bool = False


@dataclass(frozen=True)
class TableLook:
    """Fonts and rules of a table.

    `first` is the font of the first column, `other` that of the others; `space` the height of a row
    as a multiple of the letters'; `rules` is rows, grid, head or none; the `last` row may be a sum.
    """

    head: Font
    first: Font
    other: Font
    space: float = 1.4
    rules: str = "head"
    striped: bool = False
    sum_font: Font | None = None

    @classmethod
    def random(cls, rng: Random, font: Font, bold: Font) -> "TableLook":
        """A look with one font for all rows."""
        head = rng.choice((font, bold))
        rules = rng.choice(("head", "rows", "grid", "grid"))
        return cls(head, font, font, rng.choice((1.15, 1.4, 1.8)), rules, rng.random() < 0.2)


@dataclass
class Table:
    """Where the words of a table are: the spans of each heading, and of each cell row by row."""

    heads: list[list[TextSpan]] = field(default_factory=list)
    rows: list[list[list[TextSpan]]] = field(default_factory=list)


def draw_table(
    page: Composer,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    look: TableLook,
    kinds: tuple[str, str] = ("label", "table"),
) -> Table:
    """Draws a table from the pen at `left` downwards, as far as `bottom`; moves the pen below it.

    `kinds` are the kinds of lines of headings with the first column, and of the other texts.
    """
    canvas, theme, table = page.canvas, page.theme, Table()
    edges = [page.left]
    for column in columns:
        edges.append(edges[-1] + column.width)
    top, end = page.y, edges[-1]

    def cell(number: int, text: str, font: Font, kind: str) -> tuple[list[TextSpan], float]:
        left, right = edges[number] + 4, edges[number + 1] - 5
        x, anchor = (right, "r") if columns[number].flush_right else (left, "l")
        ink = theme.value_ink if font is theme.value else theme.ink
        lines = wrap(text, font, right - left)
        return canvas.paragraph(x, page.y + 2, lines, font, ink, kind, anchor, 1.12)

    def rule(weight: int = 1) -> None:
        canvas.rule(page.left, page.y, end, theme.rule, weight=weight)

    if look.rules == "grid":
        rule()
    heads = [cell(i, column.head, look.head, kinds[0]) for i, column in enumerate(columns)]
    table.heads = [spans for spans, _ in heads]
    page.y = max(low for _, low in heads) + 3
    if look.rules != "none":
        rule(page.rng.choice((1, 2)))
    step = round(max(look.first.height, look.other.height) * look.space)
    for number, row in enumerate(rows):
        is_sum = look.sum_font is not None and number == len(rows) - 1
        first = (look.sum_font if is_sum else None) or look.first
        lines = len(wrap(row[0], first, columns[0].width - 9))
        height = step + max(0, lines - 1) * round(first.height * 1.12)
        if page.y + height > page.bottom:
            break
        if look.striped and number % 2:
            pale = (244, 244, 244)
            canvas.frame((page.left, page.y, end, page.y + height - 1), pale, pale)
        if is_sum:
            rule()
        fonts = [first, *[first if is_sum else look.other] * (len(row) - 1)]
        table.rows.append(
            [
                cell(i, text, font, kinds[1] if i else kinds[0])[0]
                for i, (text, font) in enumerate(zip(row, fonts, strict=True))
            ]
        )
        page.y += height
        if look.rules in ("rows", "grid"):
            rule()
    if look.rules == "grid":
        for edge in edges:
            canvas.column_rule(edge, top, page.y, theme.rule)
    page.y += 4
    return table
