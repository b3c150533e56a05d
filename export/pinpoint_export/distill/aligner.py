"""`pinpoint-distill aligner`: train the aligner on pages whose questions mark every support region.

The loss is that of stage 1 of PinPoint (arXiv 2603.22815), on layout regions: inter-candidate
relevance (a softmax over the regions and the null region, spread over all support regions), an
inter-image contrastive loss, an intra-image contrastive loss and a box loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from pinpoint_edge.errors import OptionError
from pinpoint_edge.models.aligner import Aligner, AlignerConfig, Scores, facts
from pinpoint_export.distill.align_eval import Measured, measure
from pinpoint_export.distill.examples import Example, ExampleSource
from pinpoint_export.distill.features import PageFeatures, read_pages
from pinpoint_export.distill.run import MovingAverage, Prefetch, Run, training_device
from pinpoint_export.distill.run_options import run_options

BATCH_REGIONS = 3072  # regions of a batch, padding included
TEMPERATURE = 0.1  # of the contrastive losses
EVALUATIONS = 6  # during a run
QUICK_QUESTIONS = 400
PEAK_RATE = 1.2e-3

CARD = """# Aligner

Ranks the regions of a page by their relevance to an instruction: {parameters} parameters, of which
{table} are its trigram table. Method: guidance queries and cosine similarity in a common space
(PinPoint stage 1, arXiv 2603.22815) over layout regions.

- Trained by `pinpoint-distill aligner` for {steps} steps on {questions} questions about {pages}
  pages ({kinds}).
- On {dev} held-out questions, by share of the page's tokens:

{table_of_results}

- The lexical score is the literal matcher on the same rough readings. English only; instructions
  beyond 64 trigrams keep their content words only.
"""


@dataclass(frozen=True)
class LossWeights:
    """What the parts of the loss count beside the relevance; 0 switches one off."""

    inter: float = 1.0
    intra: float = 0.5
    box: float = 0.2


@dataclass(frozen=True)
class Batch:
    """Inputs of `Aligner.score` with their targets.

    support and answer: bool (B,N); a question without support is unanswerable. alike: bool (B,B),
    True where two questions have the same words, so that neither is a negative of the other.
    """

    inputs: tuple[Tensor, ...]
    support: Tensor
    answer: Tensor
    alike: Tensor

    def to(self, device: torch.device) -> Batch:
        """Give the same batch on another device."""
        return Batch(
            tuple(x.to(device) for x in self.inputs),
            self.support.to(device),
            self.answer.to(device),
            self.alike.to(device),
        )


def collate(examples: list[Example]) -> Batch:
    """Pad examples to a common number of regions, a multiple of 8."""
    size = -(-max(len(e.mask) for e in examples) // 8) * 8

    def padded(name: str) -> Tensor:
        rows = [getattr(e, name) for e in examples]
        whole = np.zeros((len(rows), size, *rows[0].shape[1:]), rows[0].dtype)
        for target, row in zip(whole, rows, strict=True):
            target[: len(row)] = row
        return torch.from_numpy(whole)

    names = ("features", "trigrams", "match", "geometry", "mask")
    instructions = torch.from_numpy(np.stack([e.instruction for e in examples]))
    words = [e.question.casefold() for e in examples]
    alike = torch.tensor([[a == b for b in words] for a in words])
    inputs = (*(padded(name) for name in names), instructions)
    return Batch(inputs, padded("support"), padded("answer"), alike)


class Sampler:
    """Draws batches of questions whose pages have about as many regions."""

    def __init__(self, source: ExampleSource) -> None:
        self.source = source
        sizes = np.array([source.regions(i) for i in range(len(source))])
        self.order: NDArray[np.int64] = np.argsort(sizes, kind="stable")
        self.sizes = sizes[self.order]

    def draw(self, random: np.random.Generator) -> Batch:
        """Draw one batch around a random size, augmented."""
        count = len(self.order)
        centre = int(random.integers(count))
        size = int(np.clip(BATCH_REGIONS // max(int(self.sizes[centre]), 1), 12, 48))
        size = min(size, count)
        low = int(np.clip(centre - 4 * size, 0, count - size))
        high = min(low + 8 * size, count)
        chosen = random.choice(self.order[low:high], size, replace=False)
        return collate([self.source.example(int(i), random) for i in chosen])


def losses_of(scores: Scores, batch: Batch) -> dict[str, Tensor]:
    """The parts of the loss: relevance, inter, intra and box, each a scalar.

    Without an answerable question in the batch, all but the relevance are zero.
    """
    mask = batch.inputs[4] > 0
    geometry = batch.inputs[3]
    support = batch.support.float()
    answerable = support.sum(1) > 0
    target = torch.cat([support, (~answerable).float()[:, None]], dim=1)
    target = target / target.sum(1, keepdim=True)
    chances = scores.relevance.log_softmax(1)
    parts = {"relevance": -(target * chances).sum(1).mean()}
    rows = answerable.nonzero()[:, 0]
    if not len(rows):
        zero = chances.new_zeros(())
        return {**parts, "inter": zero, "intra": zero, "box": zero}
    support, guidance = support[rows], scores.guidance[rows]
    mean = (support[:, :, None] * scores.regions[rows]).sum(1) / support.sum(1, keepdim=True)
    across = guidance @ F.normalize(mean, dim=1).T / TEMPERATURE
    same = batch.alike[rows][:, rows] & ~torch.eye(len(rows), dtype=torch.bool, device=rows.device)
    across = across.masked_fill(same, -1e4)
    own = torch.arange(len(rows), device=rows.device)
    parts["inter"] = (F.cross_entropy(across, own) + F.cross_entropy(across.T, own)) / 2
    within = (scores.regions[rows] @ guidance[:, :, None]).squeeze(2) / TEMPERATURE
    others = within.masked_fill((support > 0) | ~mask[rows], -1e4).logsumexp(1, keepdim=True)
    each = F.softplus(others - within) * support
    parts["intra"] = (each.sum(1) / support.sum(1)).mean()
    parts["box"] = _box_loss(scores.relevance[rows], geometry[rows], batch.answer[rows])
    return parts


def _box_loss(relevance: Tensor, geometry: Tensor, answer: Tensor) -> Tensor:
    """Smooth L1 between the mean box, weighted by relevance, and the union of the answer boxes."""
    centre, half = geometry[:, :, :2], geometry[:, :, 2:] / 2
    low, high = centre - half, centre + half
    shares = relevance[:, :-1].softmax(1)[:, :, None]
    there = answer[:, :, None]
    union_low = low.masked_fill(~there, 1e4).amin(1)
    union_high = high.masked_fill(~there, -1e4).amax(1)
    kept = answer.any(1)
    predicted = torch.cat([(shares * low).sum(1), (shares * high).sum(1)], dim=1)[kept]
    wanted = torch.cat([union_low, union_high], dim=1)[kept]
    if not len(wanted):
        return relevance.new_zeros(())
    return F.smooth_l1_loss(predicted, wanted, beta=0.05)


def train(
    run: Run,
    config: AlignerConfig,
    pages: list[PageFeatures],
    dev: list[PageFeatures],
    weights: LossWeights,
    coverage: float,
) -> Measured:
    """Train and publish; returns what the final aligner reaches on the dev pages."""
    device = training_device()
    model = Aligner(config).to(device)
    ema = MovingAverage(model)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}],
        betas=(0.9, 0.98),
    )
    run.track(model=model, ema=ema, optimizer=optimizer)
    averaged: Aligner = ema.module  # type: ignore[assignment]
    source = ExampleSource(pages)
    batches = Prefetch(run, Sampler(source).draw)
    told, measured, seen = run.elapsed, run.progress, 0
    sums: dict[str, float] = {}
    try:
        for step in run:
            rate = run.set_rate(optimizer, PEAK_RATE)
            batch = batches.take().to(device)
            parts = losses_of(model.score(*batch.inputs), batch)
            loss = (
                parts["relevance"]
                + weights.inter * parts["inter"]
                + weights.intra * parts["intra"]
                + weights.box * parts["box"]
            )
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            ema.update(model)
            seen += 1
            sums = {name: sums.get(name, 0.0) + part.item() for name, part in parts.items()}
            if run.elapsed - told > 10:
                means = {name: value / seen for name, value in sums.items()}
                run.log("train", **means, rate=rate, per_second=seen / (run.elapsed - told))
                told, seen, sums = run.elapsed, 0, {}
            if run.progress - measured >= 1 / EVALUATIONS and step:
                run.log("eval", **measure(averaged, dev, coverage, QUICK_QUESTIONS).summary())
                measured, told = run.progress, run.elapsed
    finally:
        batches.close()
    result = measure(averaged, dev, coverage)
    run.log("eval", **result.summary())
    kinds = sorted({page.kind for page in pages})
    card = CARD.format(
        parameters=f"{sum(p.numel() for p in averaged.parameters()):,}",
        table=f"{averaged.trigrams.weight.numel():,}",
        steps=run.step,
        questions=f"{len(source):,}",
        pages=f"{len(pages):,}",
        kinds=", ".join(kinds),
        dev=f"{result.count:,}",
        table_of_results=result.table(),
    )
    run.publish("aligner", averaged.state_dict(), facts(averaged, **result.summary()), card)
    return result


@click.command(
    "aligner", epilog="Example: pinpoint-distill aligner --pages cache --dev dev --minutes 20"
)
@click.option(
    "--pages",
    multiple=True,
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Page cache, or a folder of them. Repeatable.",
)
@click.option(
    "--dev",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Page cache to measure on; without one, every 20th page is kept back.",
)
@click.option("--inter", type=float, default=LossWeights.inter, show_default=True)
@click.option("--intra", type=float, default=LossWeights.intra, show_default=True)
@click.option("--box", type=float, default=LossWeights.box, show_default=True)
@click.option("--region-blocks", type=click.IntRange(1, 8), default=3, show_default=True)
@click.option("--dropout", type=float, default=0.1, show_default=True)
@click.option("--coverage", type=float, default=0.6, show_default=True, help="r, to measure with.")
@run_options("runs/aligner")
def main(
    pages: tuple[Path, ...],
    dev: tuple[Path, ...],
    out: Path,
    steps: int | None,
    minutes: float | None,
    inter: float,
    intra: float,
    box: float,
    region_blocks: int,
    dropout: float,
    coverage: float,
    threads: int,
    seed: int,
    resume: bool,
) -> None:
    """Train the aligner on multi-box annotations."""
    run = Run(out, steps=steps, minutes=minutes, seed=seed, resume=resume, threads=threads)
    train_pages = [page for folder in pages for page in read_pages(folder)]
    dev_pages = [page for folder in dev for page in read_pages(folder)]
    if not dev:
        dev_pages = train_pages[::20]
        train_pages = [page for i, page in enumerate(train_pages) if i % 20]
    if not any(page.questions for page in train_pages):
        raise OptionError("No question to train on: give page caches with questions in --pages.")
    run.log("begin", pages=len(train_pages), dev=len(dev_pages))
    run.restart_clock()
    config = AlignerConfig(region_blocks=region_blocks, dropout=dropout)
    train(run, config, train_pages, dev_pages, LossWeights(inter, intra, box), coverage)
