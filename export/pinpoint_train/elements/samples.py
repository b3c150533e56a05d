"""Training samples of the element head: page canvases, and their elements painted into targets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pinpoint_data.generator.synthetic_page import PageElement, SyntheticQuestion, SynthPage
from pinpoint_edge.vision.canvas import Canvas, fit_canvas
from pinpoint_edge.vision.elements import PLANES, STRIDE
from pinpoint_edge.vision.geometry import iou
from pinpoint_edge.vision.regions import TEXT, Region

HIT = 0.4  # intersection over union from which a found element is the true one
UNSEEN = -1.0  # in targets: neither an element nor ground


@dataclass(frozen=True)
class ElementSample:
    """A page canvas u8 (3, H, W), its targets f32 (4, H/2, W/2): 1, 0 or UNSEEN, and their weights.

    Pixels of an element weigh one by the root of its area, so that small elements count.
    """

    image: Tensor
    target: Tensor
    weight: Tensor


def kind_of(mark: PageElement) -> str | None:
    """The kind of an element as a region; None for the line of a missing signature."""
    if mark.kind == "check":
        return "ticked" if mark.state else "unticked"
    if mark.kind == "signature":
        return "signature" if mark.state else None
    return mark.kind


def is_hidden(mark: PageElement, page: SynthPage) -> bool:
    """Whether an element is a word to circle or a blank to tick, which look like text."""
    return value_of(mark, page) < 1


def value_of(mark: PageElement, page: SynthPage) -> float:
    """The target of the pixels of an element in its plane.

    1, but UNSEEN for a word or a ticked blank, and 0, the value of the ground, for an empty blank:
    forms are full of short rules.
    """
    if mark.kind != "check":
        return 1.0
    x0, y0, x1, y1 = mark.box
    printed = " ".join(
        line.text
        for line in page.lines
        if x0 <= (line.box[0] + line.box[2]) / 2 <= x1
        and y0 <= (line.box[1] + line.box[3]) / 2 <= y1
    )
    if "_" in printed and not mark.state:
        return 0.0
    return UNSEEN if re.search(r"[A-Za-z]{2}|_", printed) else 1.0


def shows_evidence(regions: Sequence[Region], page: SynthPage, question: SyntheticQuestion) -> bool:
    """Whether the elements found on a page are those that a question is about."""
    if question.field == "stamp" and not question.support_boxes:
        return all(region.kind != "stamp" for region in regions)
    needed = {*question.support_boxes, *question.answer_boxes}
    for mark in page.elements:
        if mark.box in needed:
            kinds = {r.kind for r in regions if r.kind != TEXT and iou(r.box, mark.box) >= HIT}
            kind = kind_of(mark)
            if is_hidden(mark, page) or kinds != ({kind} if kind else set()):
                return False
    return True


def sample_of(page: SynthPage) -> ElementSample:
    """Fit a page to its canvas and paint its elements into targets."""
    canvas = fit_canvas(page.image)
    height, width = canvas.image.shape[:2]
    target = np.zeros((len(PLANES), height // STRIDE, width // STRIDE), np.float32)
    weight = np.zeros_like(target)
    for mark in page.elements:
        x0, y0, x1, y1 = (v * canvas.scale / STRIDE for v in mark.box)
        # At least one pixel, and no wider than the element: neighbours must stay apart.
        left, top = round(x0), round(y0)
        place = slice(top, max(round(y1), top + 1)), slice(left, max(round(x1), left + 1))
        kind, value = kind_of(mark), value_of(mark, page)
        if kind is None or value == 0:
            continue
        plane = PLANES.index("box" if mark.kind == "check" else kind)
        target[(plane, *place)] = value
        covered = weight[(plane, *place)]
        weight[(plane, *place)] = value > 0 and 1 / max(covered.size, 1) ** 0.5
    return ElementSample(planes_of(canvas), torch.from_numpy(target), torch.from_numpy(weight))


def without_boxes(image: NDArray[np.uint8]) -> ElementSample:
    """Fit a page that has no check box; its other elements are unknown."""
    sample = sample_of(SynthPage(image, []))
    for kind in ("signature", "stamp", "figure"):
        sample.target[PLANES.index(kind)] = UNSEEN
    return sample


def planes_of(canvas: Canvas) -> Tensor:
    """The pixels of a canvas as the detector takes them: u8 (3, H, W)."""
    return torch.from_numpy(np.ascontiguousarray(canvas.image.transpose(2, 0, 1)))
