"""A template laid on a page: a robust affine fit of the labels, and its residual at each of them.

Random sample consensus (Fischler and Bolles, 1981) over all pairs of labels, without chance.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_data.templates.form_template import Edition, Template
from pinpoint_data.templates.label_search import SHORT, FoundLabel, LabelSearch
from pinpoint_data.templates.page_lines import Line
from pinpoint_edge.vision.geometry import Box

LEAST = 3  # labels that agree
SHARE = 0.5  # of an edition's labels that must be on a page
NEAR = 0.02  # of the form's width: of several places of a text, one further off is another label
ALONE = 0.045  # the same of a text that the page has once
SCALES = 0.4, 2.5
TILT = 0.3  # radians
PAIRS = 400  # that are tried
COMMON = 3  # places on one page from which on a label says nothing of where the form is

Matrix = NDArray[np.float64]  # (2, 3)


@dataclass(frozen=True)
class Registered:
    """A page with an edition on it.

    labels: those that are there, and short ones without pieces where they ought to be; places:
    boxes of all of the edition's labels, of the missing ones as the fit has them; count: labels
    that were found; error: mean distance of labels from the fit, of the form's width.
    """

    template: Template
    edition: Edition
    labels: Mapping[str, FoundLabel]
    places: Mapping[str, Box]
    count: int
    error: float


def found_labels(template: Template, lines: Sequence[Line]) -> dict[str, list[FoundLabel]]:
    """Return all places of all labels of a template on a page."""
    search = LabelSearch(lines)
    return {name: search.find(texts) for name, texts in template.labels.items()}


def register(template: Template, lines: Sequence[Line]) -> Registered | None:
    """Return the edition of a template that fits a page best, None when none does."""
    found = found_labels(template, lines)
    fits = [_fit(template, edition, found) for edition in template.editions]
    return best_fit(fit for fit in fits if fit is not None)


def learned(template: Template, lines: Sequence[Line]) -> tuple[dict[str, Box], list[str]]:
    """Return the places of labels on a scan from which an edition is made, and those not found.

    Of several places of a text, the first one after the label before it in the template is taken.
    """
    places: dict[str, Box] = {}
    missing = []
    last: Box = (0.0, 0.0, 0.0, 0.0)
    for name, found in found_labels(template, lines).items():
        best = [label.box for label in found if label.score >= found[0].score - 5]
        after = [box for box in best if box not in places.values() and _follows(box, last)]
        if not after and (len(best) != 1 or best[0] in places.values()):
            missing.append(name)
            continue
        last = min(after or best, key=lambda box: (round(box[1] / 12), box[0]))
        places[name] = last
    return places, missing


def _follows(box: Box, last: Box) -> bool:
    """Whether a box comes after another one in reading order."""
    middle = (last[1] + last[3]) / 2
    return box[1] > middle or (box[3] > middle and box[0] >= last[2])


def best_fit(fits: Iterable[Registered]) -> Registered | None:
    """Return the fit with most labels on the page, the closest one of several."""
    return max(fits, key=lambda fit: (fit.count, -fit.error), default=None)


def _fit(
    template: Template, edition: Edition, found: Mapping[str, list[FoundLabel]]
) -> Registered | None:
    names = [name for name in edition.labels if found[name]]
    if len(names) < max(LEAST, SHARE * len(edition.labels)):
        return None
    width = _width(edition)
    samples = [
        (name, _point(edition.labels[name]), _point(place.box))
        for name in names
        if len(found[name]) < COMMON
        for place in found[name]
    ]
    best: Matrix | None = None
    most = 0
    pairs = [(a, b) for a, b in itertools.combinations(samples, 2) if a[0] != b[0]]
    for first, second in pairs[:: max(1, len(pairs) // PAIRS)]:
        matrix = _similarity(first[1], second[1], first[2], second[2])
        if matrix is not None:
            count = len(_agreeing(matrix, edition, found, width))
            if count > most:
                best, most = matrix, count
    if best is None:
        return None
    for _ in range(3):
        chosen = _agreeing(best, edition, found, width)
        if len(chosen) < max(LEAST, SHARE * len(edition.labels)):
            return None
        best = _affine(
            np.array([_point(edition.labels[name]) for name in chosen]),
            np.array([_point(label.box) for label in chosen.values()]),
            best,
        )
    return _registered(template, edition, chosen, best, width)


def _registered(
    template: Template,
    edition: Edition,
    chosen: dict[str, FoundLabel],
    matrix: Matrix,
    width: float,
) -> Registered:
    off = {
        name: np.array(_point(label.box)) - _apply(matrix, _point(edition.labels[name]))
        for name, label in chosen.items()
    }
    places: dict[str, Box] = {name: label.box for name, label in chosen.items()}
    there = dict(chosen)
    for name, box in edition.labels.items():
        if name not in places:
            # The residual of the nearest label: editions and stretched scans differ by parts.
            near = min(there, key=lambda n: _distance(edition.labels[n], box))
            (x0, y0), (x1, y1) = (
                _apply(matrix, corner) + off[near] for corner in (box[:2], box[2:])
            )
            places[name] = (float(x0), float(y0), float(x1), float(y1))
            text = template.labels[name][0]
            if len(text) <= SHORT:  # "Yes" and a check box are easily read as one word
                chosen[name] = FoundLabel(text, (), (places[name],), 0.0)
    error = float(np.mean([np.hypot(*value) for value in off.values()]))
    size = float(np.hypot(matrix[0, 0], matrix[1, 0])) * width
    return Registered(template, edition, chosen, places, len(there), error / size)


def _agreeing(
    matrix: Matrix, edition: Edition, found: Mapping[str, list[FoundLabel]], width: float
) -> dict[str, FoundLabel]:
    """Labels that lie where the fit has them; the nearest place of each."""
    unit = width * float(np.hypot(matrix[0, 0], matrix[1, 0]))
    chosen = {}
    taken: set[tuple[int, int, int]] = set()
    for name, box in edition.labels.items():
        expected = _apply(matrix, _point(box))
        near = [
            (float(np.hypot(*(np.array(_point(place.box)) - expected))), index)
            for index, place in enumerate(found[name])
            if place.pieces[0] not in taken
        ]
        reach = unit * (ALONE if len(found[name]) == 1 else NEAR)
        if near and min(near)[0] <= reach:
            chosen[name] = found[name][min(near)[1]]
            taken.add(chosen[name].pieces[0])
    return chosen


def _similarity(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]
) -> Matrix | None:
    """The shift, turn and scale that brings a to c and b to d, if a scan may have it."""
    before, after = complex(b[0] - a[0], b[1] - a[1]), complex(d[0] - c[0], d[1] - c[1])
    if abs(before) < 1:
        return None
    turn = after / before
    if not SCALES[0] < abs(turn) < SCALES[1] or abs(np.angle(turn)) > TILT:
        return None
    shift = complex(*c) - turn * complex(*a)
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def _affine(before: Matrix, after: Matrix, similar: Matrix) -> Matrix:
    """The least squares fit of points; what they leave open is taken from `similar`."""
    inputs = np.column_stack([before, np.ones(len(before))])
    rest = after - inputs @ similar.T
    # A ridge keeps few or aligned labels from shearing the page.
    scale = np.diag([1e3, 1e3, 1e-3])
    change = np.linalg.solve(inputs.T @ inputs + scale, inputs.T @ rest)
    return np.asarray(similar + change.T)


def _apply(matrix: Matrix, point: Sequence[float]) -> NDArray[np.float64]:
    return np.asarray(matrix[:, :2] @ np.array(point) + matrix[:, 2])


def _point(box: Box) -> tuple[float, float]:
    """The upper left corner: lines of a label may be read apart, so that its end is less sure."""
    return box[0], box[1]


def _width(edition: Edition) -> float:
    boxes = edition.labels.values()
    return max(max(b[2] for b in boxes) - min(b[0] for b in boxes), 1.0)


def _distance(first: Box, second: Box) -> float:
    return abs(first[0] - second[0]) * 0.3 + abs(first[1] - second[1])
