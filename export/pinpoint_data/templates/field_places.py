"""Where the value of a field is on a registered page, bounded by the printed labels around it."""

from __future__ import annotations

from pinpoint_data.templates.form_template import Field
from pinpoint_data.templates.registration import Registered
from pinpoint_edge.vision.geometry import Box

ROW = 0.6, 0.45  # heights above and below a label that belong to a value right of it


def label_height(fit: Registered, name: str) -> float:
    """The height of a label's last line."""
    label = fit.labels.get(name)
    box = label.boxes[-1] if label else fit.places[name]
    return max(box[3] - box[1], 1.0)


def field_place(fit: Registered, field: Field, size: tuple[int, int]) -> Box:
    """Return the box of a field's value on a page of (width, height)."""
    label = fit.labels[field.label]
    tall = label_height(fit, field.label)
    x0, _, _, y1 = label.box
    if field.offset is not None:
        left, top, right, bottom = (value * tall for value in field.offset)
        return _inside((x0 + left, y1 + top, x0 + right, y1 + bottom), size)
    last = label.boxes[-1]
    if field.where == "right":
        place = last[2], last[1] - ROW[0] * tall, float(size[0]), last[3] + ROW[1] * tall
    else:
        place = x0 - 1.5 * tall, y1 - 0.6 * tall, float(size[0]), y1 + field.depth * tall
    if field.right_end is not None and field.right_end in fit.places:
        place = place[0], place[1], fit.places[field.right_end][0] - 0.5 * tall, place[3]
    if field.foot is not None and field.foot in fit.places:
        place = *place[:3], min(place[3], fit.places[field.foot][1])
    return _inside(_bounded(place, fit, field, tall), size)


def _bounded(place: Box, fit: Registered, field: Field, tall: float) -> Box:
    """Cut a place at the labels right of and below the field's own one."""
    own = fit.labels[field.label].box
    x0, y0, x1, y1 = place
    others = [box for name, box in fit.places.items() if name != field.label]
    row = fit.labels[field.label].boxes[-1] if field.where == "right" else own
    least = 0.5 if field.where == "right" else 0.1  # of its height that a label in a row shares
    for box in others:
        level = min(box[3], row[3]) - max(box[1], row[1])
        if level > least * min(box[3] - box[1], row[3] - row[1]) and box[0] > row[2]:
            x1 = min(x1, box[0] - 0.5 * tall)
    if field.where == "below":
        for box in others:
            if box[1] > own[1] + 0.5 * tall and min(box[2], x1) - max(box[0], x0) > 0:
                y1 = min(y1, max(box[1] + 0.2 * tall, own[3]))
    return x0, y0, x1, y1


def _inside(box: Box, size: tuple[int, int]) -> Box:
    x0, y0 = max(box[0], 0.0), max(box[1], 0.0)
    return x0, y0, max(x0, min(box[2], size[0])), max(y0, min(box[3], size[1]))
