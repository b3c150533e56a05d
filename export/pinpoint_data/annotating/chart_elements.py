"""The elements of a chart as lines of text: ChartQA's `annotations/*.json`.

Titles, axis labels, ticks and legends have texts; a bar, point or slice has the value that it
shows. Files of different chart types hold different parts; one that is missing is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from pinpoint_data.annotating.text_lines import TextLine
from pinpoint_edge.evaluation.annotations import Box


def chart_elements(content: Mapping[str, Any]) -> Iterator[TextLine]:
    """Yield the texts and values of a chart with their boxes; TypeError for a malformed part."""
    figure = content.get("general_figure_info") or {}
    yield from _text(figure.get("title"))
    for axis in ("x_axis", "y_axis"):
        part = figure.get(axis) or {}
        yield from _text(part.get("label"))
        ticks = part.get("major_labels") or {}
        yield from _pairs(ticks.get("values") or (), ticks.get("bboxes") or (), "tick")
    for item in (figure.get("legend") or {}).get("items") or ():
        yield from _text(item.get("label"), "legend")
    for model in content["models"]:
        yield from _model(model, content.get("type") == "h_bar")


def _model(model: Mapping[str, Any], is_lying: bool) -> Iterator[TextLine]:
    """The values of a series, or the one slice of a pie."""
    if "text_bbox" in model:
        box = _box(model["text_bbox"])
        text = str(model.get("text_label") or model.get("name") or "")
        if box and text:
            yield TextLine(text, box, role="legend")
    if "bboxes" in model:
        # Bars that lie show their values along x.
        values = model.get("x" if is_lying else "y") or model.get("y") or ()
        yield from _pairs(values, model["bboxes"])
    elif "bbox" in model and "y" in model:
        yield from _pairs([model["y"]], [model["bbox"]])


def _text(part: Mapping[str, Any] | None, role: str = "") -> Iterator[TextLine]:
    if part and part.get("text") and part.get("bbox"):
        yield from _pairs([part["text"]], [part["bbox"]], role)


def _pairs(values: Sequence[Any], boxes: Sequence[Any], role: str = "") -> Iterator[TextLine]:
    for value, given in zip_longest(values, boxes):
        box = _box(given)
        if value is not None and box is not None:
            yield TextLine(_shown(value), box, role=role)


def _shown(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split())


def _box(given: Mapping[str, Any] | None) -> Box | None:
    """A box {"x", "y", "w", "h"}, widened to a pixel where it is flat, as points are."""
    if given is None:
        return None
    x, y, w, h = (float(given[name]) for name in "xywh")
    return x, y, x + max(w, 1.0), y + max(h, 1.0)
