"""Train the aligner on pages whose questions name every support region.

It starts from nothing, or goes on from a trained one on other pages.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from torch import Tensor

from pinpoint_edge.errors import OptionError
from pinpoint_models.aligner import Aligner, AlignerConfig, facts, load_aligner
from pinpoint_train.corpus.aligner_examples import ExampleSource
from pinpoint_train.corpus.page_features import PageFeatures
from pinpoint_train.measuring.aligner_recall import Recalls, measure
from pinpoint_train.training.aligner_losses import (
    LOSS_WEIGHTS,
    AlignerBatch,
    collate,
    losses_of,
)
from pinpoint_train.training.batches import SizeSampler
from pinpoint_train.training.fitting import adam, fit, moving_average
from pinpoint_train.training.run import TrainingRun, training_device

BATCH_REGIONS = 3072  # regions of a batch, padding included
EVALUATIONS = 6  # during a run
QUICK_QUESTIONS = 400

CARD = """# Aligner

Ranks the regions of a page by their relevance to a question: {parameters} parameters, of which
{table} are its trigram table. Method: guidance queries and cosine similarity in a common space
(PinPoint stage 1, arXiv 2603.22815) over layout regions.

- Trained by `pinpoint-train aligner`{start} for {steps} steps on {questions} questions about
  {pages} pages ({kinds}).
- On {dev} held-out questions, by share of the page's tokens:

{table_of_results}

- The lexical score is the literal matcher on the same rough transcriptions. English only; questions
  beyond 64 trigrams keep their content words only.
"""


class AlignerBatches:
    """Draws batches of questions whose pages have about as many regions."""

    def __init__(self, source: ExampleSource) -> None:
        self.source = source
        sizes = np.array([source.regions(i) for i in range(len(source))])
        self.order = np.argsort(sizes, kind="stable")
        self.sizes = SizeSampler(
            sizes[self.order].tolist(), BATCH_REGIONS, fewest=12, most=48, reach=4
        )

    def draw(self, random: np.random.Generator) -> AlignerBatch:
        """Draw one batch around a random size, augmented."""
        chosen = self.order[self.sizes.draw(random)]
        return collate([self.source.example(int(i), random) for i in chosen])


def first_model(start: Path | None, region_blocks: int | None, dropout: float) -> Aligner:
    """The aligner to train: a new one, or the trained one of the folder `start`.

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
    run: TrainingRun,
    model: Aligner,
    pages: Sequence[PageFeatures],
    dev: Sequence[PageFeatures],
    losses: Collection[str],
    coverage: float,
    peak_rate: float,
    start: Path | None = None,
) -> Recalls:
    """Train and publish; returns the recalls of the final aligner on the dev pages.

    losses: those of the paper to train with beside the relevance; start: the folder of the model
    that it goes on from, for its card.
    """
    device = training_device()
    model = model.to(device)
    average, final = moving_average(model)
    source = ExampleSource(list(pages), model.config)

    def losses_on(batch: AlignerBatch) -> dict[str, Tensor]:
        batch = batch.to(device)
        return losses_of(model.score(*batch.inputs), batch, losses)

    fit(
        run,
        model,
        average,
        adam(model, peak_rate, weight_decay=0.05, betas=(0.9, 0.98)),
        AlignerBatches(source),
        losses_on,
        weights=LOSS_WEIGHTS,
        clip=1.0,
        evaluate=lambda: measure(final, dev, coverage, QUICK_QUESTIONS).summary(),
        evaluations=EVALUATIONS,
    )
    result = measure(final, dev, coverage)
    run.log("eval", **result.summary())
    card = CARD.format(
        parameters=f"{sum(p.numel() for p in final.parameters()):,}",
        table=f"{final.trigrams.weight.numel():,}",
        start="" if start is None else " from a trained one",
        steps=run.step,
        questions=f"{len(source):,}",
        pages=f"{len(pages):,}",
        kinds=", ".join(sorted({page.kind for page in pages})),
        dev=f"{result.count:,}",
        table_of_results=result.table(),
    )
    # Half floats take half the room; of 84 questions, no relevance moved by more than .0013.
    stored = {name: tensor.half() for name, tensor in final.state_dict().items()}
    run.publish("aligner", stored, facts(final, **result.summary()), card)
    return result
