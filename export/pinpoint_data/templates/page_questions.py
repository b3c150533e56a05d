"""Annotations of one page: the best template is laid on it, its fields are read and asked for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from pinpoint_data.annotating.annotation_file import checked, clipped, sized_fields
from pinpoint_data.templates.field_places import field_place, label_height
from pinpoint_data.templates.field_values import FieldReader, Unclear, Value
from pinpoint_data.templates.form_template import TEXTS, Field, Template
from pinpoint_data.templates.ink import CheckBox, Ink
from pinpoint_data.templates.line_readers import fine_image
from pinpoint_data.templates.page_lines import PageLines
from pinpoint_data.templates.registration import Registered, best_fit, register
from pinpoint_edge.vision.geometry import Box, intersection
from pinpoint_edge.vision.page import Page

HIGH = 1.0  # heights of a label that handwriting has at least


@dataclass(frozen=True)
class FilledField:
    """What a field holds: answers (none: it is empty), their boxes, and all that is needed."""

    answers: tuple[str, ...]
    boxes: tuple[Box, ...]
    support: tuple[Box, ...]


@dataclass
class PageFields:
    """The fields of a page: those that were read, and why the others were left out."""

    form: str
    edition: str
    found: dict[str, tuple[Field, FilledField]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()  # labels of the edition that are not on the page


def read_form(templates: Sequence[Template], page: PageLines) -> PageFields | None:
    """Read the fields of a page by the template that fits it best; None when none does."""
    fit = _best(templates, page)
    if fit is None:
        return None
    # Long lines are unread: where a label is missing, one of them may hold it.
    lost = [place for name, place in fit.places.items() if name not in fit.labels]
    unread = [i for i, line in enumerate(page.lines) if line.text is None]
    wanted = [i for i in unread if any(intersection(page.lines[i].box, box) > 0 for box in lost)]
    if wanted:
        page.need(wanted)
        fit = _best(templates, page) or fit
    ink = Ink(page.page.image)
    fine = fine_image(page.page)
    boxes = _CheckBoxes(Ink(fine), fine.shape[1] / page.page.width)
    boxes.measure(fit)
    result = PageFields(fit.template.name, fit.edition.name)
    there = {name for name, label in fit.labels.items() if label.pieces}
    result.missing = tuple(sorted(fit.edition.labels.keys() - there))
    size = page.page.width, page.page.height
    here = []
    for each in fit.template.fields:
        if all(name in fit.labels for name in each.labels):
            here.append(each)
        elif all(name in fit.edition.labels for name in each.labels):
            absent = next(name for name in each.labels if name not in fit.labels)
            result.left_out[each.name] = f"the label {absent} is not on the page"
    # Check boxes have no place of their own.
    placed = {f.name: field_place(fit, f, size) for f in here if f.kind in (*TEXTS, "signature")}
    reader = FieldReader(fit, page, ink, placed)
    for each in here:
        if each.kind in TEXTS:
            filled = _text(fit, each, reader.read(each))
        elif each.kind == "signature":
            filled = _signature(fit, each, placed[each.name], ink, reader)
        else:
            filled = _ticks(fit, each, boxes)
        if isinstance(filled, Unclear):
            result.left_out[each.name] = filled.reason
        else:
            result.found[each.name] = each, filled
    return result


def _best(templates: Sequence[Template], page: PageLines) -> Registered | None:
    fits = [register(template, page.lines) for template in templates]
    return best_fit(fit for fit in fits if fit is not None)


def rows_of_page(
    fields: PageFields, page: Page, image: Path, number: int, out: Path, wordings: int
) -> list[dict[str, Any]]:
    """Return the annotations of a page, `wordings` questions a field, the same ones every time."""
    size = page.width, page.height
    rows = []
    name = f"{image.stem}-p{number}"
    for each, filled in fields.found.values():
        asked = list(each.questions)
        Random(f"{name} {each.name}").shuffle(asked)
        for count, question in enumerate(asked[:wordings]):
            row = {
                "id": f"{name}-{each.name}" + (f"-{count + 1}" if count else ""),
                **sized_fields(image, number, size, out),
                "question": question,
                "answers": list(filled.answers),
                "answer_boxes": clipped(filled.boxes, size),
                "support_boxes": clipped(filled.support, size),
                "field": each.name,
            }
            rows.append(checked(row))
    return rows


def counted(pages: Sequence[PageFields]) -> dict[str, Any]:
    """Return how many pages each edition has, and how often each field was written or left out."""
    editions = Counter(f"{page.form}, {page.edition}" for page in pages)
    written: Counter[str] = Counter()
    empty: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {}
    for page in pages:
        for name, (_, filled) in page.found.items():
            (written if filled.answers else empty)[name] += 1
        for name, reason in page.left_out.items():
            reasons.setdefault(name, Counter())[reason] += 1
    names = sorted(written.keys() | empty.keys() | reasons.keys())
    missing = Counter(label for page in pages for label in page.missing)
    return {
        "pages": dict(editions.most_common()),
        "fields": {
            name: {
                "filled": written[name],
                "empty": empty[name],
                "left_out": dict(reasons.get(name, Counter()).most_common()),
            }
            for name in names
        },
        "labels_missing": dict(missing.most_common()),
    }


def _text(fit: Registered, field: Field, value: Value | Unclear) -> FilledField | Unclear:
    if isinstance(value, Unclear):
        return value
    label = fit.labels[field.label].boxes
    answers = (value.text,) if value.lines else ()
    return FilledField(answers, value.boxes, (*label, *value.boxes))


@dataclass
class _CheckBoxes:
    """Finds check boxes on an image that is `scale` times as large as the page.

    width: that of most boxes of the page. A narrower frame is one that a tick has cut.
    """

    ink: Ink
    scale: float
    width: float = 0.0

    def measure(self, fit: Registered) -> None:
        """Find the width of most check boxes of the fields on a page."""
        beside = [
            (fit.labels[name].boxes[0], each.box)
            for each in fit.template.fields
            for name in (each.options or ((each.label,) if each.kind == "ticked" else ()))
            if name in fit.labels
        ]
        boxes = [self.check_box(label, side) for label, side in beside]
        widths = [found.box[2] - found.box[0] for found in boxes if found is not None]
        self.width = float(np.median(widths)) if widths else 0.0

    def check_box(self, label: Box, side: str) -> CheckBox | None:
        """The check box beside a label, in pixels of the page."""
        x0, y0, x1, y1 = (value * self.scale for value in label)
        found = self.ink.check_box((x0, y0, x1, y1), side)
        if found is None:
            return None
        x0, y0, x1, y1 = (value / self.scale for value in found.box)
        usual = abs(x1 - x0 - self.width) <= 0.2 * self.width or not self.width
        return CheckBox((x0, y0, x1, y1), found.share, found.ticked if usual else None)


def _ticks(fit: Registered, field: Field, ink: _CheckBoxes) -> FilledField | Unclear:
    label = fit.labels[field.label]
    if field.kind == "ticked":
        box = ink.check_box(label.boxes[0], field.box)
        if box is None or box.ticked is None:
            return Unclear("its check box is not found" if box is None else "the tick is not clear")
        answer = "yes" if box.ticked else "no"
        return FilledField((answer,), (box.box,), (*label.boxes, box.box))
    options = [fit.labels[name] for name in field.options]
    boxes: list[CheckBox] = []
    for option in options:
        box = ink.check_box(option.boxes[0], field.box)
        if box is None or box.ticked is None:
            return Unclear("a check box is not clear")
        if any(intersection(box.box, other.box) > 0 for other in boxes):
            return Unclear("two labels have the same check box")
        boxes.append(box)
    ticked = [n for n, box in enumerate(boxes) if box.ticked]
    if len(ticked) > 1:
        return Unclear("several boxes are ticked")
    if not ticked and not field.empty:
        return Unclear("nothing is ticked")
    if not ticked:
        every = [b for option in options for b in option.boxes]
        return FilledField((), (), (*label.boxes, *every, *(box.box for box in boxes)))
    chosen = options[ticked[0]]
    text = re.sub(r"\s+", " ", chosen.text).strip(" :")
    return FilledField((text,), chosen.boxes, (*label.boxes, *chosen.boxes, boxes[ticked[0]].box))


def _signature(
    fit: Registered, field: Field, place: Box, ink: Ink, reader: FieldReader
) -> FilledField | Unclear:
    label = fit.labels[field.label].boxes
    typed = reader.read(field)
    if isinstance(typed, Value) and not typed.lines:
        return FilledField(("no",), (place,), (*label, place))
    if isinstance(typed, Value) and re.search(r"/s/|(?i:e-?signed)", typed.text):
        return FilledField(("yes",), typed.boxes, (*label, *typed.boxes))
    bounds = ink.handwriting(place, HIGH * label_height(fit, field.label), label)
    if bounds is None:
        return Unclear("it is not clear whether it is signed")
    return FilledField(("yes",), (bounds,), (*label, bounds))
