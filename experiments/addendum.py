"""Can a small LoRA on top of the shipped adapter teach new answers? See README.md.

The adapter is merged into the decoder and stays, with the projector, as it is; a LoRA of the
attention layers alone, 0.3 MB, is trained on top of it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import click
import torch
from torch import Tensor, nn

from comparing import run_script
from pinpoint_models import reference
from pinpoint_models.decoder.lora import LoRALinear, merge_lora, to_int8
from pinpoint_train.commands.options import FILE, FOLDER, corpus_option, run_options, sets_option
from pinpoint_train.corpus.aligner_evidence import AlignerEvidence
from pinpoint_train.training.llm import computes_half, load_contexts, train
from pinpoint_train.training.run import TrainingRun
from pinpoint_train.training.student import SCALE, Student, base_model

RANK = 2
ATTENTION = ("attention.query", "attention.key", "attention.value", "attention.output")

CARD = """# Addendum to the language model adapter

LoRA of rank {rank} on the attention layers of SmolLM2-135M-Instruct (Apache-2.0), which is added to
weights that already hold the adapter. {steps} steps; held-out loss {dev_loss:.3f}, token accuracy
{dev_accuracy:.3f}.
"""


class AddendumStudent(Student):
    """A student whose `start` is merged and frozen below a new LoRA of the attention layers.

    On the grid, all other linear layers get a frozen branch without effect.
    """

    def add_lora(self, start: Path | None, rank: int | None) -> None:
        """Merge the adapter of `start` and wrap the attention layers in new branches."""
        assert start is not None
        reference.load_trained(self.decoder, self.projector, start)
        merge_lora(self.decoder)
        self.requires_grad_(False)
        rank = rank or RANK
        for name, linear in list(self.decoder.named_modules()):
            if isinstance(linear, nn.Linear):
                trained = name.endswith(ATTENTION)
                lora = LoRALinear(linear, rank if trained else 1, SCALE * rank)
                lora.requires_grad_(trained)
                linear.requires_grad_(False)
                self.decoder.set_submodule(name, lora)

    def groups(self, rate: float) -> list[dict[str, Any]]:
        """The branches alone."""
        return [{"params": list(self.adapters), "lr": rate}]


def addendum_state(student: AddendumStudent, base: Path) -> dict[str, Tensor]:
    """The trained branches in int8, and the digest of the weights that they belong to."""
    digest = hashlib.sha256(base.read_bytes()).digest()
    state = {"base": torch.tensor(list(digest), dtype=torch.uint8)}
    for name, module in student.decoder.named_modules():
        if isinstance(module, LoRALinear) and module.down.requires_grad:
            for part, branch in (("down", module.down), ("up", module.up)):
                integers, scales = to_int8(branch.detach().cpu())
                state[f"lora.{name}.{part}"], state[f"lora.{name}.{part}.scale"] = integers, scales
    return state


@click.command()
@corpus_option
@sets_option
@click.option("--llm", "source", help="GGUF file or Hugging Face folder of the base model.")
@click.option("--base", required=True, type=FILE, help="Trained weights that stay as they are.")
@click.option("--rank", type=click.IntRange(1, 256), default=RANK, show_default=True)
@click.option("--aligner", type=FOLDER, help="Folder of a trained aligner.")
@click.option("--features", type=FOLDER, help="Folder of `glance-features`, for --aligner.")
@click.option("--rate", type=float, default=1.5e-3, show_default=True, help="Peak learning rate.")
@run_options("runs/addendum", minutes=50.0)
def main(
    run: TrainingRun,
    corpus: Path,
    names: tuple[str, ...],
    source: str | None,
    base: Path,
    rank: int,
    aligner: Path | None,
    features: Path | None,
    rate: float,
) -> None:
    """Train an addendum of attention alone on top of trained weights."""
    decoder, tokenizer = base_model(source)
    student = AddendumStudent(
        decoder, half=computes_half(), grid=True, round_inputs=True, start=base, rank=rank
    )
    evidence = AlignerEvidence(aligner, features) if aligner and features else None
    contexts = load_contexts(run, corpus, names, tokenizer, evidence)
    facts = train(run, student, contexts, rate)
    card = CARD.format(steps=run.step, **facts)
    run.publish("addendum", addendum_state(student, base), facts, card)


if __name__ == "__main__":
    run_script(main)
