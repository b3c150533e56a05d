"""Train the glance encoder on line crops, with CTC.

The crops are cached real lines, whose texts are the recogniser's transcriptions, and synthetic
lines with their true texts. All are held in memory as 16-pixel grey crops.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from pinpoint_edge.evaluation.metrics import levenshtein
from pinpoint_edge.vision import ctc
from pinpoint_models.glance import (
    CHARACTERS,
    FRAME,
    GlanceConfig,
    GlanceEncoder,
    facts,
    fold,
)
from pinpoint_train.lines.batch import LineBatch
from pinpoint_train.lines.glance_batches import GlanceBatches, collate
from pinpoint_train.lines.glance_lines import GlanceLines, join
from pinpoint_train.training.batches import MixedSource
from pinpoint_train.training.fitting import adam, fit, moving_average
from pinpoint_train.training.run import TrainingRun, training_device

HELD_OUT = 0.04
MAX_HELD_OUT = 1500
EVALUATIONS = 8  # during a run
QUICK_LINES = 500
PEAK_RATE = 4e-3

CARD = """# Glance encoder

Transcribes a text line roughly at a height of {height} pixels and gives the aligner its features: a
depthwise-separable CNN with a CTC head, {parameters} parameters, one frame per {frame} pixels.

- Trained by `pinpoint-train glance` for {steps} steps on {real} lines whose texts are
  transcriptions of PP-OCRv6 (Apache-2.0, PaddlePaddle), and on {synthetic} synthetic lines.
- Character error rate against the recogniser's transcriptions (case folded, {held_out} lines held
  out, no augmentation): {cer:.3f}.
- Meant for literal matching and for ranking regions. Its transcriptions are not answers: digits are
  often wrong, and letters outside ASCII read as their base letter or as U+FFFD.
"""


@dataclass(frozen=True)
class GlanceData:
    """Lines to train on, read off pages and generated, and lines held out to measure on."""

    real: GlanceLines
    synthetic: GlanceLines
    held_out: GlanceLines

    def counts(self) -> dict[str, int]:
        """Number of lines by their use."""
        return {name: len(getattr(self, name)) for name in ("real", "synthetic", "held_out")}


def with_held_out(caches: Sequence[GlanceLines], synthetic: GlanceLines | None) -> GlanceData:
    """Hold out the tail of each cache, or of the generated lines where there is no cache."""
    synthetic = synthetic or GlanceLines([], [])
    real, held_out = [], []
    for cached in caches:
        # The tail, not a random choice: neighbours come from one page and share its font.
        cut = len(cached) - min(round(len(cached) * HELD_OUT), MAX_HELD_OUT // len(caches))
        real.append(cached.part(0, cut))
        held_out.append(cached.part(cut, len(cached)))
    if not caches:
        cut = len(synthetic) - min(round(len(synthetic) * HELD_OUT), MAX_HELD_OUT)
        held_out = [synthetic.part(cut, len(synthetic))]
        synthetic = synthetic.part(0, cut)
    return GlanceData(join(real), synthetic, join(held_out))


def loss_of(model: GlanceEncoder, batch: LineBatch) -> Tensor:
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
def misread(model: GlanceEncoder, lines: GlanceLines, batch: int = 64) -> list[int]:
    """Edits from the transcription of each line to its folded text."""
    device = model.head.weight.device
    order = sorted(range(len(lines)), key=lambda i: lines.crops[i].shape[1])
    edits = [0] * len(lines)
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        padded = collate([lines.crops[i] for i in chosen], [[] for _ in chosen])
        _, reading = model(padded.crops.to(device), padded.widths.to(device))
        for i, classes in zip(chosen, reading.cpu().numpy(), strict=True):
            text = ctc.decode(classes, None, CHARACTERS).text
            edits[i] = levenshtein(text, fold(lines.texts[i]))
    return edits


def error_rate(model: GlanceEncoder, lines: GlanceLines) -> float:
    """Character error rate against the folded texts: edits over characters."""
    total = sum(len(fold(text)) for text in lines.texts)
    return sum(misread(model, lines)) / max(total, 1)


def train(run: TrainingRun, config: GlanceConfig, data: GlanceData, share: float) -> float:
    """Train and publish; returns the final error rate. `share` is that of the real lines."""
    model = GlanceEncoder(config).to(training_device())
    average, final = moving_average(model)
    weighted = [(data.real, share), (data.synthetic, 1 - share)]
    weighted = [(lines, weight) for lines, weight in weighted if len(lines) and weight > 0]
    sources = [GlanceBatches(lines) for lines, _ in weighted]
    quick = data.held_out.part(0, QUICK_LINES)
    fit(
        run,
        model,
        average,
        adam(model, PEAK_RATE, weight_decay=0.02),
        MixedSource(sources, [weight for _, weight in weighted]),
        lambda batch: {"loss": loss_of(model, batch)},
        evaluate=lambda: {"cer": error_rate(final, quick)},
        evaluations=EVALUATIONS,
    )
    cer = error_rate(final, data.held_out)
    run.log("eval", cer=cer, lines=len(data.held_out))
    parameters = sum(p.numel() for p in final.parameters())
    counts = {name: f"{count:,}" for name, count in data.counts().items()}
    frame = FRAME // config.steps
    card = CARD.format(
        height=final.config.height,
        parameters=f"{parameters:,}",
        frame=frame,
        steps=run.step,
        cer=cer,
        **counts,
    )
    run.publish("glance", final.state_dict(), facts(final, cer=round(cer, 4)), card)
    return cer
