"""`pinpoint-distill marks`: train the second head of `detect` on generated pages.

Text detector and backbone stay as they are; the head learns which pixels belong to a box to tick,
a signature, a stamp or a figure. Pages are looked at once, and windows of their maps, most of them
about marks, are trained on many times. Most pixels belong to no mark: the loss is focal (Lin et
al., "Focal Loss for Dense Object Detection", ICCV 2017), and marks count by the root of their area.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from pinpoint_data.generator import irs, stream
from pinpoint_data.generator.sample import SynthPage
from pinpoint_data.splits import is_kept
from pinpoint_edge.evaluation.dataset import load_dataset
from pinpoint_edge.vision.canvas import fit_canvas
from pinpoint_edge.vision.elements import KINDS, STRIDE, find_marks, see_ticks
from pinpoint_edge.vision.geometry import Box, iou
from pinpoint_models.detector import PYRAMID, Detector
from pinpoint_models.elements import WIDTH, MarkHead
from pinpoint_models.paths import weights_folder
from pinpoint_train.corpus.element_samples import HIT, is_hidden, kind_of, planes_of
from pinpoint_train.corpus.element_windows import Sources, Window, is_away, pool_of
from pinpoint_train.training.run import MovingAverage, Run, training_device
from pinpoint_train.training.run_options import run_options

PEAK_RATE = 3e-3
BATCH = 16
LEAST = 2000.0  # pixels of marks in a batch that count at least, for the ground's share of the loss
EVAL_PAGES = 60

CARD = """# marks.safetensors

Second head of the `detect` stage: where boxes to tick, signatures, stamps and figures are; whether
a box is ticked is seen on the page. Made by `pinpoint-distill marks` in {steps} steps; the text
detector below it stayed as it is.

- Data: generated pages (all kinds of the page stream, most of them forms) and fillable IRS forms
  (US Government works) with ticks drawn into some of their boxes; scans of receipts, which have no
  box to tick and on which nothing is said of the other marks.
- {pages} generated pages that it was not trained on, a mark counted as found where kind and place
  (intersection over union {hit}) are right:

| kind | marks | precision | recall |
|---|---|---|---|
{table}

Weak where boxes are smaller than 8 pixels of the canvas, and for words that are circled by hand.
"""


def loss_of(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Focal loss of maps (B, K, h, w): marks by weight, the ground by how much it looks so."""
    losses = F.binary_cross_entropy_with_logits(logits, (target == 1).float(), reduction="none")
    miss = 1 - torch.exp(-losses)
    positive = (losses * miss.square() * weight).sum() / weight.sum().clamp(min=1.0)
    ground = (losses * miss.square() * (target == 0)).sum()
    return positive + ground / (target == 1).sum().clamp(min=LEAST)


@torch.no_grad()
def measure(
    text: Detector, head: MarkHead, pages: Iterable[SynthPage]
) -> dict[str, tuple[int, int, int]]:
    """Marks, right and found of each kind over pages."""
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
        boxes = find_marks(planes, canvas.scale / STRIDE, size)
        found = [(mark.kind, mark.box) for mark in see_ticks(page.image, boxes)]
        true = [
            (kind, mark.box)
            for mark in page.marks
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
    """How many true boxes have a found one of their own."""
    left, right = list(found), 0
    for box in true:
        best = max(left, key=lambda other: iou(box, other), default=None)
        if best is not None and iou(box, best) >= HIT:
            left.remove(best)
            right += 1
    return right


def trainable() -> MarkHead:
    """A new head with batch norms, which the features' widely differing channels need."""
    head = MarkHead()
    head.conv_norm, head.mix_norm = nn.BatchNorm2d(WIDTH), nn.BatchNorm2d(WIDTH)
    assert head.out.bias is not None
    nn.init.constant_(head.out.bias, -3.0)
    return head.train()


def folded(head: MarkHead) -> MarkHead:
    """The same function without batch norms, as it is shipped."""
    plain = MarkHead()
    states = head.eval().state_dict()
    plain.load_state_dict({k: v for k, v in states.items() if "_norm" not in k})
    for conv, norm in (("conv", head.conv_norm), ("mix", head.mix_norm)):
        assert isinstance(norm, nn.BatchNorm2d)
        setattr(plain, conv, fuse_conv_bn_eval(getattr(head, conv), norm))
    return plain.eval()


def train(run: Run, text: Detector, pool: Sequence[Window], forms: Sequence[Path]) -> MarkHead:
    """Train on a pool of windows and publish; returns the head that was published."""
    device = training_device()
    head = trainable().to(device)
    ema = MovingAverage(head, decay=0.99)
    optimizer = torch.optim.AdamW(head.parameters(), weight_decay=1e-4)
    run.track(head=head, ema=ema, optimizer=optimizer)
    run.log("begin", windows=len(pool), forms=len(forms))
    run.restart_clock()
    told, total, count = run.elapsed, 0.0, 0
    for step in run:
        rate = run.set_rate(optimizer, PEAK_RATE)
        chosen = [pool[i] for i in run.generator(step).integers(len(pool), size=BATCH)]
        maps, target, weight = (
            torch.from_numpy(np.stack([getattr(window, name) for window in chosen])).to(device)
            for name in ("maps", "target", "weight")
        )
        loss = loss_of(
            head.logits(maps[:, :PYRAMID].float(), maps[:, PYRAMID:].float()),
            target,
            weight.float(),
        )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(head.parameters(), 2.0)
        optimizer.step()
        ema.update(head)
        total, count = total + loss.item(), count + 1
        if run.elapsed - told > 10:
            run.log("train", loss=total / count, rate=rate)
            told, total, count = run.elapsed, 0.0, 0
    return publish(run, text, folded(ema.module), forms)  # type: ignore[arg-type]


def publish(run: Run, text: Detector, head: MarkHead, forms: Sequence[Path]) -> MarkHead:
    """Measure on pages not trained on and write weights, facts and card."""
    kept = [form for form in forms if is_away(form.name)]
    made = itertools.islice(stream.pages("marks measured"), EVAL_PAGES)
    filled = itertools.chain.from_iterable(irs.pages(form, "marks measured") for form in kept)
    counts = measure(text, head, itertools.chain(made, filled))
    rows, facts = [], {}
    for kind, (marks, right, found) in counts.items():
        precision, recall = right / max(found, 1), right / max(marks, 1)
        rows.append(f"| {kind} | {marks} | {precision:.3f} | {recall:.3f} |")
        facts[kind] = {
            "marks": marks, "precision": round(precision, 4), "recall": round(recall, 4)
        }  # fmt: skip
        run.log("eval", kind=kind, marks=marks, precision=precision, recall=recall)
    card = CARD.format(steps=run.step, pages=EVAL_PAGES, hit=HIT, table="\n".join(rows))
    stored = {name: tensor.half() for name, tensor in head.state_dict().items()}
    run.publish("marks", stored, {"kinds": facts}, card)
    return head


@click.command("marks", epilog="Example: pinpoint-distill marks --irs irs_forms --minutes 12")
@click.option(
    "--irs",
    "forms",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of fillable IRS PDFs, whose boxes are ticked.",
)
@click.option(
    "--plain",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Annotated folder of pages without a box to tick, such as receipts; repeatable.",
)
@click.option(
    "--weights",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the text detector; the shipped one by default.",
)
@click.option(
    "--pages",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="How many pages are made and looked at before.",
)
@run_options("runs/marks")
def main(
    forms: Path | None,
    folders: tuple[Path, ...],
    weights: Path | None,
    pages: int,
    out: Path,
    steps: int | None,
    minutes: float | None,
    threads: int,
    seed: int,
    resume: bool,
) -> None:
    """Train the mark head of `detect` on generated and filled pages."""
    run = Run(out, steps=steps, minutes=minutes, seed=seed, resume=resume, threads=threads)
    files = sorted(forms.glob("*.pdf")) if forms else []
    plain = [
        Path(path)
        for folder in folders
        for path in sorted({page.path for page in load_dataset(folder / "qa.jsonl")})
        if not is_kept(f"{folder.resolve().name}/{Path(path).name}")
    ]
    folder = weights or weights_folder()
    pool = pool_of(seed, Sources(files, plain), folder, pages, workers=threads)
    train(run, Detector.load(folder), pool, files)
