"""Does a float adapter teach the one on the int4 grid more than the answers do? See README.md.

Beside the answers, the student learns the teacher's distribution of every answer token
(Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015).
"""

from __future__ import annotations

from pathlib import Path

import click
import torch
import torch.nn.functional as F
from torch import Tensor

from comparing import run_script
from pinpoint_train.commands.options import FILE, FOLDER, corpus_option, run_options, sets_option
from pinpoint_train.corpus.aligner_evidence import AlignerEvidence
from pinpoint_train.corpus.contexts import TrainingContext
from pinpoint_train.corpus.page import CorpusPage
from pinpoint_train.training.llm import computes_half, load_contexts, publish, train
from pinpoint_train.training.run import TrainingRun, training_device
from pinpoint_train.training.student import Student, base_model

TEACHER_WEIGHT = 0.5


class TaughtStudent(Student):
    """A student that also learns from the distributions of `teacher`, where there is one."""

    teacher: list[Student]

    def loss(self, context: TrainingContext, page: CorpusPage) -> tuple[Tensor, int, int]:
        """Cross-entropy and, while gradients are computed, divergence from the teacher."""
        if not torch.is_grad_enabled():
            return super().loss(context, page)
        logits, targets = self.predict(context, page)
        with torch.no_grad():
            wanted = self.teacher[0].predict(context, page)[0].log_softmax(-1)
        own = F.cross_entropy(logits, targets, reduction="sum")
        apart = F.kl_div(logits.log_softmax(-1), wanted, reduction="sum", log_target=True)
        right = int((logits.argmax(-1) == targets).sum())
        return (1 - TEACHER_WEIGHT) * own + TEACHER_WEIGHT * apart, len(targets), right


@click.command()
@corpus_option
@sets_option
@click.option("--llm", "source", help="GGUF file or Hugging Face folder of the base model.")
@click.option("--start", type=FILE, help="Start from these trained weights.")
@click.option("--teacher", required=True, type=FILE, help="Trained weights, used in float.")
@click.option("--aligner", type=FOLDER, help="Folder of a trained aligner.")
@click.option("--features", type=FOLDER, help="Folder of `glance-features`, for --aligner.")
@click.option("--rate", type=float, default=6e-4, show_default=True, help="Peak learning rate.")
@run_options("runs/taught", minutes=45.0)
def main(
    run: TrainingRun,
    corpus: Path,
    names: tuple[str, ...],
    source: str | None,
    start: Path | None,
    teacher: Path,
    aligner: Path | None,
    features: Path | None,
    rate: float,
) -> None:
    """Train an adapter on the int4 grid that learns from another one in float."""
    decoder, tokenizer = base_model(source)
    student = TaughtStudent(decoder, half=computes_half(), grid=True, start=start)
    tutor = Student(base_model(source)[0], half=computes_half(), grid=False, start=teacher)
    # In a list, so that the teacher is no part of the student's own modules.
    student.teacher = [tutor.requires_grad_(False).to(training_device())]
    evidence = AlignerEvidence(aligner, features) if aligner and features else None
    contexts = load_contexts(run, corpus, names, tokenizer, evidence)
    facts = train(run, student, contexts, rate)
    publish(run, student, facts | {"round_inputs": False}, start)


if __name__ == "__main__":
    run_script(main)
