"""Teach the small language model to answer from evidence.

SmolLM2 is frozen; a LoRA and the refiner's visual projector are trained together on contexts with
several questions each (corpus/contexts.py), with cross-entropy on the answer tokens alone. By
default the adapted weights lie on the int4 grid while they are trained (quantization_aware.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from pinpoint_edge.errors import DataError
from pinpoint_edge.generation.tokenizer import Tokenizer
from pinpoint_models.decoder.grid import BLOCK
from pinpoint_train.corpus.aligner_evidence import AlignerEvidence
from pinpoint_train.corpus.context_sampling import (
    Drawn,
    draw_context,
    load_records,
    page_weights,
)
from pinpoint_train.corpus.page import CorpusPage
from pinpoint_train.training.run import TrainingRun, training_device
from pinpoint_train.training.student import SCALE, Student, TrainedParts, evaluate, trained_state

CONTEXTS_A_STEP = 6
DEV_CONTEXTS = 24


@dataclass(frozen=True)
class ContextSource:
    """Contexts to train on, drawn anew each time, and fixed held-out ones."""

    pages: list[CorpusPage]
    weights: NDArray[np.float64]
    tokenizer: Tokenizer
    evidence: AlignerEvidence | None
    dev: list[Drawn]

    def draw(self, random: np.random.Generator) -> list[Drawn]:
        """Draw the contexts of one step."""
        return [
            draw_context(self.pages, self.weights, self.tokenizer, random, self.evidence)
            for _ in range(CONTEXTS_A_STEP)
        ]


def load_contexts(
    run: TrainingRun,
    corpus: Path,
    names: tuple[str, ...],
    tokenizer: Tokenizer,
    evidence: AlignerEvidence | None = None,
) -> ContextSource:
    """Read the corpus; raises DataError where a side of it has no question."""
    pages = load_records(corpus, names, dev=False)
    held_out = load_records(corpus, names, dev=True)
    run.log(
        "data",
        pages=len(pages),
        dev_pages=len(held_out),
        questions=sum(len(page.questions) for page in pages),
        dropped=sum(page.dropped for page in pages),
    )
    for side, some in (("train on", pages), ("keep for dev", held_out)):
        if not any(page.questions for page in some):
            raise DataError(
                f"{corpus} has no question to {side}: prepare more pages, or choose the dev pages "
                "of a small set with `pinpoint-train split`."
            )
    random, weights = np.random.default_rng(run.seed), page_weights(held_out)
    dev = [draw_context(held_out, weights, tokenizer, random) for _ in range(DEV_CONTEXTS)]
    return ContextSource(pages, page_weights(pages), tokenizer, evidence, dev)


def computes_half() -> bool:
    """Whether this machine multiplies in bfloat16."""
    return training_device().type == "cuda" or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def train(
    run: TrainingRun, student: Student, contexts: ContextSource, rate: float
) -> dict[str, Any]:
    """Train until the run's budget is used; returns facts about the outcome."""
    student.to(training_device())
    groups = student.groups(rate)
    trained = [parameter for group in groups for parameter in group["params"]]
    optimizer = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), weight_decay=0.01)
    scheduler = run.scheduler(optimizer)
    run.track(parts=TrainedParts(student), optimizer=optimizer, scheduler=scheduler)
    student.refresh()
    run.log("start", **evaluate(student, contexts.dev))
    run.restart_clock()
    before, seen, total, answered, right = run.elapsed, 0, 0.0, 0, 0
    for step in run:
        batch = contexts.draw(run.generator(step))
        count = sum(int((context.targets >= 0).sum()) for context, _ in batch)
        for context, page in batch:
            loss, tokens, hits = student.loss(context, page)
            (loss / count).backward()  # type: ignore[no-untyped-call]
            seen += len(context.ids)
            total, answered, right = total + float(loss.detach()), answered + tokens, right + hits
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad(set_to_none=True)
        student.refresh()
        if step % 20 == 19:
            run.log(
                "train",
                loss=total / answered,
                accuracy=right / answered,
                tokens_a_second=seen / (run.elapsed - before),
            )
            total, answered, right = 0.0, 0, 0
        if step % 100 == 99:
            run.log("eval", **evaluate(student, contexts.dev))
    facts: dict[str, Any] = {"rank": student.rank, "alpha": SCALE * student.rank}
    return facts | {"grid": bool(student.on_grid), **evaluate(student, contexts.dev)}


def publish(run: TrainingRun, student: Student, facts: dict[str, Any], start: Path | None) -> None:
    """Write weights, facts and card of a run that began with the weights of `start`."""
    run.publish("llm", trained_state(student), facts, card(facts, run, start))


GRID_NOTE = f"""Trained with the merged weights on the int4 grid (blocks of {BLOCK} weights of a
row, a scale in float16, integers from -7 to 7; straight-through gradients), where loading puts them
again: int4 keeps them as they are, and float32 is the same model."""
ROUND_NOTE = """The inputs of each layer were rounded to 8 bits a row, as XNNPACK and LiteRT do."""


def card(facts: dict[str, Any], run: TrainingRun, start: Path | None) -> str:
    """The model card of a run that began with the weights of `start`."""
    minutes = f"{run.elapsed / 60:.0f}"
    began = " from the weights of an earlier run" if start else ""
    notes = [GRID_NOTE] if facts["grid"] else []
    notes += [ROUND_NOTE] if facts["round_inputs"] else []
    note = "".join(f"{one}\n\n" for one in notes)
    return f"""# Language model adapter and visual projector

LoRA of rank {facts["rank"]} on every linear layer of SmolLM2-135M-Instruct (Apache-2.0), and the
projector that makes one visual token a region. Trained on answer tokens of evidence contexts.

{note}- command: `pinpoint-train llm`, seed {run.seed},
  {run.step} steps of {CONTEXTS_A_STEP} contexts in {minutes} minutes{began}
- held-out: loss {facts["dev_loss"]:.3f}, token accuracy {facts["dev_accuracy"]:.3f}
- data: synthetic pages of our generator, IRS forms with made-up values (US Government work),
  SROIE training documents (CC BY 4.0), FCC filings (public, labels MIT: DeepForm)
- the log of the run is beside this file
"""
