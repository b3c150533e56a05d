"""Strips: line crops as the `refine` stage reads them (RGB, height 48), with their texts.

A cache is a folder with `strips.bin` (lossless WebP pictures one after the other) and `index.jsonl`
(one strip a line: `offset` and `size` in bytes, `width` in pixels, `text`, `page`, `origin`). They
stay packed in memory: some 10 kB each, and half a millisecond to open.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pinpoint_edge.errors import DataError
from pinpoint_edge.vision.crop import REFINE_HEIGHT

Crop = NDArray[np.uint8]


@dataclass(frozen=True)
class Strip:
    """A packed crop with its text.

    `origin` is `human`, `layer` (a PDF's), `answer` (a label), `teacher`, `synthetic` or `rare`.
    """

    packed: bytes
    width: int
    text: str
    page: str
    origin: str

    def crop(self) -> Crop:
        """Open the crop, u8 (48, width, 3)."""
        return np.asarray(Image.open(io.BytesIO(self.packed)).convert("RGB"))


def pack(crop: Crop, text: str, page: str, origin: str) -> Strip:
    """Pack a crop u8 (48, w, 3); DataError for another shape."""
    if crop.dtype != np.uint8 or crop.ndim != 3 or crop.shape[::2] != (REFINE_HEIGHT, 3):
        raise DataError(f"A strip is {crop.dtype} {crop.shape}, not uint8 (48, width, 3).")
    packed = io.BytesIO()
    Image.fromarray(crop).save(packed, "WEBP", lossless=True, method=0)
    return Strip(packed.getvalue(), crop.shape[1], text, page, origin)


def write_strips(folder: Path, strips: Iterable[Strip]) -> int:
    """Write a cache; returns the number of strips. The index is renamed into place last."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / "index.jsonl.part"
    offset = count = 0
    with (folder / "strips.bin").open("wb") as data, beside.open("w", encoding="utf-8") as index:
        for strip in strips:
            data.write(strip.packed)
            record = {
                "offset": offset,
                "size": len(strip.packed),
                "width": strip.width,
                "text": strip.text,
                "page": strip.page,
                "origin": strip.origin,
            }
            index.write(json.dumps(record, ensure_ascii=False) + "\n")
            offset += len(strip.packed)
            count += 1
    beside.rename(folder / "index.jsonl")
    return count


def read_strips(folder: Path) -> list[Strip]:
    """Read a cache; raises DataError for a missing or damaged one."""
    try:
        data = (folder / "strips.bin").read_bytes()
        lines = (folder / "index.jsonl").read_text(encoding="utf-8").split("\n")
        strips = []
        for record in (json.loads(line) for line in lines if line):
            packed = data[record["offset"] : record["offset"] + record["size"]]
            if len(packed) != record["size"]:
                raise ValueError(f"strips.bin ends at {len(data)} bytes")
            strips.append(
                Strip(packed, record["width"], record["text"], record["page"], record["origin"])
            )
        return strips
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{folder} is no cache of strips: {error}. Make it again.") from error


def read_sets(folder: Path) -> dict[str, list[Strip]]:
    """Read every cache right below a folder, by name; DataError where there is none."""
    sets = {path.parent.name: read_strips(path.parent) for path in folder.glob("*/index.jsonl")}
    if not sets:
        raise DataError(f"{folder} holds no strips: make some with `pinpoint-distill strips`.")
    return dict(sorted(sets.items()))


def spread(strips: Sequence[Strip], count: int) -> list[Strip]:
    """Take at most `count` strips, evenly spread over all."""
    step = max(len(strips) / count, 1.0)
    return [strips[int(i * step)] for i in range(min(count, len(strips)))]
