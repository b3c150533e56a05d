"""Small read pages for the tests of what is trained on the corpus."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from pinpoint_edge.vision.layout import Layout
from pinpoint_models.glance import HEIGHT
from pinpoint_train.corpus.page import CorpusPage

WIDTH, ROW = 1000, 40


def corpus_page(
    rows: list[list[str]], id: str = "made/1.jpg", kind: str = "made", seed: int = 0
) -> CorpusPage:
    """A page of the given rows of texts."""
    random = np.random.default_rng(seed)
    count = sum(map(len, rows))
    numbers = iter(range(count))
    numbered = [[next(numbers) for _ in row] for row in rows]
    size = (WIDTH, ROW * (len(rows) + 1))
    texts, boxes = [""] * count, np.zeros((count, 4), np.float32)
    for line, (row, indices) in enumerate(zip(rows, numbered, strict=True)):
        for column, (text, index) in enumerate(zip(row, indices, strict=True)):
            texts[index] = text
            left, top = 20 + 320 * column, ROW * line + 10
            boxes[index] = left, top, left + 280, top + 24
    centres, sizes = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    return CorpusPage(
        id=id,
        kind=kind,
        size=size,
        texts=texts,
        confidences=[0.95] * count,
        boxes=boxes,
        layout=Layout(
            numbered,
            [0] * count,
            [-1] * count,
            (np.concatenate([centres, sizes], 1) / (*size, *size)).astype(np.float32),
        ),
        pooled=random.standard_normal((count, 160)).astype(np.float16),
        crops=[random.integers(0, 256, (HEIGHT, 20 + 7 * i), dtype=np.uint8) for i in range(count)],
    )


def index_of(record: CorpusPage, text: str) -> int:
    """The region that reads so."""
    return record.texts.index(text)


def annotated(
    record: CorpusPage, question: str, answers: list[str], *regions: str, field: str = "x"
) -> dict[str, Any]:
    """An annotated question as shards hold it, answered by the regions that read so."""
    boxes = [record.boxes[index_of(record, text)].tolist() for text in regions]
    return {
        "question": question,
        "answers": answers,
        "answer_boxes": boxes,
        "support_boxes": boxes,
        "field": field,
    }


def write_shard(path: Path, pages: list[tuple[CorpusPage, list[dict[str, Any]]]]) -> Path:
    """Write a shard as `pinpoint-train prepare` does; `path` ends in .jsonl."""
    path.parent.mkdir(parents=True, exist_ok=True)
    records = [record for record, _ in pages]
    crops = [crop for record in records for crop in record.crops]
    np.savez(
        path.with_suffix(".npz"),
        pooled=np.concatenate([record.pooled for record in records]),
        crops=np.concatenate([crop.reshape(-1) for crop in crops]),
        widths=np.asarray([crop.shape[1] for crop in crops], np.int32),
        height=np.int32(HEIGHT),
    )
    lines = []
    for record, questions in pages:
        regions = [
            {
                "box": record.boxes[i].tolist(),
                "geometry": record.layout.geometry[i].tolist(),
                "cell": record.layout.cell[i],
                "table": record.layout.table[i],
                "text": text,
                "confidence": record.confidences[i],
            }
            for i, text in enumerate(record.texts)
        ]
        page = {"id": record.id, "kind": record.kind, "size": list(record.size)}
        page |= {"rows": record.layout.rows, "regions": regions, "questions": questions}
        lines.append(json.dumps(page, ensure_ascii=False) + "\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path
