"""Proposals beside annotations, and how well a confidence separates."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pinpoint_data.annotating.proposals import Proposal
from pinpoint_data.annotating.scoring import auroc, score, summary
from pinpoint_edge.evaluation.annotations import Box, Question

LABEL, VALUE, COPY, FAR = (0, 0, 40, 10), (50, 0, 90, 10), (50, 50, 90, 60), (0, 80, 9, 90)


def question(*alt: Box) -> Question:
    return Question(
        image="a.png", file=Path("a.png"), page=0, width=100, height=100, answer_boxes=(VALUE,),
        support_boxes=(LABEL, VALUE), alt_answer_boxes=alt, id="q", question="?", answers=("5",),
        field=None,
    )  # fmt: skip


def proposal(answers: tuple[Box, ...], *support: Box, confidence: float = 0.9) -> Proposal:
    return Proposal(answers, support, (), confidence, "")


def test_right_with_its_support():
    made = score(question(), proposal((VALUE,), LABEL, VALUE))
    assert (made.is_right, made.has_support) == (True, True)
    part = (52.0, 1.0, 88.0, 9.0)  # of the line that the annotator boxed
    assert score(question(), proposal((part,), LABEL, part)).is_right


def test_without_the_label():
    made = score(question(), proposal((VALUE,), VALUE))
    assert (made.is_right, made.has_support, made.labels) == (True, False, (0, 1))


def test_another_place_is_right_where_it_is_allowed():
    made = score(question(COPY), proposal((COPY,), LABEL, COPY))
    assert (made.is_right, made.is_marked) == (True, False)
    assert score(question(COPY), proposal((VALUE,), VALUE)).is_marked
    assert not score(question(), proposal((COPY,), LABEL, COPY)).is_right


def test_one_box_too_many_or_none_is_wrong():
    assert not score(question(), proposal((VALUE, FAR), VALUE)).is_right
    assert not score(question(), proposal((), LABEL)).is_right


def test_the_summary_counts_boxes_and_questions():
    good = score(question(), proposal((VALUE,), LABEL, VALUE))
    bad = score(question(), proposal((FAR,), FAR, confidence=0.2))
    figures = summary([good, good, bad])
    assert figures["answer_recall"] == figures["answer_precision"] == figures["right"] == 0.6667
    assert figures["auroc_right"] == 1
    assert figures["by_confidence"][0] == {
        "at_least": 0.9, "kept": 0.6667, "right": 1.0, "right_and_supported": 1.0
    }  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.4, 0.4, 0.9]), st.booleans()), max_size=12))
def test_auroc_is_the_share_of_pairs(rows: list[tuple[float, bool]]):
    pairs = [(a > b) + (a == b) / 2 for a, x in rows if x for b, y in rows if not y]
    got = auroc([c for c, _ in rows], [right for _, right in rows])
    assert got == (round(sum(pairs) / len(pairs), 4) if pairs else None)
