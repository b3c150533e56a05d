"""`pinpoint-distill glance`: train the glance encoder on line crops, with CTC.

The crops are cached real lines, whose texts are the recogniser's readings, and synthetic lines with
their true texts. All are held in memory as 16-pixel grey crops; a thread prepares the next batches.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import click
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from pinpoint_edge.errors import OptionError
from pinpoint_edge.evaluation.metrics import levenshtein
from pinpoint_edge.vision import ctc
from pinpoint_edge.vision.resize import resize, to_grey
from pinpoint_models.glance import (
    CHARACTERS,
    FRAME,
    HEIGHT,
    Glance,
    GlanceConfig,
    encode,
    facts,
    fold,
)
from pinpoint_train.corpus.features import Crop, Lines, join, read_lines, write_lines
from pinpoint_train.training.run import MovingAverage, Prefetch, Run, training_device
from pinpoint_train.training.run_options import run_options

MAX_WIDTH = 1024
BATCH_PIXELS = 64 * 96  # width of a batch's crops put side by side
HELD_OUT = 0.04
MAX_HELD_OUT = 1500
EVALUATIONS = 8  # during a run
PEAK_RATE = 4e-3
REAL_SHARE = 0.6

CARD = """# Glance encoder

Reads a text line roughly at a height of 16 pixels and gives the aligner its features: a depthwise-
separable CNN with a CTC head, {parameters} parameters, one frame per {frame} pixels.

- Trained by `pinpoint-distill glance` for {steps} steps on {real} lines whose texts are the
  readings of PP-OCRv6 tiny (Apache-2.0, PaddlePaddle), and on {synthetic} synthetic lines.
- Character error rate against the recogniser's readings (case folded, {held_out} lines held out,
  no augmentation): {cer:.3f}.
- Meant for literal matching and for ranking regions. Its readings are not answers: digits are often
  wrong, and letters outside ASCII read as their base letter or as U+FFFD.
"""


@dataclass(frozen=True)
class Batch:
    """Crops u8 (B,1,h,w), widths i64 (B,), class targets i64 (sum,) and their lengths i64 (B,)."""

    crops: Tensor
    widths: Tensor
    targets: Tensor
    lengths: Tensor


class Sampler:
    """Draws batches of crops of like width; every crop of a source has the same chance."""

    def __init__(self, lines: Lines) -> None:
        fitting = [i for i, crop in enumerate(lines.crops) if crop.shape[1] <= MAX_WIDTH]
        classes = [encode(lines.texts[i]) for i in fitting]
        self.items = [(lines.crops[i], c) for i, c in zip(fitting, classes, strict=True) if c]
        self.items.sort(key=lambda item: item[0].shape[1])

    def draw(self, random: np.random.Generator) -> Batch:
        """Draw one batch around a random width and augment it."""
        count = len(self.items)
        centre = int(random.integers(count))
        width = max(self.items[centre][0].shape[1], 32)
        size = min(int(np.clip(BATCH_PIXELS // width, 8, 128)), count)
        low = int(np.clip(centre - 2 * size, 0, count - size))
        high = min(low + 4 * size, count)
        chosen = random.choice(np.arange(low, high), size, replace=False)
        crops = [squeeze(self.items[i][0], random) for i in chosen]
        return collate(crops, [self.items[i][1] for i in chosen], random)


def squeeze(crop: Crop, random: np.random.Generator) -> Crop:
    """Make half of the crops narrower or wider, 0.75 to 1.2 times, and cut or pad their ends."""
    if random.random() < 0.5:
        width = round(crop.shape[1] * random.uniform(0.75, 1.2))
        crop = resize(crop, int(np.clip(width, 4, MAX_WIDTH)), len(crop))
    if random.random() < 0.3:
        left, right = random.integers(0, 4, 2)
        crop = np.pad(crop, ((0, 0), (left, right)), mode="edge")[:, :MAX_WIDTH]
    return crop


def collate(
    crops: list[Crop], classes: list[list[int]], random: np.random.Generator | None = None
) -> Batch:
    """Pad crops with zeros to a common width, a multiple of 16, augmented where asked."""
    width = -(-max(crop.shape[1] for crop in crops) // 16) * 16
    widths = np.array([crop.shape[1] for crop in crops])
    image = np.zeros((len(crops), len(crops[0]), width), np.uint8)
    for row, crop in zip(image, crops, strict=True):
        row[:, : crop.shape[1]] = crop
    if random is not None:
        image = augment(image, random)
        image *= np.arange(width)[None, None, :] < widths[:, None, None]
    return Batch(
        torch.from_numpy(image)[:, None],
        torch.from_numpy(widths),
        torch.tensor([c for one in classes for c in one], dtype=torch.long),
        torch.tensor([len(one) for one in classes], dtype=torch.long),
    )


def augment(image: Crop, random: np.random.Generator) -> Crop:
    """Shift and stretch vertically, blur, change contrast, brightness and sign, add noise.

    Works on a batch u8 (B,h,w) at once, each crop with its own strengths; half of the crops keep
    their sharpness and a third their tones, since most pages are clean.
    """
    count, height = len(image), image.shape[1]
    x = image.astype(np.float32)
    centre = (height - 1) / 2
    shift = random.uniform(-1.2, 1.2, count) * (height / HEIGHT)
    stretch = random.uniform(0.9, 1.12, count)
    rows = (np.arange(height) - centre) * stretch[:, None] + centre + shift[:, None]
    rows = rows.clip(0, height - 1)
    weights = np.maximum(1 - np.abs(rows[:, :, None] - np.arange(height)), 0)
    x = np.matmul(weights.astype(np.float32), x)
    side = np.where(random.random(count) < 0.5, 0.0, random.uniform(0, 0.3, count))
    side = side.astype(np.float32)[:, None, None]
    along = np.pad(x, ((0, 0), (0, 0), (1, 1)), mode="edge")
    x = (1 - 2 * side) * x + side * (along[:, :, :-2] + along[:, :, 2:])
    plain = random.random(count) < 0.33
    gain = np.where(plain, 1.0, random.uniform(0.45, 1.2, count))
    inverted = (random.random(count) < 0.05)[:, None, None]
    x = np.where(inverted, 255 - x, x)
    offset = np.where(plain, 0.0, random.uniform(-40, 40, count)).astype(np.float32)
    middle = x.mean(axis=(1, 2), keepdims=True)
    x = (x - middle) * gain.astype(np.float32)[:, None, None] + middle + offset[:, None, None]
    strength = np.where(plain, 0.0, random.uniform(0, 14, count)).astype(np.float32)
    x += random.standard_normal(x.shape, np.float32) * strength[:, None, None]
    changed: Crop = np.rint(x).clip(0, 255).astype(np.uint8)
    return changed


def mixed(sources: list[Sampler], shares: list[float]) -> Callable[[np.random.Generator], Batch]:
    """Give a drawer of batches, each from one source chosen by its share."""
    chances = np.array(shares) / sum(shares)

    def draw(random: np.random.Generator) -> Batch:
        return sources[int(random.choice(len(sources), p=chances))].draw(random)

    return draw


def loss_of(model: Glance, batch: Batch) -> Tensor:
    """CTC loss a character; lines too dense for their frames count as zero."""
    device = model.head.weight.device
    logits = model.logits(model.trunk(batch.crops.to(device), batch.widths.to(device)))
    steps = model.config.steps * torch.ceil(batch.widths / FRAME).long()
    losses = F.ctc_loss(
        logits.log_softmax(2).transpose(0, 1),
        batch.targets.to(device),
        steps.to(device),
        batch.lengths.to(device),
        reduction="none",
        zero_infinity=True,
    )
    return losses.sum() / batch.lengths.sum()


@torch.no_grad()
def misread(model: Glance, lines: Lines, batch: int = 64) -> list[int]:
    """Edits from the reading of each line to its folded text."""
    device = model.head.weight.device
    order = sorted(range(len(lines)), key=lambda i: lines.crops[i].shape[1])
    edits = [0] * len(lines)
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        made = collate([lines.crops[i] for i in chosen], [[] for _ in chosen])
        _, reading = model(made.crops.to(device), made.widths.to(device))
        for i, classes in zip(chosen, reading.cpu().numpy(), strict=True):
            said = ctc.decode(classes, None, CHARACTERS).text
            edits[i] = levenshtein(said, fold(lines.texts[i]))
    return edits


def error_rate(model: Glance, lines: Lines) -> float:
    """Character error rate of the readings against the folded texts: edits over characters."""
    total = sum(len(fold(text)) for text in lines.texts)
    return sum(misread(model, lines)) / max(total, 1)


def synthetic_lines(seed: int) -> Iterator[tuple[Crop, str]]:
    """Generated lines without end, brought to 16 pixels as the glance stage sees them."""
    from pinpoint_data.generator.stream import line_crops

    for crop, text in line_crops(seed):
        height, width = crop.shape[:2]
        width = min(max(round(width * HEIGHT / height), 4), MAX_WIDTH)
        yield resize(to_grey(crop), width, HEIGHT), text


def _make_synthetic(folder: Path, seed: int, count: int) -> None:
    write_lines(folder, islice(synthetic_lines(seed), count))


def synthesise(folder: Path, seed: int, count: int, workers: int) -> Lines:
    """Generate `count` lines into `folder` in parallel, or take what an earlier sitting made."""
    parts = [folder / f"{number:02d}" for number in range(workers)]
    missing = [i for i, part in enumerate(parts) if not (part / "index.jsonl").exists()]
    if missing:
        with multiprocessing.get_context("spawn").Pool(len(missing)) as pool:
            pool.starmap(
                _make_synthetic,
                [(parts[i], seed * 1000 + i, -(-count // workers)) for i in missing],
            )
    return join([read_lines(part) for part in parts])


def train(
    run: Run, config: GlanceConfig, real: Lines, synthetic: Lines, held_out: Lines, share: float
) -> float:
    """Train and publish; returns the final error rate. `share` is that of the real lines."""
    device = training_device()
    model = Glance(config).to(device)
    ema = MovingAverage(model)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}]
    )
    run.track(model=model, ema=ema, optimizer=optimizer)
    pairs = [(real, share), (synthetic, 1 - share)]
    pairs = [(lines, weight) for lines, weight in pairs if len(lines) and weight > 0]
    batches = Prefetch(run, mixed([Sampler(lines) for lines, _ in pairs], [w for _, w in pairs]))
    told, measured, total, seen = run.elapsed, run.progress, 0.0, 0
    try:
        for step in run:
            rate = run.set_rate(optimizer, PEAK_RATE)
            loss = loss_of(model, batches.take())
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
            optimizer.step()
            ema.update(model)
            total, seen = total + loss.item(), seen + 1
            if run.elapsed - told > 10:
                run.log(
                    "train", loss=total / seen, rate=rate, per_second=seen / (run.elapsed - told)
                )
                told, total, seen = run.elapsed, 0.0, 0
            if run.progress - measured >= 1 / EVALUATIONS and step:
                run.log("eval", cer=error_rate(ema.module, held_out.part(0, 500)))  # type: ignore[arg-type]
                measured = run.progress
    finally:
        batches.close()
    final: Glance = ema.module  # type: ignore[assignment]
    cer = error_rate(final, held_out)
    run.log("eval", cer=cer, lines=len(held_out))
    parameters = sum(p.numel() for p in final.parameters())
    card = CARD.format(
        parameters=f"{parameters:,}",
        frame=FRAME // config.steps,
        steps=run.step,
        real=f"{len(real):,}",
        synthetic=f"{len(synthetic):,}",
        held_out=f"{len(held_out):,}",
        cer=cer,
    )
    run.publish("glance", final.state_dict(), facts(final, cer=round(cer, 4)), card)
    return cer


@click.command("glance", epilog="Example: pinpoint-distill glance --lines cache/sroie --minutes 15")
@click.option(
    "--lines",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Line cache: crops.bin and index.jsonl. Repeatable.",
)
@click.option("--synthetic", type=int, default=20_000, show_default=True, help="Generated lines.")
@click.option(
    "--share", type=float, default=REAL_SHARE, show_default=True, help="Share of real lines."
)
@click.option("--ctc-steps", type=click.IntRange(1, 2), default=1, show_default=True)
@run_options("runs/glance")
def main(
    out: Path,
    lines: tuple[Path, ...],
    synthetic: int,
    share: float,
    steps: int | None,
    minutes: float | None,
    ctc_steps: int,
    threads: int,
    seed: int,
    resume: bool,
) -> None:
    """Distil the glance encoder from the recogniser's readings."""
    run = Run(out, steps=steps, minutes=minutes, seed=seed, resume=resume, threads=threads)
    real, held_out = [], []
    for folder in lines:
        cached = read_lines(folder)
        # The tail, not a random choice: neighbours come from one page and share its font.
        cut = len(cached) - min(round(len(cached) * HELD_OUT), MAX_HELD_OUT // len(lines))
        real.append(cached.part(0, cut))
        held_out.append(cached.part(cut, len(cached)))
    made = Lines([], [])
    if synthetic:
        made = synthesise(out / "synthetic", seed, synthetic, threads)
        if not lines:
            cut = len(made) - min(round(len(made) * HELD_OUT), MAX_HELD_OUT)
            held_out, made = [made.part(cut, len(made))], made.part(0, cut)
    if not lines and not synthetic:
        raise OptionError("No lines to train on: give --lines, --synthetic or both.")
    real_lines = join(real)
    run.log("begin", real=len(real_lines), synthetic=len(made), held_out=sum(map(len, held_out)))
    config = GlanceConfig(steps=ctc_steps)
    # A budget in minutes is one of training: what it took to make the lines does not count.
    run.restart_clock()
    train(run, config, real_lines, made, join(held_out), share)
