"""Look at pages with the reference detector and recogniser, lowered to ONNX once for speed.

Training reads thousands of pages on two CPU cores; ONNX Runtime runs these two networks three times
faster than eager torch, and parity with torch is checked where the bundle is exported.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from pinpoint_edge.vision import ctc
from pinpoint_edge.vision.crop import REFINE_HEIGHT, REFINE_WIDTHS, batch_crops, glance_widths
from pinpoint_edge.vision.detect import detect
from pinpoint_edge.vision.layout import Layout, lay_out
from pinpoint_edge.vision.page import Page
from pinpoint_edge.vision.regions import Region
from pinpoint_edge.vision.resize import to_grey
from pinpoint_models.detector import Detector
from pinpoint_models.glance import HEIGHT as GLANCE_HEIGHT
from pinpoint_models.recogniser import FRAME_WIDTH, Recogniser
from pinpoint_models.refiner import VisualProjector
from pinpoint_models.weights import load_characters
from pinpoint_runtimes.onnx.runtime import OnnxSession


class _ReadingModule(nn.Module):
    """The recogniser with the outputs that training keeps: pooled features and best classes."""

    def __init__(self, recogniser: Recogniser) -> None:
        super().__init__()
        self.recogniser = recogniser

    def forward(
        self, crops: torch.Tensor, widths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        features, logits = self.recogniser(crops, widths)
        used = torch.ceil(widths / FRAME_WIDTH)
        probabilities, classes = torch.softmax(logits, dim=-1).max(dim=-1)
        inside = torch.arange(features.shape[1]) < used[:, None]
        return VisualProjector.pool(features, used), classes * inside, probabilities * inside


@dataclass
class PageReading:
    """Output of the reference vision stages for one page; all is aligned with `regions`.

    regions: in reading order; pooled f32 (N,P): features of the recogniser, pooled over the region;
    crops: grey u8 (GLANCE_HEIGHT, w) each.
    """

    regions: list[Region]
    layout: Layout
    texts: list[str]
    confidences: list[float]
    pooled: NDArray[np.float32]
    crops: list[NDArray[np.uint8]]


class PageReader:
    """Detects and reads whole pages; one instance a process.

    `weights` holds detector.safetensors, recogniser.safetensors and characters.json; `cache`
    keeps the two lowered graphs, keyed by the digest of the weights.
    """

    def __init__(self, weights: Path, cache: Path, threads: int = 1) -> None:
        self.characters = load_characters(weights / "characters.json")
        cache.mkdir(parents=True, exist_ok=True)
        self._detect, self._read = (
            OnnxSession(lowered(name, weights, cache), threads=threads)
            for name in ("detector", "recogniser")
        )

    def find(self, image: NDArray[np.uint8]) -> tuple[list[Region], Layout]:
        """Find the text lines of a page u8 (H,W,3), in reading order."""
        page = Page(image, "page", 0)
        found, canvas = detect(self._detect, page)
        return lay_out(found, canvas, (page.width, page.height), "layout")

    def read(self, image: NDArray[np.uint8]) -> PageReading:
        """Find and read every region of a page u8 (H,W,3)."""
        found, layout = self.find(image)
        quads = [region.quad for region in found]
        texts, confidences = [""] * len(found), [0.0] * len(found)
        pooled = np.zeros((len(found), int(self._read.outputs[0].shape[1])), np.float32)
        for indices, crops, used in batch_crops(image, quads, REFINE_HEIGHT, REFINE_WIDTHS):
            seen = self._read.run({"crops": crops, "widths": used})
            for slot, index in enumerate(indices):
                fraction = used[slot] / crops.shape[3]
                classes, probabilities = seen["classes"][slot], seen["probabilities"][slot]
                line = ctc.decode(classes, probabilities, self.characters, fraction)
                texts[index] = line.text
                confidences[index] = float(np.mean(line.probabilities)) if line.text else 0.0
                pooled[index] = seen["pooled"][slot]
        return PageReading(found, layout, texts, confidences, pooled, glance_crops(image, quads))


def glance_crops(
    image: NDArray[np.uint8], quads: Sequence[NDArray[np.float32]]
) -> list[NDArray[np.uint8]]:
    """Cut the grey crops of all regions for `glance`, each u8 (GLANCE_HEIGHT, w) unpadded."""
    result: list[NDArray[np.uint8]] = [np.zeros((GLANCE_HEIGHT, 1), np.uint8)] * len(quads)
    widths = glance_widths(GLANCE_HEIGHT)
    for indices, crops, used in batch_crops(to_grey(image), quads, GLANCE_HEIGHT, widths):
        for slot, index in enumerate(indices):
            result[index] = crops[slot, 0, :, : used[slot]].copy()
    return result


def lowered(name: str, weights: Path, cache: Path) -> str:
    """Lower "detector" or "recogniser" of the folder `weights` to ONNX in `cache`, once."""
    content = (weights / f"{name}.safetensors").read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:16]
    path = cache / f"{name}-{digest}.onnx"
    if not path.exists():
        module: nn.Module
        if name == "detector":
            module = Detector.load(weights)
            arguments: tuple[torch.Tensor, ...] = (torch.zeros(1, 3, 960, 736, dtype=torch.uint8),)
            names = ["image"]
            outputs = ["text_map"]
            shapes: list[dict[int, object]] = [{2: torch.export.Dim.AUTO, 3: torch.export.Dim.AUTO}]
        else:
            module = _ReadingModule(Recogniser.load(weights / "recogniser.safetensors"))
            arguments = (
                torch.zeros(8, 3, 48, 320, dtype=torch.uint8),
                torch.full((8,), 320, dtype=torch.int32),
            )
            names, outputs = ["crops", "widths"], ["pooled", "classes", "probabilities"]
            shapes = [{3: torch.export.Dim.AUTO}, {}]
        program = torch.onnx.export(
            module.eval(),
            arguments,
            dynamo=True,
            opset_version=20,
            verbose=False,
            input_names=names,
            output_names=outputs,
            dynamic_shapes=shapes,
            external_data=False,
        )
        assert program is not None
        beside = path.with_suffix(f".{os.getpid()}.part")
        program.save(str(beside))
        beside.rename(path)
    return str(path)
