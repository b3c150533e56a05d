"""Small OCR files in the annotators of the official ones."""

from __future__ import annotations

from typing import Any

Word = tuple[str, tuple[float, float, float, float]]


def microsoft(words: list[Word], size: tuple[int, int]) -> dict[str, Any]:
    """One line of DocVQA's `spdocvqa_ocr`: corners in pixels, clockwise from the top left."""
    return {
        "status": "Succeeded",
        "recognitionResults": [
            {
                "page": 1, "clockwiseOrientation": 0.1, "width": size[0], "height": size[1],
                "unit": "pixel",
                "lines": [
                    {
                        "boundingBox": _corners(_around(words)),
                        "text": " ".join(text for text, _ in words),
                        "words": [{"boundingBox": _corners(b), "text": t} for t, b in words],
                    }
                ],
            }
        ],
    }  # fmt: skip


def textract(
    lines: list[list[Word]], size: tuple[int, int], *, grouped: bool = True
) -> dict[str, Any]:
    """Amazon Textract's blocks, grouped by type as InfographicVQA has them, or as they come."""
    found: dict[str, list[dict[str, Any]]] = {"PAGE": [{"BlockType": "PAGE", "Id": "p"}]}
    found |= {"LINE": [], "WORD": []}
    for row, words in enumerate(lines):
        ids = [f"w{row}-{k}" for k in range(len(words))]
        text = " ".join(word for word, _ in words)
        block = _block("LINE", f"l{row}", text, _around(words), size)
        found["LINE"].append(block | {"Relationships": [{"Type": "CHILD", "Ids": ids}]})
        found["WORD"] += [
            _block("WORD", name, word, box, size)
            for name, (word, box) in zip(ids, words, strict=True)
        ]
    return found if grouped else {"Blocks": [block for kind in found.values() for block in kind]}


def chart() -> dict[str, Any]:
    """A bar chart of ChartQA's `annotations`."""
    return {
        "type": "v_bar",
        "models": [
            {"name": "Online", "color": "#2876dd", "x": ["2019", "2020"], "y": [41.5, 63.0],
             "bboxes": [_xywh(60, 80, 30, 90), _xywh(120, 50, 30, 120)]}
        ],
        "general_figure_info": {
            "title": {"text": "Sales by year", "bbox": _xywh(60, 5, 100, 15)},
            "x_axis": {
                "label": {"text": "Year", "bbox": _xywh(100, 192, 30, 8)},
                "major_labels": {
                    "values": ["2019", "2020"],
                    "bboxes": [_xywh(60, 180, 30, 10), _xywh(120, 180, 30, 10)],
                },
            },
            "y_axis": {"major_labels": {"values": [], "bboxes": []}},
            "legend": {
                "items": [
                    {"model": "Online", "label": {"text": "Online", "bbox": _xywh(200, 20, 40, 10)}}
                ]
            },
            "figure_info": {"bbox": _xywh(0, 0, 300, 200)},
        },
    }  # fmt: skip


def _block(kind: str, name: str, text: str, box: Any, size: tuple[int, int]) -> dict[str, Any]:
    x0, y0, x1, y1 = box
    place = {
        "Left": x0 / size[0],
        "Top": y0 / size[1],
        "Width": (x1 - x0) / size[0],
        "Height": (y1 - y0) / size[1],
    }
    block = {"BlockType": kind, "Confidence": 99.1, "Text": text, "Id": name}
    return block | {"Geometry": {"BoundingBox": place}}


def _around(words: list[Word]) -> tuple[float, float, float, float]:
    boxes = [box for _, box in words]
    return (
        min(b[0] for b in boxes), min(b[1] for b in boxes),
        max(b[2] for b in boxes), max(b[3] for b in boxes),
    )  # fmt: skip


def _corners(box: tuple[float, float, float, float]) -> list[float]:
    x0, y0, x1, y1 = box
    return [x0, y0, x1, y0, x1, y1, x0, y1]


def _xywh(x: float, y: float, w: float, h: float) -> dict[str, float]:
    return {"x": x, "y": y, "w": w, "h": h}
