"""Lines for the glance encoder: grey crops with their texts, cut out of the corpus and cached.

A line of the corpus is kept when the recogniser was sure of its text. Held-out pages give no line.

A line cache is a folder with `crops.bin` (u8 grey crops, each 16 x width, row by row, one after the
other) and `index.jsonl` (one crop a line: `offset` in bytes, `width`, `text`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pinpoint_data.splits import is_dev
from pinpoint_edge.errors import DataError
from pinpoint_edge.storage.atomic import replacing
from pinpoint_models.glance import HEIGHT
from pinpoint_train.corpus.page_features import json_records
from pinpoint_train.corpus.shards import read_shard, shards

SURE = 0.9

Crop = NDArray[np.uint8]


@dataclass(frozen=True)
class GlanceLines:
    """Line crops u8 (HEIGHT, w) with their texts, all in memory."""

    crops: list[Crop]
    texts: list[str]

    def __len__(self) -> int:
        return len(self.crops)

    def part(self, start: int, stop: int) -> GlanceLines:
        """The lines from `start` up to `stop`."""
        return GlanceLines(self.crops[start:stop], self.texts[start:stop])


def join(parts: Sequence[GlanceLines]) -> GlanceLines:
    """Put several sets of lines into one."""
    return GlanceLines(
        [c for part in parts for c in part.crops], [t for part in parts for t in part.texts]
    )


def read_lines(folder: Path) -> GlanceLines:
    """Read a line cache; raises DataError for a missing or damaged one."""
    try:
        data = np.fromfile(folder / "crops.bin", np.uint8)
        records = json_records(folder / "index.jsonl")
        crops = []
        for record in records:
            start, width = record["offset"], record["width"]
            crops.append(data[start : start + HEIGHT * width].reshape(HEIGHT, width))
        return GlanceLines(crops, [record["text"] for record in records])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{folder} is no line cache: {error}. Make it again.") from error


def write_lines(folder: Path, lines: Iterable[tuple[Crop, str]]) -> int:
    """Write a line cache from crops u8 (HEIGHT, w) and texts; returns their number.

    The index is renamed into place last: where there is one, the cache is whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    index = folder / "index.jsonl"
    offset = count = 0
    with (folder / "crops.bin").open("wb") as crops, replacing(index) as records:
        for crop, text in lines:
            if crop.dtype != np.uint8 or crop.ndim != 2 or crop.shape[0] != HEIGHT:
                raise DataError(
                    f"A line crop is {crop.dtype} {crop.shape}, not uint8 ({HEIGHT}, width)."
                )
            crops.write(crop.tobytes())
            record = {"offset": offset, "width": crop.shape[1], "text": text}
            records.write((json.dumps(record, ensure_ascii=False) + "\n").encode())
            offset += crop.size
            count += 1
    return count


def confident_lines(
    corpus: Path, names: tuple[str, ...], per_page: int
) -> Iterator[tuple[Crop, str]]:
    """Lines of the training pages, at most `per_page` a page, evenly spread over it."""
    for shard in shards(corpus, names or None):
        for record in read_shard(shard):
            if is_dev(record.id):
                continue
            sure = [
                index
                for index, text in enumerate(record.texts)
                if text.strip() and record.confidences[index] >= SURE
            ]
            step = max(len(sure) / per_page, 1.0)
            picked = sorted({sure[int(i * step)] for i in range(int(len(sure) / step))})
            for index in picked:
                yield record.crops[index], record.texts[index]
