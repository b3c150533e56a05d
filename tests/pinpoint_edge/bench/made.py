"""A question and its right prediction on a small page, to be changed by a test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pinpoint_edge.evaluation.dataset import Question
from pinpoint_edge.evaluation.predictions import Prediction

LABEL, VALUE, ELSEWHERE = (0.0, 0.0, 40.0, 10.0), (50.0, 0.0, 90.0, 10.0), (50.0, 50.0, 90.0, 60.0)


def question(id: str = "q", page: str = "a.png", **changes: Any) -> Question:
    fields: dict[str, Any] = {
        "id": id,
        "image": page,
        "file": Path(page),
        "question": "What is the total?",
        "answers": ("12.50",),
        "answer_boxes": (VALUE,),
        "support_boxes": (LABEL, VALUE),
        "alt_answer_boxes": (),
        "page": 0,
        "width": 100,
        "height": 100,
        "field": None,
    }
    return Question(**{**fields, **changes})


def prediction(id: str = "q", method: str = "pinpoint", **changes: Any) -> Prediction:
    fields: dict[str, Any] = {
        "answer": "12.50",
        "confidence": 0.9,
        "boxes": (VALUE,),
        "evidence": (LABEL, VALUE),
        "regions_recall": 1.0,
        "llm_tokens": 90,
        "evidence_tokens": 30,
        "page_tokens": 120,
        "dropped": 0,
        "ms": 100.0,
        "cold_ms": None,
        "opening": None,
        "timings": {"decode": 80.0},
        "page": 0,
    }
    return Prediction(id=id, method=method, **{**fields, **changes})
