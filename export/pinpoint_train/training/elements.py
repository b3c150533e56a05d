"""Train the element head of `detect`, on generated pages and filled forms.

Text detector and backbone stay as they are; the head learns which pixels belong to a check box, a
signature, a stamp or a figure. Each page passes the backbone once, and windows of its maps, most of
them about elements, are trained on many times. Most pixels belong to no element: the loss is focal
(Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017), and elements count by the root of
their area.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from pinpoint_data.generator import irs, stream
from pinpoint_data.generator.synthetic_page import SynthPage
from pinpoint_edge.vision.canvas import fit_canvas
from pinpoint_edge.vision.elements import KINDS, STRIDE, find_elements, see_ticks
from pinpoint_edge.vision.geometry import Box, iou
from pinpoint_models.detector import PYRAMID, Detector
from pinpoint_models.elements import WIDTH, ElementHead
from pinpoint_train.elements.samples import HIT, is_hidden, kind_of, planes_of
from pinpoint_train.elements.windows import Window, is_away
from pinpoint_train.training.fitting import fit, moving_average
from pinpoint_train.training.run import TrainingRun, training_device

PEAK_RATE = 3e-3
BATCH = 16
LEAST = 2000.0  # pixels of elements in a batch that count at least, for the ground's share
EVAL_PAGES = 60

CARD = """# elements.safetensors

Second head of the `detect` stage: the places of check boxes, signatures, stamps and figures;
whether a box is ticked is seen on the page. Made by `pinpoint-train elements` in {steps} steps; the
text detector below it stayed as it is.

- Data: generated pages (all kinds of the page stream, most of them forms) and fillable IRS forms
  (US Government works) with ticks drawn into some of their boxes; scans of receipts, which have no
  check box and on which nothing is said of the other elements.
- {pages} generated pages that it was not trained on, an element counted as found where kind and
  place (intersection over union {hit}) are right:

| kind | elements | precision | recall |
|---|---|---|---|
{table}

Weak where boxes are smaller than 8 pixels of the canvas, and for words that are circled by hand.
"""


def loss_of(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Focal loss of maps (B, K, h, w): elements by weight, the ground by how much it looks so."""
    losses = F.binary_cross_entropy_with_logits(logits, (target == 1).float(), reduction="none")
    miss = 1 - torch.exp(-losses)
    positive = (losses * miss.square() * weight).sum() / weight.sum().clamp(min=1.0)
    ground = (losses * miss.square() * (target == 0)).sum()
    return positive + ground / (target == 1).sum().clamp(min=LEAST)


@torch.no_grad()
def measure(
    text: Detector, head: ElementHead, pages: Iterable[SynthPage]
) -> dict[str, tuple[int, int, int]]:
    """Elements, right and found of each kind over pages."""
    counts = {kind: [0, 0, 0] for kind in KINDS}
    for page in pages:
        canvas = fit_canvas(page.image)
        planes = (
            head(*text.features(planes_of(canvas)[None].to(text.scale.device)))[0]
            .float()
            .cpu()
            .numpy()
        )
        size = (page.image.shape[1], page.image.shape[0])
        boxes = find_elements(planes, canvas.scale / STRIDE, size)
        found = [(mark.kind, mark.box) for mark in see_ticks(page.image, boxes)]
        true = [
            (kind, mark.box)
            for mark in page.elements
            if (kind := kind_of(mark)) and not is_hidden(mark, page)
        ]
        for kind in KINDS:
            mine = [box for k, box in found if k == kind]
            theirs = [box for k, box in true if k == kind]
            counts[kind][0] += len(theirs)
            counts[kind][1] += matched(mine, theirs)
            counts[kind][2] += len(mine)
    return {kind: (a, b, c) for kind, (a, b, c) in counts.items()}


def matched(found: Sequence[Box], true: Sequence[Box]) -> int:
    """Number of true boxes that have a found one of their own."""
    left, right = list(found), 0
    for box in true:
        best = max(left, key=lambda other: iou(box, other), default=None)
        if best is not None and iou(box, best) >= HIT:
            left.remove(best)
            right += 1
    return right


def trainable() -> ElementHead:
    """A new head with batch norms, which the features' widely differing channels need."""
    head = ElementHead()
    head.conv_norm, head.mix_norm = nn.BatchNorm2d(WIDTH), nn.BatchNorm2d(WIDTH)
    assert head.out.bias is not None
    nn.init.constant_(head.out.bias, -3.0)
    return head.train()


def folded(head: ElementHead) -> ElementHead:
    """The same function without batch norms, as it is shipped."""
    plain = ElementHead()
    states = head.eval().state_dict()
    plain.load_state_dict({k: v for k, v in states.items() if "_norm" not in k})
    for conv, norm in (("conv", head.conv_norm), ("mix", head.mix_norm)):
        assert isinstance(norm, nn.BatchNorm2d)
        setattr(plain, conv, fuse_conv_bn_eval(getattr(head, conv), norm))
    return plain.eval()


class WindowBatches:
    """Draws batches of windows: maps f32 (B, 96, h, w), targets and weights f32 (B, 4, 2h, 2w)."""

    def __init__(self, pool: Sequence[Window]) -> None:
        self.pool = pool

    def draw(self, random: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Draw one batch; every window has the same chance."""
        chosen = [self.pool[i] for i in random.integers(len(self.pool), size=BATCH)]
        maps, target, weight = (
            torch.from_numpy(np.stack([getattr(window, name) for window in chosen]))
            for name in ("maps", "target", "weight")
        )
        return maps.float(), target, weight.float()


def train(
    run: TrainingRun, text: Detector, pool: Sequence[Window], forms: Sequence[Path]
) -> ElementHead:
    """Train on a pool of windows and publish; returns the head that was published."""
    device = training_device()
    head = trainable().to(device)
    average, final = moving_average(head, decay=0.99)

    def losses_on(batch: tuple[Tensor, Tensor, Tensor]) -> dict[str, Tensor]:
        maps, target, weight = (part.to(device) for part in batch)
        logits = head.logits(maps[:, :PYRAMID], maps[:, PYRAMID:])
        return {"loss": loss_of(logits, target, weight)}

    run.log("begin", windows=len(pool), forms=len(forms))
    run.restart_clock()
    optimizer = torch.optim.AdamW(head.parameters(), lr=PEAK_RATE, weight_decay=1e-4)
    fit(run, head, average, optimizer, WindowBatches(pool), losses_on, ahead=2)
    return publish(run, text, folded(final), forms)


def publish(
    run: TrainingRun, text: Detector, head: ElementHead, forms: Sequence[Path]
) -> ElementHead:
    """Measure on pages not trained on and write weights, facts and card."""
    kept = [form for form in forms if is_away(form.name)]
    generated = itertools.islice(stream.pages("marks measured"), EVAL_PAGES)
    filled = itertools.chain.from_iterable(irs.pages(form, "marks measured") for form in kept)
    counts = measure(text, head, itertools.chain(generated, filled))
    lines, facts = [], {}
    for kind, (count, right, found) in counts.items():
        precision, recall = right / max(found, 1), right / max(count, 1)
        lines.append(f"| {kind} | {count} | {precision:.3f} | {recall:.3f} |")
        facts[kind] = {
            "elements": count, "precision": round(precision, 4), "recall": round(recall, 4)
        }  # fmt: skip
        run.log("eval", kind=kind, elements=count, precision=precision, recall=recall)
    card = CARD.format(steps=run.step, pages=EVAL_PAGES, hit=HIT, table="\n".join(lines))
    stored = {name: tensor.half() for name, tensor in head.state_dict().items()}
    run.publish("elements", stored, {"kinds": facts}, card)
    return head
