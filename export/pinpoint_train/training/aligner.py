"""`pinpoint-distill aligner`: train the aligner on pages whose questions mark every support region.

It starts from nothing, or goes on from a trained one on other pages.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import torch
from numpy.typing import NDArray

from pinpoint_edge.errors import OptionError
from pinpoint_models.aligner import Aligner, AlignerConfig, facts, load_aligner
from pinpoint_train.corpus.examples import ExampleSource
from pinpoint_train.corpus.features import PageFeatures, read_pages
from pinpoint_train.measuring.align_eval import Measured, measure
from pinpoint_train.training.aligner_losses import Batch, LossWeights, collate, losses_of
from pinpoint_train.training.run import MovingAverage, Prefetch, Run, training_device
from pinpoint_train.training.run_options import run_options

BATCH_REGIONS = 3072  # regions of a batch, padding included
EVALUATIONS = 6  # during a run
PEAK_RATE = 1.2e-3  # of one that starts from nothing
QUICK_QUESTIONS = 400

CARD = """# Aligner

Ranks the regions of a page by their relevance to an instruction: {parameters} parameters, of which
{table} are its trigram table. Method: guidance queries and cosine similarity in a common space
(PinPoint stage 1, arXiv 2603.22815) over layout regions.

- Trained by `pinpoint-distill aligner`{start} for {steps} steps on {questions} questions about
  {pages} pages ({kinds}).
- On {dev} held-out questions, by share of the page's tokens:

{table_of_results}

- The lexical score is the literal matcher on the same rough readings. English only; instructions
  beyond 64 trigrams keep their content words only.
"""


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


def first_model(start: Path | None, region_blocks: int | None, dropout: float) -> Aligner:
    """Give the aligner to train: a new one, or the trained one of the folder `start`.

    Raises BundleError without an aligner in `start`, OptionError where it has other region blocks.
    """
    if start is None:
        return Aligner(AlignerConfig(region_blocks=region_blocks or 3, dropout=dropout))
    trained = load_aligner(start)
    blocks = trained.config.region_blocks
    if region_blocks not in (None, blocks):
        raise OptionError(
            f"The aligner in {start} has {blocks} region blocks, not {region_blocks}: "
            "leave --region-blocks out, or train from nothing without --start."
        )
    model = Aligner(replace(trained.config, dropout=dropout))
    model.load_state_dict(trained.state_dict())
    return model


def train(
    run: Run,
    model: Aligner,
    pages: list[PageFeatures],
    dev: list[PageFeatures],
    weights: LossWeights,
    coverage: float,
    peak_rate: float,
    start: Path | None = None,
) -> Measured:
    """Train and publish; returns what the final aligner reaches on the dev pages.

    start: where the model comes from, for its card.
    """
    device = training_device()
    model = model.to(device)
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
            rate = run.set_rate(optimizer, peak_rate)
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
        start="" if start is None else " from a trained one",
        steps=run.step,
        questions=f"{len(source):,}",
        pages=f"{len(pages):,}",
        kinds=", ".join(kinds),
        dev=f"{result.count:,}",
        table_of_results=result.table(),
    )
    # Half floats take half the room; of 84 questions, no relevance moved by more than .0013.
    stored = {name: tensor.half() for name, tensor in averaged.state_dict().items()}
    run.publish("aligner", stored, facts(averaged, **result.summary()), card)
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
@click.option(
    "--start",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Go on from the trained aligner of this folder, at a third of the rate or so.",
)
@click.option(
    "--rate", type=float, default=PEAK_RATE, show_default=True, help="Peak learning rate."
)
@click.option(
    "--region-blocks", type=click.IntRange(1, 8), help="[default: 3, or those of --start]"
)
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
    start: Path | None,
    rate: float,
    region_blocks: int | None,
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
    model = first_model(start, region_blocks, dropout)
    weights = LossWeights(inter, intra, box)
    train(run, model, train_pages, dev_pages, weights, coverage, rate, start)
