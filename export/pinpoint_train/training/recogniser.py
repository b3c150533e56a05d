"""Fine-tune the recogniser of the `refine` stage on line crops, with CTC.

It starts from PP-OCRv6 tiny and keeps the knowledge of that in three ways: on lines that the start
read right, every frame is also drawn to the start's own output; characters that no line holds keep
their rows of the head; and the outcome is the mean of start and trained weights that reads held-out
training pages best (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022).
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.metrics import levenshtein
from pinpoint_edge.vision import ctc
from pinpoint_models.recogniser import FRAME_WIDTH, Recogniser
from pinpoint_train.lines.batch import LineBatch
from pinpoint_train.lines.line_crop_batches import MAX_WIDTH, LineCropBatches, collate
from pinpoint_train.lines.line_crops import LineCrop, spread
from pinpoint_train.training.batches import MixedSource
from pinpoint_train.training.fitting import fit, moving_average
from pinpoint_train.training.run import TrainingRun, training_device

SHARES = {"human": 0.3, "layer": 0.2, "teacher": 0.1, "synthetic": 0.4, "ticks": 0.3}
HELD_OUT = 25  # one training page in so many
MAX_HELD_OUT = 240
EVALUATIONS = 3  # during a run
PEAK_RATE = 5e-5
HEAD_RATE = 1e-3  # of the head alone
STAY = 0.5  # weight of the start's own output on the lines that it read right
MIXES = (0.0, 0.35, 0.7, 1.0)  # share of the trained weights in the outcome

CARD = """# recogniser.safetensors, fine-tuned

Line recogniser of the `refine` stage: PP-OCRv6 tiny (Apache-2.0, PaddlePaddle authors), fine-tuned
by `pinpoint-train recogniser` for {steps} steps. Classes and graph are those of the original.

- Lines: {lines}.
- `human`: receipts of SROIE (CC BY 4.0, ICDAR 2019), their case taken from PP-OCRv6 small.
  `layer`: text layers of PDFs. `teacher`: transcriptions of PP-OCRv6 small (Apache-2.0) that tiny
  roughly agreed with. `synthetic`: generated, with exact texts.
- {mix:.0%} of the outcome are the trained weights, the rest the original.
- Character error rate on {held_out} lines of training pages held out: {before:.4f} before,
  {cer:.4f} after. `pinpoint-train recogniser-errors` measures on pages of the dev lists.
"""


def autocast(device: torch.device) -> torch.autocast:
    """Compute in bfloat16 where the CPU multiplies in it: it takes 0.6 times as long."""
    able = device.type == "cpu" and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return torch.autocast(device.type, torch.bfloat16, enabled=able)


def loss_of(model: Recogniser, start: Recogniser, batch: LineBatch) -> Tensor:
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


def reads_right(log: Tensor, frames: Tensor, batch: LineBatch) -> Tensor:
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
    model: Recogniser, lines: Sequence[LineCrop], characters: Sequence[str], size: int = 8
) -> float:
    """Character error rate of the transcriptions: edits over characters."""
    device = model.head.weight.device
    order = sorted(lines, key=lambda line: line.width)
    wrong = 0
    for first in range(0, len(order), size):
        part = order[first : first + size]
        padded = collate([line.pixels() for line in part], [[] for _ in part])
        best = model(padded.crops.to(device), padded.widths.to(device))[1].argmax(2).cpu().numpy()
        for line, row in zip(part, best, strict=True):
            used = line.width / padded.crops.shape[3]
            wrong += levenshtein(ctc.decode(row, None, characters, used).text, line.text)
    return wrong / max(sum(len(line.text) for line in lines), 1)


def held_out(lines: Sequence[LineCrop]) -> tuple[list[LineCrop], list[LineCrop]]:
    """Divide the lines into those to train on and those of a few whole pages to choose by.

    A hash of its name chooses a page, so that lines cut later move none to the other side.
    """

    def is_away(line: LineCrop) -> bool:
        return int(hashlib.sha256(f"away {line.page}".encode()).hexdigest(), 16) % HELD_OUT == 0

    away = [line for line in lines if is_away(line) and line.width <= MAX_WIDTH]
    return [line for line in lines if not is_away(line)], spread(away, MAX_HELD_OUT)


def source_of(lines: Sequence[LineCrop], characters: Sequence[str]) -> MixedSource[LineBatch]:
    """The source of batches, each of one origin, origins by their shares."""
    origins = [origin for origin in SHARES if any(line.origin == origin for line in lines)]
    if not origins:
        raise DataError("No line has a known origin: cut them with `pinpoint-train line-crops`.")
    sources = [LineCropBatches([s for s in lines if s.origin == o], characters) for o in origins]
    return MixedSource(sources, [SHARES[origin] for origin in origins])


def mean_of(start: Recogniser, trained: nn.Module, share: float) -> Recogniser:
    """The weights between two recognisers, `share` of the way to the trained one."""
    mixed, theirs = copy.deepcopy(start), trained.state_dict()
    with torch.no_grad():
        for name, value in mixed.state_dict().items():
            value.lerp_(theirs[name], share)
    return mixed


def train(
    run: TrainingRun,
    start: Recogniser,
    lines: Sequence[LineCrop],
    characters: Sequence[str],
    *,
    head_only: bool = False,
) -> Recogniser:
    """Train and publish; returns the recogniser that was published.

    head_only: the features of lines stay as they are, and what was trained on them holds.
    """
    device = training_device()
    start = start.to(device).eval().requires_grad_(False)
    model = copy.deepcopy(start)
    (model.head if head_only else model).requires_grad_(True)
    average, final = moving_average(model, decay=0.99)
    training, away = held_out(lines)
    seen = torch.zeros(len(characters), dtype=torch.bool)
    seen[[characters.index(c) for c in {c for line in training for c in line.text}]] = True
    seen[ctc.BLANK] = True
    unseen = ~seen.to(device)

    def keep_unseen() -> None:
        # Adam would move rows whose gradient is next to nothing as far as any other.
        for parameter in (model.head.weight, model.head.bias):
            assert parameter.grad is not None
            parameter.grad[unseen] = 0.0

    before = error_rate(start, away, characters)
    run.log("begin", lines=len(training), held_out=len(away), cer=before)
    run.restart_clock()
    fit(
        run,
        model,
        average,
        torch.optim.AdamW(
            [parameter for parameter in model.parameters() if parameter.requires_grad],
            lr=HEAD_RATE if head_only else PEAK_RATE,
            weight_decay=0.0,
        ),
        source_of(training, characters),
        lambda batch: {"loss": loss_of(model, start, batch)},
        ahead=2,
        evaluate=lambda: {"cer": error_rate(final, away, characters)},
        evaluations=EVALUATIONS,
        adjust_gradients=keep_unseen,
    )
    return publish(run, start, final, training, away, characters)


def publish(
    run: TrainingRun,
    start: Recogniser,
    trained: Recogniser,
    training: Sequence[LineCrop],
    away: Sequence[LineCrop],
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
