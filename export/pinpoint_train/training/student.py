"""The trained parts of the language model: a LoRA in the frozen decoder, and the projector."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pinpoint_edge.generation.tokenizer import Tokenizer
from pinpoint_models import reference
from pinpoint_models.decoder.gguf import load_smollm2
from pinpoint_models.decoder.grid import BLOCK
from pinpoint_models.decoder.lora import LoRALinear, apply_lora, lora_state
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.recogniser import FEATURE_SIZE
from pinpoint_models.refiner import VisualProjector
from pinpoint_train.corpus.context_sampling import Drawn
from pinpoint_train.corpus.contexts import TrainingContext
from pinpoint_train.corpus.page import CorpusPage
from pinpoint_train.training.quantization_aware import GridLinear, put_on_grid

RANK, SCALE = 24, 2.0
PROJECTOR_RATE = 1.5  # of the projector, in rates of the LoRA


def base_model(source: str | None) -> tuple[Decoder, Tokenizer]:
    """The language model of a GGUF file or Hugging Face folder, or the installed one."""
    state, config, tokenizer_json = load_smollm2(source)
    return Decoder.from_state(config, state), Tokenizer(tokenizer_json.encode())


class HalfLinear(nn.Module):
    """A frozen linear layer computed in bfloat16: twice as fast on CPUs that have it."""

    def __init__(self, base: nn.Linear) -> None:
        super().__init__()
        self.weight = nn.Parameter(base.weight.detach().to(torch.bfloat16), requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x.to(torch.bfloat16), self.weight).float()


class Student(nn.Module):
    """The decoder with its LoRA, and the visual projector; these two are trained.

    half: multiply in bfloat16; grid: with weights on the int4 grid; round_inputs: and the inputs of
    each layer rounded to 8 bits; start: trained weights to go on from; rank: of the LoRA, that of
    `start` or RANK where none is given; features: those that the recogniser gives, which begin with
    a new projector where those of `start` are others.
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
        features: int = FEATURE_SIZE,
    ) -> None:
        super().__init__()
        self.decoder = decoder
        self.projector = VisualProjector(decoder.config.width, features=features)
        self.add_lora(start, rank)
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

    def add_lora(self, start: Path | None, rank: int | None) -> None:
        """Wrap the linear layers of the decoder in new branches, or in those of `start`."""
        if start is None:
            rank = rank or RANK
            apply_lora(self.decoder, rank, SCALE * rank)
        else:
            trained = reference.read_trained(start)
            reference.load_adapter(self.decoder, trained, start, rank)
            first = trained.get("projector.linear1.weight")
            if first is None or first.shape == self.projector.linear1.weight.shape:
                reference.load_projector(self.projector, trained, start)

    def groups(self, rate: float) -> list[dict[str, Any]]:
        """The trained parameters with their peak rates, for an optimizer."""
        return [
            {"params": list(self.adapters), "lr": rate},
            {"params": list(self.projector.parameters()), "lr": PROJECTOR_RATE * rate},
        ]

    def refresh(self) -> None:
        """Put the weights on the grid anew, after a step or when others were loaded."""
        for layer in self.on_grid:
            layer.refresh()

    def predict(self, context: TrainingContext, page: CorpusPage) -> tuple[Tensor, Tensor]:
        """Logits f32 (T, vocabulary) of a context's answer tokens, and their targets (T,)."""
        device = next(self.projector.parameters()).device
        pooled = torch.from_numpy(page.pooled[context.regions].astype(np.float32)).to(device)
        geometry = torch.from_numpy(page.layout.geometry[context.regions]).to(device)
        visual = self.projector(pooled, geometry)
        if not len(visual):
            visual = torch.zeros(1, self.decoder.config.width, device=device)
        embedded = self.decoder.embed(torch.from_numpy(context.ids[None]).to(device), visual)
        visible = torch.from_numpy(context.visible())
        bias = torch.zeros(visible.shape).masked_fill_(~visible, -3e4)
        positions = torch.from_numpy(context.positions[None]).to(device)
        hidden = self.decoder.forward_train(embedded, bias[None, None].to(device), positions)[0]
        targets = torch.from_numpy(context.targets).to(device)
        learned = targets >= 0
        return self.decoder.logits(hidden[learned]), targets[learned]

    def loss(self, context: TrainingContext, page: CorpusPage) -> tuple[Tensor, int, int]:
        """Summed loss of a context, its answer tokens, and the number predicted right."""
        logits, targets = self.predict(context, page)
        right = int((logits.argmax(-1) == targets).sum())
        return F.cross_entropy(logits, targets, reduction="sum"), len(targets), right


def trained_state(student: Student) -> dict[str, Tensor]:
    """The shipped tensors: LoRA branches in int8, projector in fp16, the grid of the training."""
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


@torch.no_grad()
def evaluate(student: Student, contexts: list[Drawn]) -> dict[str, float]:
    """Loss and token accuracy on fixed held-out contexts."""
    loss, count, right = 0.0, 0, 0
    for context, page in contexts:
        value, tokens, hits = student.loss(context, page)
        loss, count, right = loss + float(value), count + tokens, right + hits
    return {"dev_loss": loss / max(count, 1), "dev_accuracy": right / max(count, 1)}
