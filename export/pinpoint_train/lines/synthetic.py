"""Generated lines for the glance encoder, made by several processes and kept in line caches."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from pinpoint_edge.vision.resize import resize, to_grey
from pinpoint_models.glance import HEIGHT
from pinpoint_train.lines.glance_batches import MAX_WIDTH
from pinpoint_train.lines.glance_lines import Crop, GlanceLines, join, read_lines, write_lines


def synthetic_lines(seed: int) -> Iterator[tuple[Crop, str]]:
    """Generated lines without end, scaled to HEIGHT as the glance stage sees them."""
    from pinpoint_data.generator.stream import line_crops

    for crop, text in line_crops(seed):
        height, width = crop.shape[:2]
        width = min(max(round(width * HEIGHT / height), 4), MAX_WIDTH)
        yield resize(to_grey(crop), width, HEIGHT), text


def _make_synthetic(folder: Path, seed: int, count: int) -> None:
    write_lines(folder, islice(synthetic_lines(seed), count))


def synthesise(folder: Path, seed: int, count: int, workers: int) -> GlanceLines:
    """Generate `count` lines into `folder` in parallel, or take those of an earlier sitting."""
    parts = [folder / f"{number:02d}" for number in range(workers)]
    missing = [i for i, part in enumerate(parts) if not (part / "index.jsonl").exists()]
    if missing:
        with multiprocessing.get_context("spawn").Pool(len(missing)) as pool:
            pool.starmap(
                _make_synthetic,
                [(parts[i], seed * 1000 + i, -(-count // workers)) for i in missing],
            )
    return join([read_lines(part) for part in parts])
