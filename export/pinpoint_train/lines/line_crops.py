"""Line crops as the `refine` stage reads them (RGB, height 48), with their texts.

A cache is a folder with `line_crops.bin` (lossless WebP pictures one after the other) and
`index.jsonl` (one crop a line: `offset` and `size` in bytes, `width` in pixels, `text`, `page`,
`origin`). They stay packed in memory: some 10 kB each, and half a millisecond to open.
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
from pinpoint_edge.storage.atomic import replacing
from pinpoint_edge.vision.crop import REFINE_HEIGHT
from pinpoint_train.corpus.page_features import json_records

Crop = NDArray[np.uint8]


@dataclass(frozen=True)
class LineCrop:
    """A packed crop with its text.

    `origin` is `human`, `layer` (a PDF's), `answer` (of an annotation), `teacher`, `synthetic` or
    `other-script`.
    """

    packed: bytes
    width: int
    text: str
    page: str
    origin: str

    def pixels(self) -> Crop:
        """Unpack the crop, u8 (48, width, 3)."""
        return np.asarray(Image.open(io.BytesIO(self.packed)).convert("RGB"))


def pack(crop: Crop, text: str, page: str, origin: str) -> LineCrop:
    """Pack a crop u8 (48, w, 3); DataError for another shape."""
    if crop.dtype != np.uint8 or crop.ndim != 3 or crop.shape[::2] != (REFINE_HEIGHT, 3):
        raise DataError(f"A line crop is {crop.dtype} {crop.shape}, not uint8 (48, width, 3).")
    packed = io.BytesIO()
    Image.fromarray(crop).save(packed, "WEBP", lossless=True, method=0)
    return LineCrop(packed.getvalue(), crop.shape[1], text, page, origin)


def write_line_crops(folder: Path, crops: Iterable[LineCrop]) -> int:
    """Write a cache; returns the number of crops. The index is renamed into place last."""
    folder.mkdir(parents=True, exist_ok=True)
    offset = count = 0
    with (folder / "line_crops.bin").open("wb") as data, replacing(folder / "index.jsonl") as index:
        for crop in crops:
            data.write(crop.packed)
            record = {
                "offset": offset,
                "size": len(crop.packed),
                "width": crop.width,
                "text": crop.text,
                "page": crop.page,
                "origin": crop.origin,
            }
            index.write((json.dumps(record, ensure_ascii=False) + "\n").encode())
            offset += len(crop.packed)
            count += 1
    return count


def read_line_crops(folder: Path) -> list[LineCrop]:
    """Read a cache; raises DataError for a missing or damaged one."""
    try:
        data = (folder / "line_crops.bin").read_bytes()
        crops = []
        for record in json_records(folder / "index.jsonl"):
            packed = data[record["offset"] : record["offset"] + record["size"]]
            if len(packed) != record["size"]:
                raise ValueError(f"line_crops.bin ends at {len(data)} bytes")
            crops.append(
                LineCrop(packed, record["width"], record["text"], record["page"], record["origin"])
            )
        return crops
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{folder} is no cache of line crops: {error}. Make it again.") from error


def read_sets(folder: Path) -> dict[str, list[LineCrop]]:
    """Read every cache right below a folder, by name; DataError where there is none."""
    sets = {path.parent.name: read_line_crops(path.parent) for path in folder.glob("*/index.jsonl")}
    if not sets:
        raise DataError(
            f"{folder} holds no line crops: make some with `pinpoint-train line-crops`."
        )
    return dict(sorted(sets.items()))


def spread(lines: Sequence[LineCrop], count: int) -> list[LineCrop]:
    """Take at most `count` lines, evenly spread over all."""
    step = max(len(lines) / count, 1.0)
    return [lines[int(i * step)] for i in range(min(count, len(lines)))]
