"""Scores and their sums, against figures worked out by hand."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path

import pytest
from rich.console import Console

from pinpoint_edge.evaluation.annotations import PageBoxes
from pinpoint_edge.evaluation.answer_boxes import move_apart
from pinpoint_edge.evaluation.dataset import AnnotatedPage, Question
from pinpoint_edge.evaluation.report import tables
from pinpoint_edge.evaluation.summary import MEANS, Results, plain, precision_recall, score

from ..bench.made import ELSEWHERE, VALUE, prediction, question


def page(*questions: Question) -> AnnotatedPage:
    return AnnotatedPage(questions[0].path, 100, 100, questions)


def test_a_perfect_answer():
    figures = score(question(), prediction())
    assert math.isnan(figures.pop("right_page"))  # there is one page only
    assert figures == {
        "anls": 1,
        "exact": 1,
        "relaxed": 1,
        "answer_recall": 1,
        "support_recall": 1,
        "support_complete": 1,
        "region_recall": 1,
        "answer_iou": 1,
        "evidence_tokens": 30,
        "llm_tokens": 90,
        "token_share": 0.25,
        "dropped": 0,
    }


def test_the_label_left_out_of_the_evidence():
    scores = score(question(), prediction(evidence=(VALUE,)))
    assert (scores["answer_recall"], scores["support_recall"]) == (1, 0.5)
    assert scores["support_complete"] == 0


def test_another_place_of_the_answer_counts_as_well():
    said = prediction(boxes=(ELSEWHERE,), evidence=(ELSEWHERE,))
    assert score(question(), said)["answer_recall"] == 0
    assert score(question(), said)["answer_iou"] == 0
    marked = question(alt_answer_boxes=(ELSEWHERE,))
    assert score(marked, said)["answer_recall"] == 1
    assert score(marked, said)["answer_iou"] == 1
    both = prediction(boxes=(VALUE, ELSEWHERE))
    assert score(marked, both)["answer_iou"] == pytest.approx(0.5)


def test_another_page_that_says_the_answer_is_a_right_one_as_well():
    silent, telling = (
        PageBoxes("b.png", Path("b.png"), number, 100, 100, (), (), boxes)
        for number, boxes in ((1, ()), (2, (VALUE,)))
    )
    asked = question(other_pages=(silent, telling))
    there = (move_apart(VALUE, 2),)
    said = prediction(page=2, boxes=there, evidence=there)
    scores = score(asked, said)
    assert (scores["right_page"], scores["answer_recall"], scores["answer_iou"]) == (1, 1, 1)
    there = (move_apart(VALUE, 1),)
    scores = score(asked, prediction(page=1, boxes=there, evidence=there))
    assert (scores["right_page"], scores["answer_recall"], scores["answer_iou"]) == (0, 0, 0)
    assert score(asked, prediction())["right_page"] == 1


def test_figures_that_a_question_has_not_are_nan():
    empty = question(answers=(), answer_boxes=(), support_boxes=())
    said = prediction(answer=None, boxes=(), evidence=(), regions_recall=None, page_tokens=0)
    scores = score(empty, said)
    assert scores["anls"] == scores["exact"] == 1
    for name in ("answer_recall", "support_recall", "support_complete", "answer_iou"):
        assert math.isnan(scores[name])
    assert math.isnan(scores["region_recall"])
    assert math.isnan(scores["token_share"])


def test_detection():
    found = precision_recall([True, True, True, False], [True, True, False, True])
    assert (found.precision, found.recall) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert found.f1 == pytest.approx(2 / 3)
    nothing = precision_recall([False, False], [True, True])
    assert math.isnan(nothing.precision)
    assert (nothing.recall, nothing.f1) == (0, 0)


@pytest.fixture
def results() -> Results:
    pages = [
        page(question("1"), question("2", answers=(), answer_boxes=())),
        page(question("3", "b.png"), question("4", "b.png")),
    ]
    cold = {"cold_ms": 500.0, "opening": {"detect": 300.0, "glance": 100.0}}
    slow = {"cold_ms": 1000.0, "opening": {"detect": 300.0}, "ms": 700.0, "evidence_tokens": 120}
    return Results(
        pages,
        [
            prediction("3", answer="99.99", **cold),
            prediction("1", **cold),
            prediction("2", answer=None, ms=50.0),
            prediction("4", ms=150.0),
            prediction("1", "full-page", **slow),
            prediction("3", "full-page", answer="99.99", **slow),
            prediction("2", "full-page", ms=100.0, evidence_tokens=120),
            prediction("4", "full-page", ms=300.0, evidence_tokens=120),
            prediction("stranger"),
        ],
    )


def test_summary(results: Results):
    summary = results.summary("pinpoint")
    assert (summary.questions, summary.pages) == (4, 2)
    assert summary.means["exact"].mean == 0.75
    assert summary.means["answer_iou"].count == 3  # the unanswerable one has no box
    assert list(summary.means) == list(MEANS)
    assert (summary.not_found.precision, summary.not_found.recall) == (1, 1)
    assert summary.cold_page_ms.p50 == 500
    assert (summary.next_question_ms.p50, summary.next_question_ms.count) == (100, 2)
    assert summary.stages_ms["detect"].count == 2  # once a page
    assert summary.stages_ms["decode"].count == 4


def test_the_order_of_the_predictions_changes_nothing(results: Results):
    rows = [p for _, p in results._answers["pinpoint"]]
    pages = [page(*[q for q, _ in results._answers["pinpoint"][k : k + 2]]) for k in (0, 2)]
    assert Results(pages, rows[::-1]).summary("pinpoint") == results.summary("pinpoint")


def test_comparison_is_paired(results: Results):
    comparison = results.compare("full-page", "pinpoint")
    assert comparison.differences["exact"].mean == -0.25
    assert comparison.cold_page_ratio.mean == pytest.approx(2)
    assert comparison.next_question_ratio.mean == pytest.approx(2)
    assert comparison.next_question_ratio.count == 2
    assert comparison.evidence_token_ratio == 4
    assert results.compare("pinpoint", "full-page").cold_page_ratio.mean == pytest.approx(0.5)
    assert results.compare("oracle", "pinpoint").cold_page_ratio.count == 0


def test_figures_are_valid_json(results: Results):
    value = plain([results.summary("pinpoint"), results.summary("oracle")])
    text = json.dumps(value, allow_nan=False)  # a bare NaN is no JSON
    assert json.loads(text)[0]["means"]["exact"]["mean"] == 0.75
    assert json.loads(text)[1]["means"]["exact"]["mean"] is None


def test_tables_show_every_figure(results: Results):
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(
        tables(
            [results.summary("pinpoint"), results.summary("full-page")],
            [results.compare("full-page", "pinpoint")],
        )
    )
    text = console.export_text()
    for label in MEANS.values():
        assert label in text
    assert "0.750 [" in text
    assert "2.00 [2.00, 2.00]" in text
    assert "detect" in text
