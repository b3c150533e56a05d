"""`pinpoint-distill refiner`: fine-tune the recogniser of the `refine` stage on strips, with CTC.

It starts from PP-OCRv6 tiny and is held to what that knows in three ways: on lines that the start
read right, every frame is also drawn to the start's own output; characters that no line holds keep
their rows of the head; and the outcome is the mean of start and trained weights that reads held-out
training pages best (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022).
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.metrics import levenshtein
from pinpoint_edge.vision import ctc
from pinpoint_models.paths import weights_folder
from pinpoint_models.recogniser import FRAME_WIDTH, Recogniser
from pinpoint_models.weights import load_characters
from pinpoint_train.corpus.strip_batches import MAX_WIDTH, Batch, Sampler, collate
from pinpoint_train.corpus.strip_cache import Strip, read_sets, spread
from pinpoint_train.training.run import MovingAverage, Prefetch, Run, training_device
from pinpoint_train.training.run_options import run_options

SHARES = {"human": 0.3, "layer": 0.2, "teacher": 0.1, "synthetic": 0.4}
HELD_OUT = 25  # one training page in so many
MAX_HELD_OUT = 240
EVALUATIONS = 3  # during a run
PEAK_RATE = 5e-5
STAY = 0.5  # weight of the start's own output on the lines that it read right
MIXES = (0.0, 0.35, 0.7, 1.0)  # share of the trained weights in the outcome

CARD = """# recogniser.safetensors, fine-tuned

Line recogniser of the `refine` stage: PP-OCRv6 tiny (Apache-2.0, PaddlePaddle authors), fine-tuned
by `pinpoint-distill refiner` for {steps} steps. Classes and graph are those of the original.

- Lines: {lines}.
- `human`: receipts of SROIE (CC BY 4.0, ICDAR 2019), their case taken from PP-OCRv6 small.
  `layer`: text layers of PDFs. `teacher`: readings of PP-OCRv6 small (Apache-2.0) that tiny roughly
  agreed with. `synthetic`: generated, with exact texts.
- {mix:.0%} of the outcome are the trained weights, the rest the original.
- Character error rate on {held_out} lines of training pages held out: {before:.4f} before,
  {cer:.4f} after. `pinpoint-distill refiner-errors` measures on pages of the dev lists.
"""


def autocast(device: torch.device) -> torch.autocast:
    """Compute in bfloat16 where the CPU multiplies in it: it takes 0.6 times as long."""
    able = device.type == "cpu" and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return torch.autocast(device.type, torch.bfloat16, enabled=able)


def loss_of(model: Recogniser, start: Recogniser, batch: Batch) -> Tensor:
    """CTC loss a character, and STAY times the distance a frame to a start that reads rightly."""
    device = model.head.weight.device
    crops, widths = batch.crops.to(device), batch.widths.to(device)
    with autocast(device):
        logits = model(crops, widths)[1]
        with torch.no_grad():
            before = start(crops, widths)[1].float().log_softmax(2)
    log = logits.float().log_softmax(2)
    frames = torch.ceil(widths / FRAME_WIDTH).long()
    targets, lengths = batch.targets.to(device), batch.lengths.to(device)
    losses = F.ctc_loss(
        log.transpose(0, 1), targets, frames, lengths, reduction="none", zero_infinity=True
    )
    inside = torch.arange(log.shape[1], device=device) < frames[:, None]
    weights = inside * reads_right(before, frames, batch)[:, None].to(device)
    distance = F.kl_div(log, before, log_target=True, reduction="none").sum(2)
    stay = (distance * weights).sum() / weights.sum().clamp(min=1)
    return losses.sum() / lengths.sum() + STAY * stay


def reads_right(log: Tensor, frames: Tensor, batch: Batch) -> Tensor:
    """Which lines of a batch these frames spell exactly: bool (B,)."""
    best, right = log.argmax(2).cpu(), []
    for row, count, true in zip(
        best, frames.tolist(), torch.split(batch.targets, batch.lengths.tolist()), strict=True
    ):
        runs = torch.unique_consecutive(row[:count])
        right.append(torch.equal(runs[runs != ctc.BLANK], true))
    return torch.tensor(right)


@torch.no_grad()
def error_rate(
    model: Recogniser, strips: Sequence[Strip], characters: Sequence[str], size: int = 8
) -> float:
    """Character error rate of the readings: edits over characters."""
    device = model.head.weight.device
    order = sorted(strips, key=lambda strip: strip.width)
    wrong = 0
    for first in range(0, len(order), size):
        part = order[first : first + size]
        made = collate([strip.crop() for strip in part], [[] for _ in part])
        best = model(made.crops.to(device), made.widths.to(device))[1].argmax(2).cpu().numpy()
        for strip, row in zip(part, best, strict=True):
            used = strip.width / made.crops.shape[3]
            wrong += levenshtein(ctc.decode(row, None, characters, used).text, strip.text)
    return wrong / max(sum(len(strip.text) for strip in strips), 1)


def held_out(strips: Sequence[Strip]) -> tuple[list[Strip], list[Strip]]:
    """Part the strips into those to train on and those of a few whole pages to choose by.

    A hash of its name chooses a page, so that strips cut later move none to the other side.
    """

    def is_away(strip: Strip) -> bool:
        return int(hashlib.sha256(f"away {strip.page}".encode()).hexdigest(), 16) % HELD_OUT == 0

    away = [strip for strip in strips if is_away(strip) and strip.width <= MAX_WIDTH]
    return [strip for strip in strips if not is_away(strip)], spread(away, MAX_HELD_OUT)


def draws(
    strips: Sequence[Strip], characters: Sequence[str]
) -> Callable[[np.random.Generator], Batch]:
    """Give the function that draws a batch of one origin, origins by their shares."""
    origins = [origin for origin in SHARES if any(s.origin == origin for s in strips)]
    if not origins:
        raise DataError("No strip has a known origin: cut them with `pinpoint-distill strips`.")
    samplers = [Sampler([s for s in strips if s.origin == o], characters) for o in origins]
    chances = np.array([SHARES[origin] for origin in origins])
    chances /= chances.sum()
    return lambda random: samplers[random.choice(len(samplers), p=chances)].draw(random)


def mean_of(start: Recogniser, trained: nn.Module, share: float) -> Recogniser:
    """The weights between two recognisers, `share` of the way to the trained one."""
    mixed, theirs = copy.deepcopy(start), trained.state_dict()
    with torch.no_grad():
        for name, value in mixed.state_dict().items():
            value.lerp_(theirs[name], share)
    return mixed


def train(
    run: Run, start: Recogniser, strips: Sequence[Strip], characters: Sequence[str]
) -> Recogniser:
    """Train and publish; returns the recogniser that was published."""
    device = training_device()
    start = start.to(device).eval().requires_grad_(False)
    model = copy.deepcopy(start).requires_grad_(True)
    ema = MovingAverage(model, decay=0.99)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.0)
    run.track(model=model, ema=ema, optimizer=optimizer)
    training, away = held_out(strips)
    seen = torch.zeros(len(characters), dtype=torch.bool)
    seen[[characters.index(c) for c in {c for s in training for c in s.text}]] = True
    seen[ctc.BLANK] = True
    unseen = ~seen.to(device)
    before = error_rate(start, away, characters)
    run.log("begin", lines=len(training), held_out=len(away), cer=before)
    run.restart_clock()
    batches = Prefetch(run, draws(training, characters), depth=2)
    told, measured, total, count = run.elapsed, run.progress, 0.0, 0
    try:
        for step in run:
            rate = run.set_rate(optimizer, PEAK_RATE)
            loss = loss_of(model, start, batches.take())
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            # Adam would move rows whose gradient is next to nothing as far as any other.
            for parameter in (model.head.weight, model.head.bias):
                assert parameter.grad is not None
                parameter.grad[unseen] = 0.0
            torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
            optimizer.step()
            ema.update(model)
            total, count = total + loss.item(), count + 1
            if run.elapsed - told > 10:
                run.log("train", loss=total / count, rate=rate)
                told, total, count = run.elapsed, 0.0, 0
            if run.progress - measured >= 1 / EVALUATIONS and step:
                run.log("eval", cer=error_rate(ema.module, away, characters))  # type: ignore[arg-type]
                measured = run.progress
    finally:
        batches.close()
    return publish(run, start, ema.module, training, away, characters)


def publish(
    run: Run,
    start: Recogniser,
    trained: nn.Module,
    training: Sequence[Strip],
    away: Sequence[Strip],
    characters: Sequence[str],
) -> Recogniser:
    """Choose the mean of start and trained weights on the held-out lines, and write it."""
    rates = {}
    for mix in MIXES:
        rates[mix] = error_rate(mean_of(start, trained, mix), away, characters)
        run.log("mix", share=mix, cer=rates[mix])
    mix = min(rates, key=lambda share: (rates[share], share))
    chosen = mean_of(start, trained, mix)
    lines = {origin: sum(s.origin == origin for s in training) for origin in SHARES}
    card = CARD.format(
        steps=run.step,
        lines=", ".join(f"{n:,} {origin}" for origin, n in lines.items() if n),
        mix=mix,
        held_out=len(away),
        before=rates[0.0],
        cer=rates[mix],
    )
    facts = {"cer": round(rates[mix], 4), "cer_before": round(rates[0.0], 4), "mix": mix}
    run.publish("recogniser", chosen.state_dict(), {**facts, "lines": lines}, card)
    return chosen


@click.command(
    "refiner", epilog="Example: pinpoint-distill refiner --strips cache/strips --minutes 20"
)
@click.option(
    "--strips",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="What `pinpoint-distill strips` cut; its folder `train` is read.",
)
@click.option(
    "--start",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the recogniser to start from; the shipped one by default.",
)
@run_options("runs/refiner")
def main(
    strips: Path,
    start: Path | None,
    out: Path,
    steps: int | None,
    minutes: float | None,
    threads: int,
    seed: int,
    resume: bool,
) -> None:
    """Fine-tune the recogniser on degraded real and synthetic lines."""
    run = Run(out, steps=steps, minutes=minutes, seed=seed, resume=resume, threads=threads)
    found = [strip for one in read_sets(strips / "train").values() for strip in one]
    train(
        run,
        Recogniser.load(start or weights_folder()),
        found,
        load_characters(weights_folder()),
    )
