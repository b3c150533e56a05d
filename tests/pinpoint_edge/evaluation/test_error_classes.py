"""Kinds of mistakes, told from one question and one answer each."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pinpoint_edge.evaluation.error_classes import CLASSES, by_class, error_class

from ..bench.made import ELSEWHERE, LABEL, VALUE, prediction, question

BELOW = (55.0, 30.0, 85.0, 40.0)
NO_ANSWER: dict[str, Any] = {"answers": (), "answer_boxes": ()}

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("right", {}, {}),
    ("right", {"answers": ("ab c",)}, {"answer": "AB  c", "boxes": ()}),
    ("right", NO_ANSWER, {"answer": None, "boxes": (), "regions_recall": None}),
    ("invented", NO_ANSWER, {"regions_recall": None}),
    ("not detected", {}, {"answer": "1", "regions_recall": 0.0, "evidence": (LABEL,)}),
    ("not in evidence", {}, {"answer": "1", "evidence": (LABEL,)}),
    ("not in evidence", {}, {"answer": None, "boxes": (), "evidence": (LABEL,)}),
    ("missed", {}, {"answer": None, "boxes": ()}),
    ("misread", {}, {"answer": "12.60"}),
    ("spaced", {}, {"answer": "12. 50"}),
    ("cut short", {}, {"answer": "12"}),
    ("too long", {}, {"answer": "RM 12.50"}),
    ("too long", {"alt_answer_boxes": (ELSEWHERE,)}, {"answer": "a 12.50", "boxes": (ELSEWHERE,)}),
    ("other column", {}, {"answer": "9", "boxes": (LABEL,)}),
    ("other row", {}, {"answer": "9", "boxes": (BELOW,)}),
    ("elsewhere", {}, {"answer": "9", "boxes": ((0.0, 60.0, 20.0, 70.0),)}),
    ("elsewhere", {}, {"answer": "9", "boxes": ()}),
]


@pytest.mark.parametrize(("kind", "asked", "said"), CASES)
def test_each_kind(kind: str, asked: dict[str, Any], said: dict[str, Any]):
    assert error_class(question(**asked), prediction(**said)) == kind


def test_every_kind_has_a_case_and_members_keep_their_order():
    pairs = [
        (question(str(n), **asked), prediction(str(n), **said))
        for n, (_, asked, said) in enumerate(CASES)
    ]
    found = by_class(pairs)
    assert list(found) == list(CLASSES), "all kinds, the pipeline's order"
    assert sum(map(len, found.values())) == len(pairs)
    assert [q.id for q, _ in found["right"]] == ["0", "1", "2"]


def test_the_command_counts_by_method(
    pinpoint_bench: Callable[..., tuple[int, str, str]], tmp_path: Path
):
    Image.new("RGB", (100, 100)).save(tmp_path / "a.png")
    row = {
        "id": "q", "image": "a.png", "question": "?", "answers": ["12.50"], "page": 0,
        "answer_boxes": [VALUE], "support_boxes": [VALUE], "width": 100, "height": 100,
    }  # fmt: skip
    data, kept = tmp_path / "qa.jsonl", tmp_path / "p.jsonl"
    data.write_text(json.dumps(row))
    said = [prediction(), prediction(method="lexical", answer="12")]
    kept.write_text("".join(json.dumps(p.to_json()) + "\n" for p in said))
    code, out, _ = pinpoint_bench("errors", kept, "--data", data, "--examples", 1)
    assert code == 0
    assert "lexical, cut short: q: '12', not '12.50'" in out
    code, out, _ = pinpoint_bench("errors", kept, "--data", data, "--json")
    assert json.loads(out)["pinpoint"] == {"right": {"count": 1, "examples": []}}
    code, _, err = pinpoint_bench("errors", kept, "--data", data, "--method", "oracle")
    assert code == 2
    assert "has no answers of 'oracle'" in err
    code, _, err = pinpoint_bench("errors", tmp_path / "none.jsonl", "--data", data)
    assert code == 2
    assert "no such file; make it with" in err
    data.write_text(json.dumps(row | {"id": "other"}))
    code, _, err = pinpoint_bench("errors", kept, "--data", data)
    assert code != 0
    assert "'q' is no question of" in err
