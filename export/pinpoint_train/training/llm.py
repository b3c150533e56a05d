"""Teach the small language model to answer from evidence: `pinpoint-distill llm`.

SmolLM2 is frozen; a LoRA and the refiner's visual projector are trained together on packed
contexts (see packs.py, evidence.py) with cross-entropy on the answer tokens alone. By default the
adapted weights lie on the int4 grid while they are trained (on_grid.py). A teacher, the adapter of
an earlier run in float, can add what it thinks of every token (KL divergence, Hinton et al. 2015).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from torch import nn

from pinpoint_edge.errors import DataError, OptionError
from pinpoint_edge.generation.tokenizer import Tokenizer
from pinpoint_models.decoder.gguf import load_smollm2
from pinpoint_models.decoder.grid import BLOCK
from pinpoint_models.decoder.model import Decoder
from pinpoint_train.corpus.aligned import AlignedEvidence
from pinpoint_train.corpus.packing import draw_pack, load_records, page_weights
from pinpoint_train.training.run import Run, training_device
from pinpoint_train.training.run_options import run_options
from pinpoint_train.training.student import SCALE, Student, TrainedParts, evaluate, trained_state

PACKS_A_STEP = 6


@click.command(
    "llm", epilog="Example: pinpoint-distill llm --corpus cache --out runs/llm --minutes 45"
)
@click.option(
    "--corpus",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of `pinpoint-distill prepare`.",
)
@click.option("--set", "names", multiple=True, help="Only these sets of the corpus. Repeatable.")
@click.option("--llm", "source", help="GGUF file or Hugging Face folder of the base model.")
@click.option(
    "--start",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Start from these trained weights; with --onto, from this addendum.",
)
@click.option(
    "--onto",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Leave these trained weights as they are and train an addendum to them, of attention "
    "alone and a twentieth as large.",
)
@click.option(
    "--rank",
    type=click.IntRange(1, 256),
    help="Rank of the adapter: 24, or that of --start, which is cut where it is higher; of an "
    "addendum 2.",
)
@click.option(
    "--aligner",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of a trained aligner: half of the contexts become what it chooses.",
)
@click.option(
    "--features",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of `pinpoint-distill features`, for --aligner.",
)
@click.option(
    "--grid/--float",
    default=True,
    show_default=True,
    help="Train with the weights on the int4 grid, or as they come.",
)
@click.option(
    "--round-inputs/--exact-inputs",
    default=True,
    show_default=True,
    help="On the grid, round what enters a layer to 8 bits, as mobile runtimes do.",
)
@click.option(
    "--teacher",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Trained weights whose guesses, in float, are learned beside the answers.",
)
@click.option("--rate", type=float, default=8e-4, show_default=True, help="Peak learning rate.")
@run_options("runs/llm", minutes=45.0)
def main(
    corpus: Path,
    names: tuple[str, ...],
    source: str | None,
    start: Path | None,
    onto: Path | None,
    rank: int | None,
    aligner: Path | None,
    features: Path | None,
    grid: bool,
    round_inputs: bool,
    teacher: Path | None,
    rate: float,
    out: Path,
    steps: int | None,
    minutes: float | None,
    threads: int,
    seed: int,
    resume: bool,
) -> None:
    """Train the LoRA and the visual projector on evidence contexts."""
    run = Run(out, steps=steps, minutes=minutes, seed=seed, resume=resume, threads=threads)
    device = training_device()
    state, config, tokenizer_json = load_smollm2(source)
    tokenizer = Tokenizer(tokenizer_json.encode())
    half = bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()) or device.type == "cuda"
    student = Student(
        Decoder.from_state(config, state),
        half=half,
        grid=grid,
        round_inputs=round_inputs,
        start=start,
        rank=rank,
        onto=onto,
    )
    student.to(device)
    tutor = None
    if teacher is not None:
        tutor = Student(Decoder.from_state(config, state), half=half, grid=False, start=teacher)
        tutor.to(device).requires_grad_(False)
    del state
    train = load_records(corpus, names, dev=False)
    held_out = load_records(corpus, names, dev=True)
    run.log(
        "data",
        pages=len(train),
        dev_pages=len(held_out),
        questions=sum(len(r.questions) for r in train),
        dropped=sum(r.dropped for r in train),
    )
    for side, records in (("train on", train), ("keep for dev", held_out)):
        if not any(record.questions for record in records):
            raise DataError(
                f"{corpus} has no question to {side}: prepare more pages, or choose the dev pages "
                "of a small set with `pinpoint-distill split`."
            )
    weights = page_weights(train)
    if (aligner is None) != (features is None):
        raise OptionError("--aligner and --features go together: give both or none.")
    aligned = AlignedEvidence(aligner, features) if aligner and features else None
    random = np.random.default_rng(seed)
    dev = [draw_pack(held_out, page_weights(held_out), tokenizer, random) for _ in range(24)]
    groups: list[dict[str, Any]] = [{"params": list(student.adapters), "scale": 1.0}]
    if onto is None:
        groups.append({"params": list(student.projector.parameters()), "scale": 1.5})
    trained = [parameter for group in groups for parameter in group["params"]]
    optimizer = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), weight_decay=0.01)
    run.track(parts=TrainedParts(student), optimizer=optimizer)
    student.refresh()
    run.log("start", **evaluate(student, dev))
    run.restart_clock()
    before, seen, losses, rights = run.elapsed, 0, [0.0, 0.0], 0
    for step in run:
        run.set_rate(optimizer, rate)
        drawn = run.generator(step)
        batch = [draw_pack(train, weights, tokenizer, drawn, aligned) for _ in range(PACKS_A_STEP)]
        count = sum(int((pack.targets >= 0).sum()) for pack, _ in batch)
        for pack, record in batch:
            loss, tokens, right = student.loss(pack, record, tutor)
            (loss / count).backward()  # type: ignore[no-untyped-call]
            seen += len(pack.ids)
            losses = [losses[0] + float(loss.detach()), losses[1] + tokens]
            rights += right
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        student.refresh()
        if step % 20 == 19:
            run.log(
                "train",
                loss=losses[0] / losses[1],
                accuracy=rights / losses[1],
                tokens_a_second=seen / (run.elapsed - before),
            )
            losses, rights = [0.0, 0.0], 0
        if step % 100 == 99:
            run.log("eval", **evaluate(student, dev))
    facts: dict[str, Any] = {"rank": student.rank, "alpha": SCALE * student.rank}
    facts |= {"grid": grid, "round_inputs": grid and round_inputs, **evaluate(student, dev)}
    name = "addendum" if onto else "llm"
    run.publish(name, trained_state(student), facts, card(facts, run, start, onto))


GRID_NOTE = f"""Trained with the merged weights on the int4 grid (blocks of {BLOCK} weights of a
row, a scale in float16, integers from -7 to 7; straight-through gradients), where loading puts them
again: int4 keeps them as they are, and float32 is the same model."""
ADAPTER = """# Language model adapter and visual projector

LoRA of rank {rank} on every linear layer of SmolLM2-135M-Instruct (Apache-2.0), and the
projector that makes one visual token a region. Trained on answer tokens of packed evidence
contexts."""
ADDENDUM = """# Addendum to the language model adapter

LoRA of rank {rank} on the attention layers of SmolLM2-135M-Instruct (Apache-2.0), which is added to
weights that already hold the adapter; those and the projector stayed as they were. Trained on
answer tokens of packed evidence contexts."""
ROUND_NOTE = """What enters a layer was rounded to 8 bits a row, as XNNPACK and LiteRT do it."""


def card(facts: dict[str, Any], run: Run, start: Path | None, onto: Path | None) -> str:
    """The model card of a run that began with the weights of `start` or is added `onto` others."""
    minutes = f"{run.elapsed / 60:.0f}"
    began = " from the weights of an earlier run" if start else ""
    notes = [GRID_NOTE] if facts["grid"] else []
    notes += [ROUND_NOTE] if facts["round_inputs"] else []
    note = "".join(f"{one}\n\n" for one in notes)
    return f"""{(ADDENDUM if onto else ADAPTER).format(rank=facts["rank"])}

{note}- command: `pinpoint-distill llm{" --onto" if onto else ""}`, seed {run.seed},
  {run.step} steps of {PACKS_A_STEP} packs in {minutes} minutes{began}
- held-out: loss {facts["dev_loss"]:.3f}, token accuracy {facts["dev_accuracy"]:.3f}
- data: synthetic pages of our generator, IRS forms with made-up values (US Government work),
  SROIE training documents (CC BY 4.0), FCC filings (public, labels MIT: DeepForm)
- the log of the run stands beside this file
"""
