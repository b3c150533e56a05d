"""What `pinpoint-distill llm` trains: a LoRA in the frozen decoder, and the visual projector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pinpoint_models import reference
from pinpoint_models.decoder.grid import BLOCK
from pinpoint_models.decoder.lora import ATTENTION, LoRALinear, apply_lora, lora_state, merge_lora
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.refiner import VisualProjector
from pinpoint_train.corpus.corpus import ReadRecord
from pinpoint_train.corpus.evidence import Pack
from pinpoint_train.training.quantization_aware import GridLinear, put_on_grid

TEACHER_WEIGHT = 0.5
RANK, SCALE = 24, 2.0
ADDENDUM_RANK = 2


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
    them rounded to 8 bits; start: trained weights to go on from; rank: of the LoRA, that of `start`
    where nothing is said; onto: trained weights that stay as they are, projector and all, below a
    LoRA of attention alone, with which `start` is then an earlier one of its kind.
    """

    def __init__(
        self,
        decoder: Decoder,
        *,
        half: bool,
        grid: bool,
        round_inputs: bool = False,
        start: Path | None = None,
        rank: int | None = None,
        onto: Path | None = None,
    ) -> None:
        super().__init__()
        self.decoder = decoder
        self.projector = VisualProjector(decoder.config.width)
        self.onto = onto
        if onto is not None:
            reference.load_trained(decoder, self.projector, onto)
            merge_lora(decoder)
            self.projector.requires_grad_(False)
        if start is None:
            kinds, rank = (ATTENTION, rank or ADDENDUM_RANK) if onto else (None, rank or RANK)
            apply_lora(decoder, rank, SCALE * rank, kinds)
        elif onto is not None:
            reference.load_adapter(decoder, reference.read_trained(start), start, rank)
        else:
            reference.load_trained(decoder, self.projector, start, rank)
        self.adapters = nn.ParameterList(p for p in decoder.parameters() if p.requires_grad)
        self.rank = len(self.adapters[0])
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
    """What is shipped: LoRA branches in int8, projector in fp16, the grid they were trained on.

    An addendum brings no projector, and the digest of what it was trained onto.
    """
    state = {f"lora.{k}": v for k, v in lora_state(student.decoder).items()}
    if student.on_grid:
        state["grid"] = torch.tensor([BLOCK], dtype=torch.int32)
    if student.onto is not None:
        return state | {"onto": reference.digest_of(student.onto)}
    for name, tensor in student.projector.state_dict().items():
        state[f"projector.{name}"] = tensor.half()
    return state


class TrainedParts(nn.Module):
    """A view of the student for checkpoints: trainable tensors only, not half a gigabyte."""

    def __init__(self, student: Student) -> None:
        super().__init__()
        self.adapters = student.adapters
        self.projector = student.projector


@torch.no_grad()
def evaluate(student: Student, packs: list[tuple[Pack, ReadRecord]]) -> dict[str, float]:
    """Loss and token accuracy on fixed held-out packs."""
    loss, count, right = 0.0, 0, 0
    for pack, record in packs:
        value, tokens, hits = student.loss(pack, record)
        loss, count, right = loss + float(value), count + tokens, right + hits
    return {"dev_loss": loss / max(count, 1), "dev_accuracy": right / max(count, 1)}
