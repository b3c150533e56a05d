"""A small annotated page for the commands that measure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An annotation file of one printed page with two questions."""
    image = Image.new("RGB", (400, 200), "white")
    pen = ImageDraw.Draw(image)
    for number, line in enumerate(("Total 48.75", "Date 2024-05-06")):
        pen.text((20, 40 + 60 * number), line, "black", ImageFont.load_default(30))
    image.save(tmp_path / "page.png")
    common = {
        "image": "page.png", "page": 0, "width": 400, "height": 200, "support_boxes": [],
        "alt_answer_boxes": [], "field": None,
    }  # fmt: skip
    rows = [
        {"id": "total", "question": "What is the total?", "answers": ["48.75"],
         "answer_boxes": [[100, 40, 200, 75]]},
        {"id": "date", "question": "What is the date?", "answers": ["2024-05-06"],
         "answer_boxes": [[100, 100, 280, 135]]},
    ]  # fmt: skip
    lines = [json.dumps(row | common) for row in rows]
    (tmp_path / "qa.jsonl").write_text("\n".join(lines))
    return tmp_path / "qa.jsonl"
