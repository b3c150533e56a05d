"""`pinpoint-train llm`: fine-tune the language model and the visual projector."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pinpoint_edge.errors import OptionError
from pinpoint_train.commands.options import FILE, FOLDER, corpus_option, run_options, sets_option

if TYPE_CHECKING:
    from pinpoint_train.training.run import TrainingRun


@click.command(
    "llm",
    epilog="Example: pinpoint-train llm --corpus cache --out runs/llm --minutes 45",
)
@corpus_option
@sets_option
@click.option("--llm", "source", help="GGUF file or Hugging Face folder of the base model.")
@click.option("--start", type=FILE, help="Start from these trained weights.")
@click.option(
    "--rank", type=click.IntRange(1, 256),
    help="Rank of the adapter: 24, or that of --start, which is cut where it is higher.",
)  # fmt: skip
@click.option(
    "--aligner", type=FOLDER,
    help="Folder of a trained aligner: half of the contexts become the evidence it chooses.",
)  # fmt: skip
@click.option(
    "--features", type=FOLDER, help="Folder of `pinpoint-train glance-features`, for --aligner."
)
@click.option(
    "--grid/--float", default=True, show_default=True,
    help="Train with the weights on the int4 grid, or in floating point.",
)  # fmt: skip
@click.option(
    "--round-inputs/--exact-inputs", default=True, show_default=True,
    help="On the grid, round the inputs of each layer to 8 bits, as mobile runtimes do.",
)  # fmt: skip
@click.option("--rate", type=float, default=8e-4, show_default=True, help="Peak learning rate.")
@run_options("runs/llm", minutes=45.0)
def command(
    run: TrainingRun,
    corpus: Path,
    names: tuple[str, ...],
    source: str | None,
    start: Path | None,
    rank: int | None,
    aligner: Path | None,
    features: Path | None,
    grid: bool,
    round_inputs: bool,
    rate: float,
) -> None:
    """Train the LoRA and the visual projector on evidence contexts."""
    from pinpoint_train.corpus.aligner_evidence import AlignerEvidence
    from pinpoint_train.training.llm import computes_half, load_contexts, publish, train
    from pinpoint_train.training.student import Student, base_model

    if (aligner is None) != (features is None):
        raise OptionError("--aligner and --features go together: give both or none.")
    decoder, tokenizer = base_model(source)
    evidence = AlignerEvidence(aligner, features) if aligner and features else None
    contexts = load_contexts(run, corpus, names, tokenizer, evidence)
    student = Student(
        decoder,
        half=computes_half(),
        grid=grid,
        round_inputs=round_inputs,
        start=start,
        rank=rank,
        features=contexts.pages[0].pooled.shape[1] // 2,  # their mean and their maximum
    )
    facts = train(run, student, contexts, rate)
    publish(run, student, facts | {"round_inputs": grid and round_inputs}, start)
