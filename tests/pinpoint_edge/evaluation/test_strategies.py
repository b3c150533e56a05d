"""Strategies on a printed page seen by the real detector and glance encoder."""

from __future__ import annotations

import numpy as np
import pytest

from pinpoint_edge.document import Document
from pinpoint_edge.errors import OptionError
from pinpoint_edge.evaluation import metrics
from pinpoint_edge.evaluation.strategies import STRATEGIES, strategy
from pinpoint_edge.retrieval import selection
from pinpoint_edge.retrieval.selection import Limits

LINES = ("Corner Bakery", "Date 14/03/2019", "Total 48.75", "Thank you and come again")
OTHER = ("Delivery note", "Date 02/11/2020")
TOTAL, DATE = "What is the total?", "What is the date?"


@pytest.fixture(scope="module")
def opened(small_reader, printed):
    return small_reader.open([printed(*LINES), printed(*OTHER)])


@pytest.fixture
def document(opened):
    """Two open pages of which nothing has been refined."""
    return Document(opened.engine, opened.pages, opened.timings)


def pick(document, name, question=TOTAL, *, coverage=0.9, budget=256, share=None, gold=None):
    chosen = strategy(name, share=share, gold=gold)
    return chosen(document, question, Limits(coverage, budget), {})


def gold(document, *indices):
    return [(document.page_of[i], document.regions[i].box) for i in indices]


def test_every_line_is_a_region_in_reading_order(document):
    assert document.page_of == [0, 0, 0, 0, 1, 1]
    readings = [reading for page in document.pages for reading in page.glance.readings]
    for reading, line in zip(readings, (*LINES, *OTHER), strict=True):
        wrong = metrics.levenshtein(reading.casefold(), line.casefold())
        assert wrong <= 0.4 * len(line), f"{line!r} was glanced at as {reading!r}"


def test_full_page_takes_everything(document):
    choice = pick(document, "full-page")
    assert choice.indices == tuple(range(6))
    assert choice.found
    assert choice.relevance.sum() == pytest.approx(1)


@pytest.mark.parametrize("name", ["lexical", "read-all"])
def test_literal_matches_come_first(document, name):
    assert 2 in pick(document, name, TOTAL, share=0.25).indices
    assert 4 in pick(document, name, "Which delivery is it?", share=0.2).indices
    dates = pick(document, name, DATE, share=0.5)
    assert {1, 5} <= set(dates.indices)
    assert dates.relevance[[1, 5]].min() > dates.relevance[[0, 2, 3, 4]].max()


def test_only_read_all_reads_what_it_does_not_choose(document):
    pick(document, "lexical")
    assert document.refined == {}
    choice = pick(document, "read-all", share=0.2)
    assert len(choice.indices) < 6
    assert [document.refined[i].transcription.text for i in range(4)] == list(LINES)


def test_the_oracle_takes_the_boxes_that_it_is_given(document):
    assert pick(document, "oracle", gold=gold(document, 2, 4)).indices == (2, 4)
    _, (x0, y0, x1, y1) = gold(document, 1)[0]
    part = (x0, y0, x0 + (x1 - x0) / 2, y1)
    assert pick(document, "oracle", gold=[(0, part)]).indices == (1,)
    elsewhere = pick(document, "oracle", gold=[(1, (0.0, 390.0, 30.0, 400.0))])
    assert (elsewhere.indices, elsewhere.found) == ((), False)
    with pytest.raises(OptionError, match="needs the gold support boxes"):
        pick(document, "oracle")


def test_pinpoint_follows_coverage_then_budget(document):
    everything = pick(document, "pinpoint", coverage=1.0, budget=100_000)
    # Whether the other page, which has a date alone, may hold a total is a close call.
    assert everything.indices in (tuple(range(4)), tuple(range(6))), "whole pages"
    assert everything.left_out == 0
    order = np.argsort(-everything.relevance, kind="stable")
    assert order[0] == 2, "the line that holds the total"
    one = pick(document, "pinpoint", coverage=1e-6)
    assert one.indices == (2,)
    assert one.left_out == 0, "coverage ended the choice, not the budget"
    costs = document.costs[order]
    tight = pick(document, "pinpoint", coverage=1.0, budget=int(costs[:2].sum()))
    assert tight.indices == tuple(sorted(order[:2]))
    assert tight.left_out == len(everything.indices) - 2
    assert one.null == tight.null == everything.null
    assert everything.found == (everything.null < selection.DEFAULTS.null_wins)


def test_a_share_holds_every_reader_to_the_same_price(document):
    limit = 0.4 * document.costs.sum()
    for name in ("pinpoint", "lexical", "read-all"):
        choice = pick(document, name, share=0.4)
        assert 0 < document.costs[list(choice.indices)].sum() <= limit
        expected = selection.top_by_share(choice.relevance, document.costs, 0.4)
        assert choice.indices == expected
        assert choice.found
        with pytest.raises(OptionError, match="share is 0"):
            pick(document, name, share=0.0)


def test_a_blank_page_answers_nothing(small_reader, printed):
    blank = small_reader.open(printed())
    for name in STRATEGIES:
        for share in (None, 0.3):
            choice = pick(blank, name, share=share, gold=[(0, (0.0, 0.0, 9.0, 9.0))])
            assert (choice.indices, choice.found) == ((), False), (name, share)


def test_an_unknown_strategy_is_refused():
    with pytest.raises(OptionError, match="'best': choose one of pinpoint, full-page"):
        strategy("best")
