"""Teach the small language model to answer from evidence: `pinpoint-distill llm`.

SmolLM2 is frozen; a LoRA and the refiner's visual projector are trained together on packed
contexts (see evidence.py) with cross-entropy on the answer tokens alone. By default the adapted
weights lie on the int4 grid while they are trained (on_grid.py). A teacher, the adapter of an
earlier run in float, can add what it thinks of every token (KL divergence, Hinton et al. 2015).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from pinpoint_edge.errors import DataError, OptionError
from pinpoint_edge.models.decoder import Decoder
from pinpoint_edge.models.gguf import load_smollm2
from pinpoint_edge.models.grid import BLOCK
from pinpoint_edge.models.lora import LoRALinear, apply_lora, lora_state
from pinpoint_edge.models.refiner import VisualProjector
from pinpoint_edge.tokenizer import Tokenizer
from pinpoint_export import reference
from pinpoint_export.distill.aligned import AlignedEvidence
from pinpoint_export.distill.corpus import Question, ReadRecord, read_shard, shards
from pinpoint_export.distill.evidence import QUESTIONS_A_PACK, Pack, make_pack
from pinpoint_export.distill.on_grid import GridLinear, put_on_grid
from pinpoint_export.distill.questions import ask_differently, read_off_questions
from pinpoint_export.distill.run import Run, training_device
from pinpoint_export.distill.run_options import run_options
from pinpoint_export.distill.splits import is_dev

PACKS_A_STEP = 6
TEACHER_WEIGHT = 0.5
ALIGNED_SHARE = 0.5
RANK, ALPHA = 24, 48.0
# Real pages are few but true; forms are the widest kind and only generated ones may be trained on.
KIND_WEIGHTS = {"sroie": 2.0, "fcc_adbuy": 2.5, "synthetic-form": 2.5}


class HalfLinear(nn.Module):
    """A frozen linear layer computed in bfloat16: twice as fast on CPUs that have it."""

    def __init__(self, base: nn.Linear) -> None:
        super().__init__()
        self.weight = nn.Parameter(base.weight.detach().to(torch.bfloat16), requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x.to(torch.bfloat16), self.weight).float()


class Student(nn.Module):
    """What is trained: the LoRA inside the decoder, and the visual projector.

    half: multiply in bfloat16; grid: with weights on the int4 grid; round_inputs: and what enters
    them rounded to 8 bits; start: trained weights to go on from.
    """

    def __init__(
        self,
        decoder: Decoder,
        *,
        half: bool,
        grid: bool,
        round_inputs: bool = False,
        start: Path | None = None,
    ) -> None:
        super().__init__()
        self.decoder = decoder
        self.projector = VisualProjector(decoder.config.width)
        self.adapters = nn.ParameterList(apply_lora(decoder, RANK, ALPHA))
        if start is not None:
            reference.load_trained(decoder, self.projector, start)
        self.on_grid: list[GridLinear] = []
        if grid:
            kind = torch.bfloat16 if half else torch.float32
            self.on_grid = put_on_grid(decoder, kind, round_inputs)
        elif half:
            for module in list(decoder.modules()):
                if isinstance(module, LoRALinear):
                    module.base = HalfLinear(module.base)  # type: ignore[assignment]

    def refresh(self) -> None:
        """Put the weights on the grid anew, after a step or when others were loaded."""
        for layer in self.on_grid:
            layer.refresh()

    def guess(self, pack: Pack, record: ReadRecord) -> tuple[Tensor, Tensor]:
        """Logits f32 (T, vocabulary) where a pack's answers are learned, and the targets (T,)."""
        device = next(self.projector.parameters()).device
        pooled = torch.from_numpy(record.pooled[pack.regions].astype(np.float32)).to(device)
        geometry = torch.from_numpy(record.geometry[pack.regions]).to(device)
        visual = self.projector(pooled, geometry)
        if not len(visual):
            visual = torch.zeros(1, self.decoder.config.width, device=device)
        embedded = self.decoder.embed(torch.from_numpy(pack.ids[None]).to(device), visual)
        bias = torch.zeros(pack.visible().shape).masked_fill_(
            ~torch.from_numpy(pack.visible()), -3e4
        )
        positions = torch.from_numpy(pack.positions[None]).to(device)
        hidden = self.decoder.forward_train(embedded, bias[None, None].to(device), positions)[0]
        learned = torch.from_numpy(pack.targets >= 0).to(device)
        targets = torch.from_numpy(pack.targets).to(device)[learned]
        return self.decoder.logits(hidden[learned]), targets

    def loss(
        self, pack: Pack, record: ReadRecord, teacher: Student | None = None
    ) -> tuple[Tensor, int, int]:
        """Summed loss of a pack, its answer tokens, and how many were guessed right."""
        logits, targets = self.guess(pack, record)
        right = int((logits.argmax(-1) == targets).sum())
        loss = F.cross_entropy(logits, targets, reduction="sum")
        if teacher is not None:
            with torch.no_grad():
                told = teacher.guess(pack, record)[0].log_softmax(-1)
            apart = F.kl_div(logits.log_softmax(-1), told, reduction="sum", log_target=True)
            loss = (1 - TEACHER_WEIGHT) * loss + TEACHER_WEIGHT * apart
        return loss, len(targets), right


def trained_state(student: Student) -> dict[str, Tensor]:
    """What is shipped: LoRA branches in int8, projector in fp16, the grid they were trained on."""
    state = {f"lora.{k}": v for k, v in lora_state(student.decoder).items()}
    if student.on_grid:
        state["grid"] = torch.tensor([BLOCK], dtype=torch.int32)
    for name, tensor in student.projector.state_dict().items():
        state[f"projector.{name}"] = tensor.half()
    return state


class TrainedParts(nn.Module):
    """A view of the student for checkpoints: trainable tensors only, not half a gigabyte."""

    def __init__(self, student: Student) -> None:
        super().__init__()
        self.adapters = student.adapters
        self.projector = student.projector


def load_records(
    corpus: Path, names: tuple[str, ...], *, dev: bool, limit: int | None = None
) -> list[ReadRecord]:
    """Read the pages of one side of the split that have something to ask."""
    records = []
    for shard in shards(corpus, names or None):
        for record in read_shard(shard):
            record.crops = []
            if is_dev(record.id) == dev and record.texts:
                records.append(record)
                if limit and len(records) >= limit:
                    return records
    return records


def draw_pack(
    records: list[ReadRecord],
    weights: NDArray[np.float64],
    tokenizer: Tokenizer,
    random: np.random.Generator,
    aligned: AlignedEvidence | None = None,
) -> tuple[Pack, ReadRecord]:
    """Draw a page, up to six questions about it and a context, half of them the aligner's."""
    while True:
        record = records[int(random.choice(len(records), p=weights))]
        pool: list[Question] = list(record.questions)
        read_off = read_off_questions(record, random)
        if read_off:
            pool += [read_off[i] for i in random.permutation(len(read_off))[:4]]
        if not pool:
            continue
        picked = [pool[i] for i in random.permutation(len(pool))[:QUESTIONS_A_PACK]]
        if record.questions and random.random() < 0.15:
            picked = picked[:1]
        picked = [ask_differently(question, random) for question in picked]
        chosen = None
        if aligned is not None and aligned.knows(record) and random.random() < ALIGNED_SHARE:
            picked = picked[: int(random.integers(1, 4))]
            chosen = aligned.choose(record, picked, random)
        pack = make_pack(record, picked, tokenizer, random, chosen)
        if pack is not None:
            return pack, record


def page_weights(records: list[ReadRecord]) -> NDArray[np.float64]:
    """Weight pages so that each kind counts by the root of its size; see KIND_WEIGHTS."""
    kinds: dict[str, int] = {}
    for record in records:
        kinds[record.kind] = kinds.get(record.kind, 0) + 1
    weights = np.asarray([KIND_WEIGHTS.get(r.kind, 1.0) / kinds[r.kind] ** 0.5 for r in records])
    return np.asarray(weights / weights.sum(), np.float64)


@torch.no_grad()
def evaluate(student: Student, packs: list[tuple[Pack, ReadRecord]]) -> dict[str, float]:
    """Loss and token accuracy on fixed held-out packs."""
    loss, count, right = 0.0, 0, 0
    for pack, record in packs:
        value, tokens, hits = student.loss(pack, record)
        loss, count, right = loss + float(value), count + tokens, right + hits
    return {"dev_loss": loss / max(count, 1), "dev_accuracy": right / max(count, 1)}


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
    help="Start from these trained weights.",
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
    trained = [*student.adapters, *student.projector.parameters()]
    groups: list[dict[str, Any]] = [
        {"params": list(student.adapters), "scale": 1.0},
        {"params": list(student.projector.parameters()), "scale": 1.5},
    ]
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
    facts = {"rank": RANK, "alpha": ALPHA, "grid": grid, "round_inputs": grid and round_inputs}
    facts |= evaluate(student, dev)
    run.publish("llm", trained_state(student), facts, card(facts, run, start is not None))


GRID_NOTE = f"""Trained with the merged weights on the int4 grid (blocks of {BLOCK} weights of a
row, a scale in float16, integers from -7 to 7; straight-through gradients), where loading puts them
again: int4 keeps them as they are, and float32 is the same model."""
ROUND_NOTE = """What enters a layer was rounded to 8 bits a row, as XNNPACK and LiteRT do it."""


def card(facts: dict[str, Any], run: Run, continued: bool) -> str:
    """The model card of the run; continued: whether it began with weights of an earlier one."""
    minutes = f"{run.elapsed / 60:.0f}"
    began = " from the weights of an earlier run" if continued else ""
    notes = [GRID_NOTE] if facts["grid"] else []
    notes += [ROUND_NOTE] if facts["round_inputs"] else []
    note = "".join(f"{one}\n\n" for one in notes)
    return f"""# Language model adapter and visual projector

LoRA of rank {RANK} on every linear layer of SmolLM2-135M-Instruct (Apache-2.0), and the projector
that makes one visual token a region. Trained on answer tokens of packed evidence contexts.

{note}- command: `pinpoint-distill llm`, seed {run.seed}, {run.step} steps of {PACKS_A_STEP} packs
  in {minutes} minutes{began}
- held-out: loss {facts["dev_loss"]:.3f}, token accuracy {facts["dev_accuracy"]:.3f}
- data: synthetic pages of our generator, IRS forms with made-up values (US Government work),
  SROIE training documents (CC BY 4.0), FCC filings (public, labels MIT: DeepForm)
- the log of the run stands beside this file
"""
