"""The five stages as programs: a module, its tensor contracts and inputs to try it with.

A `StageProgram` is what a target lowers and what parity is measured on; it knows no target. The
contracts are those of docs/architecture.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor, nn

from pinpoint_edge.vision.canvas import CANVASES
from pinpoint_edge.vision.crop import REFINE_WIDTHS, glance_widths
from pinpoint_models.aligner import Aligner
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.detector import Detector
from pinpoint_models.glance import FRAME, GlanceEncoder
from pinpoint_runtimes import TensorSpec

BATCH = 8
ALIGN_SIZES = (64, 256)
Sizes = Mapping[str, int]


@dataclass(frozen=True)
class StageProgram:
    """One stage, independent of any target.

    Attributes:
        name: of the stage.
        module: takes the inputs by position and returns the outputs, a tensor or a tuple.
        inputs, outputs: names, dtypes and shapes; a str in a shape is a free dimension, for an
            output perhaps computed from one ("w/8").
        buckets: the sizes of the free dimensions that the stage is used with, the first one being
            the example to trace; every other value between least and greatest need not work.
        sample: seeded inputs, in order, for given sizes.
        state: state input -> the output that replaces it.
        state_rows: how many rows of a state output (axis 2) the given inputs define.
    """

    name: str
    module: nn.Module
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    buckets: tuple[Sizes, ...]
    sample: Callable[[Sizes], dict[str, Tensor]]
    state: Mapping[str, str] = field(default_factory=dict)
    state_rows: Callable[[Mapping[str, Tensor]], int] | None = None

    def example(self) -> dict[str, Tensor]:
        """Return the inputs to trace the module with."""
        return self.sample(self.buckets[0])

    def weights(self) -> tuple[int, int]:
        """Return the bytes of all weights and buffers, shared ones once, and their number."""
        tensors = [*self.module.parameters(), *self.module.buffers()]
        unique = {tensor.data_ptr(): tensor.numel() * tensor.element_size() for tensor in tensors}
        return sum(unique.values()), len(unique)

    def free_dims(self) -> dict[str, tuple[int, int]]:
        """Return the least and the greatest size of each free dimension."""
        return {
            name: (min(b[name] for b in self.buckets), max(b[name] for b in self.buckets))
            for name in self.buckets[0]
        }


_WORDS = (
    "Invoice No. 48213 Date 03/12/2020 Total amount due $1,475.00 Ship to J. Miller, 27 Oak St."
)


def _print_like(height: int, width: int, channels: int, batch: int) -> Tensor:
    """Return u8 (batch, channels, height, width): lines of print on light, noisy paper.

    Real print, because parity is relative to a tensor's energy: a detector that sees no text gives
    a map of nearly nothing, in which any rounding looks large.
    """
    generator = torch.Generator().manual_seed(height * 10_007 + width)
    size = 22 if height > 48 else height * 2 // 3
    font = ImageFont.load_default(size)
    pages = []
    for number in range(batch):
        page = Image.new("L", (width, height), 235)
        draw = ImageDraw.Draw(page)
        for line, top in enumerate(range(height // 10, height - size, size * 2)):
            start = (7 * line + 3 * number) % 30
            draw.text((width // 20, top), _WORDS[start:] + " " + _WORDS, fill=40, font=font)
        pages.append(torch.from_numpy(np.array(page)))
    print_ = torch.stack(pages)[:, None].expand(-1, channels, -1, -1).float()
    noise = torch.rand(print_.shape, generator=generator) * 20
    return (print_ + noise - 10).clamp(0, 255).to(torch.uint8)


def _used_widths(width: int) -> Tensor:
    """Return i32 (8,) used widths from a full crop down to a row that only pads the batch."""
    return torch.tensor([width * (BATCH - 1 - i) // (BATCH - 1) for i in range(BATCH)]).int()


def detect_program(detector: Detector) -> StageProgram:
    """Describe the `detect` stage around a `Detector`."""

    def sample(sizes: Sizes) -> dict[str, Tensor]:
        page = _print_like(sizes["H"], sizes["W"], 3, 1)
        return {"image": page}

    return StageProgram(
        name="detect",
        module=detector.eval(),
        inputs=(TensorSpec("image", "uint8", (1, 3, "H", "W")),),
        outputs=(TensorSpec("text_map", "float32", (1, 1, "H", "W")),),
        buckets=tuple({"H": height, "W": width} for height, width in CANVASES),
        sample=sample,
    )


def glance_program(glance: GlanceEncoder) -> StageProgram:
    """Describe the `glance` stage around its encoder."""
    height, frame = glance.config.height, FRAME // glance.config.steps
    return StageProgram(
        name="glance",
        module=glance.eval(),
        inputs=(
            TensorSpec("crops", "uint8", (BATCH, 1, height, "w")),
            TensorSpec("widths", "int32", (BATCH,)),
        ),
        outputs=(
            TensorSpec("features", "float32", (BATCH, 4, 96)),
            TensorSpec("reading", "int32", (BATCH, f"w/{frame}")),
        ),
        buckets=tuple({"w": width} for width in glance_widths(height)),
        sample=lambda sizes: {
            "crops": _print_like(height, sizes["w"], 1, BATCH),
            "widths": _used_widths(sizes["w"]),
        },
    )


def align_program(aligner: Aligner) -> StageProgram:
    """Describe the `align` stage around an `Aligner`."""

    def sample(sizes: Sizes) -> dict[str, Tensor]:
        count, generator = sizes["N"], torch.Generator().manual_seed(sizes["N"])
        # No padding in the smaller size: padding's large negative logits hide every other error.
        used = count if count == min(ALIGN_SIZES) else count * 3 // 4
        trigrams = torch.randint(1, 4096, (count, 32), generator=generator)
        lengths = torch.randint(1, 33, (count, 1), generator=generator)
        instruction = torch.randint(1, 4096, (64,), generator=generator)
        instruction[20:] = 0
        return {
            "features": torch.randn(count, 4, 96, generator=generator),
            "trigrams": torch.where(torch.arange(32) < lengths, trigrams, 0).int(),
            "match": torch.rand(count, aligner.config.match, generator=generator),
            "geometry": torch.rand(count, aligner.config.geometry, generator=generator),
            "mask": (torch.arange(count) < used).float(),
            "instruction": instruction.int(),
        }

    return StageProgram(
        name="align",
        module=aligner.eval(),
        inputs=(
            TensorSpec("features", "float32", ("N", 4, 96)),
            TensorSpec("trigrams", "int32", ("N", 32)),
            TensorSpec("match", "float32", ("N", aligner.config.match)),
            TensorSpec("geometry", "float32", ("N", aligner.config.geometry)),
            TensorSpec("mask", "float32", ("N",)),
            TensorSpec("instruction", "int32", (64,)),
        ),
        outputs=(TensorSpec("relevance", "float32", ("N+1",)),),
        buckets=tuple({"N": count} for count in ALIGN_SIZES),
        sample=sample,
    )


def refine_program(refiner: nn.Module, width: int = 576) -> StageProgram:
    """Describe the `refine` stage around a `Refiner` whose visual tokens are `width` wide."""

    def sample(sizes: Sizes) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(sizes["w"])
        return {
            "crops": _print_like(48, sizes["w"], 3, BATCH),
            "geometry": torch.rand(BATCH, 4, generator=generator),
            "widths": _used_widths(sizes["w"]),
        }

    return StageProgram(
        name="refine",
        module=refiner.eval(),
        inputs=(
            TensorSpec("crops", "uint8", (BATCH, 3, 48, "w")),
            TensorSpec("geometry", "float32", (BATCH, 4)),
            TensorSpec("widths", "int32", (BATCH,)),
        ),
        outputs=(
            TensorSpec("visual", "float32", (BATCH, width)),
            TensorSpec("classes", "int32", (BATCH, "w/8", 4)),
            TensorSpec("probabilities", "float32", (BATCH, "w/8", 4)),
        ),
        buckets=tuple({"w": width} for width in REFINE_WIDTHS),
        sample=sample,
    )


def decode_program(decoder: Decoder) -> StageProgram:
    """Describe the `decode` stage: prefill in any number of rows and single steps, one graph."""
    config = decoder.config
    names = [f"{kind}_{i}" for i in range(len(decoder.layers)) for kind in ("key", "value")]
    shape = (1, config.kv_heads, "C", config.head_size)

    def sample(sizes: Sizes) -> dict[str, Tensor]:
        rows, capacity = sizes["q"], sizes["C"]
        generator = torch.Generator().manual_seed(rows)
        ids = torch.randint(0, config.vocabulary + sizes["V"], (1, rows), generator=generator)
        position = min(7, capacity - rows)
        inputs = {
            "ids": ids.int(),
            "visual": torch.randn(sizes["V"], config.width, generator=generator) * 0.1,
            "position": torch.tensor([position], dtype=torch.int32),
        }
        for name in names:
            cache = torch.zeros(1, config.kv_heads, capacity, config.head_size)
            past = torch.randn(cache[:, :, :position].shape, generator=generator)
            cache[:, :, :position] = past
            inputs[name] = cache
        return inputs

    return StageProgram(
        name="decode",
        module=decoder.eval(),
        inputs=(
            TensorSpec("ids", "int32", (1, "q")),
            TensorSpec("visual", "float32", ("V", config.width)),
            TensorSpec("position", "int32", (1,)),
            *(TensorSpec(name, "float32", shape) for name in names),
        ),
        outputs=(
            TensorSpec("logits", "float32", (1, config.vocabulary)),
            *(TensorSpec(f"next_{name}", "float32", shape) for name in names),
        ),
        buckets=(
            {"q": 5, "V": 3, "C": 64},
            {"q": 1, "V": 1, "C": 48},
            {"q": 130, "V": 9, "C": 256},
        ),
        sample=sample,
        state={name: f"next_{name}" for name in names},
        state_rows=lambda inputs: int(inputs["position"]) + inputs["ids"].shape[1],
    )
