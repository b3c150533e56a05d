"""Reports: who is on the front, and what a table and a picture say of what was not measured."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from pinpoint_edge.errors import OptionError, OutputError
from pinpoint_edge.evaluation.metrics import Estimate
from pinpoint_edge.evaluation.summary import Spread
from pinpoint_quantization.report.measure import Answers, BundleReport, Times
from pinpoint_quantization.report.render import draw, front, tables


def row(recipe: str, megabytes: int, anls: float, ms: float) -> BundleReport:
    return BundleReport(
        f"forms-{recipe}", "onnx", recipe, megabytes * 10**6, {"decode": megabytes * 9 * 10**5},
        Times(Spread(ms, ms * 1.5, 5), Spread(ms / 2, ms, 5), ms / 400, ms / 400),
        Answers(20, Estimate(anls, anls - 0.1, anls + 0.1, 20), Estimate(0, 0, 0, 20), 0.95),
        {"decode": 250_000_000, "ask": None},
    )  # fmt: skip


ROWS = [row("fp32", 560, 0.88, 400), row("int8", 178, 0.87, 300), row("bad", 200, 0.6, 500)]


def told(rows: list[BundleReport]) -> str:
    console = Console(width=200, file=io.StringIO(), highlight=False)
    for table in tables(rows):
        console.print(table)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_the_front_holds_what_nothing_beats() -> None:
    assert front([(560, 0.88), (178, 0.87), (200, 0.6)]) == [True, True, False]
    assert front([(1, 1), (1, 1)]) == [True, True]
    assert front([(1, 1), (2, 1)]) == [True, False]


def test_a_table_says_all_figures_and_what_is_missing() -> None:
    text = told(ROWS)
    for part in ("178.0", "300 / 450", "0.75", "0.8700 [0.770, 0.970]", "19 of 20", "250"):
        assert part in text
    bare = [BundleReport("forms", "onnx", "fp32", 10**6, {})]
    assert told(bare).count("–") == 7
    assert "peak RSS" not in told(bare)


def test_rows_are_plain_json() -> None:
    value = json.loads(json.dumps(ROWS[1].to_json()))
    assert value["times"]["page"] == {"p50": 300.0, "p90": 450.0, "count": 5}
    assert value["answers"]["identical"] == 0.95
    unknown = Answers(1, Estimate(1, float("nan"), float("nan"), 1), ROWS[0].answers.difference, 1)  # type: ignore[union-attr]
    assert (
        BundleReport("x", "onnx", "y", 1, {}, answers=unknown).to_json()["answers"]["anls"]["low"]
        is None
    )


def test_equal_figures_are_the_same_picture(tmp_path: Path) -> None:
    draw(ROWS, tmp_path / "one.png")
    draw(ROWS, tmp_path / "two.png")
    content = (tmp_path / "one.png").read_bytes()
    assert content == (tmp_path / "two.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    draw(
        [BundleReport("forms", "onnx", "fp32", 10**6, {"decode": 9 * 10**5})],
        tmp_path / "sizes.svg",
    )
    assert b"<svg" in (tmp_path / "sizes.svg").read_bytes()
    with pytest.raises(OutputError, match="Cannot write"):
        draw(ROWS, tmp_path / "none" / "three.png")


def test_a_missing_matplotlib_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(OptionError, match="pip install matplotlib"):
        draw(ROWS, tmp_path / "one.png")
