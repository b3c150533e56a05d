"""Shards of `pinpoint-train prepare`: the pages that trainings draw from, with their targets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from pinpoint_edge.errors import DataError
from pinpoint_edge.vision.layout import Layout
from pinpoint_train.corpus.page import CorpusPage
from pinpoint_train.corpus.targets import target_of


def shards(folder: Path, names: Iterable[str] | None = None) -> list[Path]:
    """List the complete shards of a folder, by the names of their sets where given."""
    wanted = None if names is None else set(names)
    found = sorted(folder.glob("*-[0-9][0-9][0-9][0-9][0-9].jsonl"))
    if wanted is not None:
        found = [path for path in found if path.stem.rsplit("-", 1)[0] in wanted]
    if not found:
        raise DataError(f"{folder} holds no shard: make some with `pinpoint-train prepare`.")
    return found


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read the pages of a shard as they are stored, one a line; DataError for a broken line."""
    # Not splitlines: JSON strings may hold U+2028, which it takes for the end of a line.
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if line:
            try:
                yield json.loads(line)
            except ValueError as error:
                raise DataError(
                    f"{path}, line {number} is broken: remove the shard, prepare again."
                ) from error


def stored_layout(page: dict[str, Any]) -> Layout:
    """Read the layout of a stored page."""
    regions = page["regions"]
    return Layout(
        page["rows"],
        [region["cell"] for region in regions],
        [region["table"] for region in regions],
        np.asarray([region["geometry"] for region in regions], np.float32).reshape(-1, 4),
    )


def read_shard(path: Path) -> Iterator[CorpusPage]:
    """Read the pages of one shard with their targets; DataError for a damaged shard."""
    try:
        with np.load(path.with_suffix(".npz"), allow_pickle=False) as arrays:
            pooled, widths, flat = arrays["pooled"], arrays["widths"], arrays["crops"]
            height = int(arrays["height"])
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise DataError(
            f"{path.with_suffix('.npz')} cannot be read ({error}): remove the shard, prepare again."
        ) from error
    ends = np.cumsum(widths.astype(np.int64) * height)
    pages, at = list(json_lines(path)), 0
    if not sum(len(page["regions"]) for page in pages) == len(pooled) == len(widths):
        raise DataError(f"{path} and its .npz differ in regions: remove the shard, prepare again.")
    for page in pages:
        count = len(page["regions"])
        crops = [
            flat[ends[i] - widths[i] * height : ends[i]].reshape(height, widths[i])
            for i in range(at, at + count)
        ]
        record = CorpusPage(
            id=page["id"],
            kind=page["kind"],
            size=(page["size"][0], page["size"][1]),
            texts=[region["text"] for region in page["regions"]],
            confidences=[region["confidence"] for region in page["regions"]],
            boxes=np.asarray([r["box"] for r in page["regions"]], np.float32).reshape(-1, 4),
            layout=stored_layout(page),
            pooled=pooled[at : at + count],
            crops=crops,
        )
        at += count
        for raw in page["questions"]:
            question = target_of(record, raw)
            if question is None:
                record.dropped += 1
            else:
                record.questions.append(question)
        yield record
