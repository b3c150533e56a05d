"""Line items: the rows of a table under the heads that a schema's columns are called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from pinpoint_edge.values.schema import Field

ALIKE = 0.78  # of a head and a column's name
FAR = 4.0  # times a row's height: the table ends where the next row is further away
# What heads of tables are called beside the names that schemas give their columns.
_CALLED = (
    ("description", "item", "article", "product", "service", "name", "details", "particulars",
     "beschreibung", "bezeichnung", "désignation", "descripción", "descrição", "descrizione"),
    ("quantity", "qty", "units", "pcs", "count", "menge", "anzahl", "quantité", "cantidad",
     "quantità"),
    ("unit price", "price", "rate", "price each", "each", "u price", "einzelpreis", "preis",
     "prix unitaire", "precio", "preço", "prezzo"),
    ("amount", "total", "line total", "sum", "net amount", "betrag", "gesamt", "montant", "importe",
     "valor", "importo"),
    ("date", "datum", "fecha", "data"),
    ("unit", "uom", "einheit"),
    ("code", "sku", "item no", "article no", "part no", "product code", "number", "no"),
)  # fmt: skip
_END = re.compile(r"\W*(sub-?)?(grand )?(total|summe|gesamt|somme|suma|totale)\b", re.IGNORECASE)
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Cell:
    """A region of a page with its text."""

    text: str
    box: Box


@dataclass(frozen=True)
class Head:
    """The head of a table: its row, and which of its cells is which column."""

    row: int
    cells: tuple[Cell, ...]
    columns: tuple[tuple[int, Field], ...]  # place in `cells`, field


def find_head(rows: Sequence[Sequence[Cell]], columns: Sequence[Field]) -> Head | None:
    """Return the row whose cells are called most like the columns; None where too few are."""
    best: Head | None = None
    for number, row in enumerate(rows):
        pairs = sorted(
            (
                (_called(cell.text, field), place, name)
                for place, cell in enumerate(row)
                for name, field in enumerate(columns)
            ),
            reverse=True,
        )
        chosen: dict[int, int] = {}
        for likeness, place, name in pairs:
            if likeness >= ALIKE and place not in chosen and name not in chosen.values():
                chosen[place] = name
        found = tuple((place, columns[chosen[place]]) for place in sorted(chosen))
        if len(found) >= min(2, len(columns)) and (best is None or len(found) > len(best.columns)):
            best = Head(number, tuple(row), found)
    return best


def rows_below(rows: Sequence[Sequence[Cell]], head: Head) -> list[dict[str, list[Cell]]]:
    """Return the rows of a table as the cells of each column, by its field's name."""
    found: list[dict[str, list[Cell]]] = []
    names = {place: field.name for place, field in head.columns}
    foot = max(cell.box[3] for cell in head.cells)
    for row in rows[head.row + 1 :]:
        top = min(cell.box[1] for cell in row)
        height = max(cell.box[3] - cell.box[1] for cell in row)
        if top - foot > FAR * height or _END.match(row[0].text):
            break
        cells: dict[str, list[Cell]] = {}
        for cell in row:
            if (name := names.get(_column(cell, head.cells))) is not None:
                cells.setdefault(name, []).append(cell)
        if 2 * len(cells) > len(names):
            found.append(cells)
        elif found and cells:
            # A further line of the row above, such as a long description.
            for name, own in cells.items():
                found[-1].setdefault(name, []).extend(own)
        foot = max(cell.box[3] for cell in row)
    return found


def text_of(cells: Sequence[Cell]) -> str:
    """The text of the cells of one column in a row."""
    return " ".join(cell.text for cell in cells if cell.text)


def _called(text: str, field: Field) -> float:
    plain = _words(text)
    if not plain:
        return 0.0
    labels = [_words(label) for label in field.labels]
    for group in _CALLED:
        if any(label in group for label in labels):
            labels += [label for label in group if label not in labels]
    # The column's own names come before what else it may be called.
    return max(
        SequenceMatcher(None, plain, label, autojunk=False).ratio() - 0.01 * (place > 0)
        for place, label in enumerate(labels)
    )


def _words(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def _column(cell: Cell, heads: Sequence[Cell]) -> int:
    """The head that a cell stands under: the one that it shares most with, or the nearest."""

    def shared(head: Cell) -> float:
        return min(cell.box[2], head.box[2]) - max(cell.box[0], head.box[0])

    return max(range(len(heads)), key=lambda place: shared(heads[place]))
