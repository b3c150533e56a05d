"""A schema read from a document: typed data, the answers that it is made of, what is unfit."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pinpoint_edge.document.looked import LookedPages
from pinpoint_edge.errors import DataError
from pinpoint_edge.result import Answer, fields_json
from pinpoint_edge.values.fitting import Unfit, fit
from pinpoint_edge.values.line_items import Cell, find_head, rows_below, text_of
from pinpoint_edge.values.schema import Field
from pinpoint_edge.vision.layout.order import estimate_skew, reading_order
from pinpoint_edge.vision.look import LookedPage


@dataclass(frozen=True)
class Extraction:
    """The fields of a schema, read from a document.

    `data`: JSON values by the schema's names, None where nothing was found or does not fit;
    `answers`: by the fields' paths ("seller.name"), of lists of line items none; `unfit`: what was
    found and is no value of its field, by path ("items[2].price").
    """

    data: dict[str, Any]
    answers: dict[str, Answer] = field(default_factory=dict)
    unfit: dict[str, Unfit] = field(default_factory=dict)

    def make(self, kind: type) -> Any:
        """Return the data as an object of a dataclass or pydantic model; DataError if unfit."""
        if callable(validate := getattr(kind, "model_validate", None)):
            try:
                return validate(self.data)
            except ValueError as error:
                raise DataError(f"The data is no {kind.__name__}: {error}") from error
        return _object(kind, self.data, kind.__name__)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values: data, unfit, fields (text, found, confidence, page ...)."""
        return {
            "data": self.data,
            "unfit": {name: unfit.to_json() for name, unfit in self.unfit.items()},
            "fields": fields_json(self.answers),
        }


Ask = Callable[[str], tuple[Answer, LookedPages]]
"""Answers a question; returns the pages that were looked at for it as well."""
PagesFor = Callable[[str], LookedPages]
"""Looks at the pages that a question is likely to be about."""


def extract_by(fields: Sequence[Field], ask: Ask, pages_for: PagesFor) -> Extraction:
    """Extract the fields of a schema: a question each, and of a list of line items its table."""
    data: dict[str, Any] = {}
    answers: dict[str, Answer] = {}
    unfit: dict[str, Unfit] = {}
    for own in fields:
        value: Any = None
        if own.columns:
            value = _line_items(own, pages_for, unfit)
        else:
            answer, pages = ask(own.question)
            answers[own.name] = answer
            text = answer.kind if answer.kind in ("yes", "no") else answer.text
            if answer.found and text is not None:
                value = fit(text, own, pages.locale)
            if isinstance(value, Unfit):
                unfit[own.name], value = value, None
        inner = data
        for step in own.path[:-1]:
            inner = inner.setdefault(step, {})
        inner[own.path[-1]] = value
    return Extraction(data, answers, unfit)


def _line_items(own: Field, pages_for: PagesFor, unfit: dict[str, Unfit]) -> list[dict[str, Any]]:
    """The rows of the tables whose heads are called like the columns of a field."""
    found: list[dict[str, Any]] = []
    pages = pages_for(" ".join(label for column in own.columns for label in column.labels))
    for page in pages.pages:
        order = reading_order(page.flat, estimate_skew(page.flat))
        head = find_head(_cells(page, order, page.glance.readings), own.columns)
        if head is None:
            continue
        below = [page.first + place for row in order[head.row :] for place in row]
        read = pages.texts(below)
        texts = [read.get(page.first + place, "") for place in range(len(page.flat))]
        for row in rows_below(_cells(page, order, texts), head):
            item: dict[str, Any] = {}
            for column in own.columns:
                text = text_of(row.get(column.name, ()))
                value = fit(text, column, pages.locale) if text else None
                if isinstance(value, Unfit):
                    unfit[f"{own.name}[{len(found)}].{column.name}"], value = value, None
                item[column.name] = value
            found.append(item)
    return found


def _cells(
    page: LookedPage, order: Sequence[Sequence[int]], texts: Sequence[str]
) -> list[list[Cell]]:
    return [[Cell(texts[place], page.flat[place].box) for place in row] for row in order]


def _object(kind: Any, value: Any, where: str) -> Any:
    """A JSON value as what a dataclass's field says."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if type(None) in arguments:
        if value is None:
            return None
        return _object(next(each for each in arguments if each is not type(None)), value, where)
    if value is None:
        raise DataError(f"{where}: nothing that fits was found; allow None in its type.")
    if origin is list or origin is tuple:
        return origin(_object(arguments[0], each, where) for each in value)
    if dataclasses.is_dataclass(kind) and isinstance(value, Mapping):
        hints = typing.get_type_hints(kind)
        return kind(
            **{
                own.name: _object(hints[own.name], value.get(own.name), f"{where}.{own.name}")
                for own in dataclasses.fields(kind)
            }
        )  # type: ignore[operator]
    if kind is datetime.date:
        return datetime.date.fromisoformat(value)
    if kind is Decimal:
        return Decimal(str(value))
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind(value)
    return value
