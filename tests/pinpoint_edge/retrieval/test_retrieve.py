"""Relevance over the pages of a document."""

from __future__ import annotations

import numpy as np

from pinpoint_edge.retrieval import retrieve


def test_pages_compete_by_their_share_of_the_sharp_relevance():
    page_of = [0, 0, 1]
    level = np.array([5.0, 1.0, 4.0], np.float32)
    assert np.array_equal(retrieve._on_likely_pages(level, page_of, 0.1), level)
    kept = retrieve._on_likely_pages(np.array([5.0, 1.0, 2.0], np.float32), page_of, 0.1)
    assert kept.tolist() == [5.0, 1.0, retrieve.OUT_OF_REACH]
    alone = np.array([-9.0, 5.0], np.float32)
    assert np.array_equal(retrieve._on_likely_pages(alone, [0, 0], 0.1), alone)


def test_the_most_relevant_page_of_many_stays():
    """Of a dozen pages none may have the least share; the document is no less relevant for it."""
    scores = np.full(12, 3.0, np.float32)
    scores[7] = 3.1
    kept = retrieve._on_likely_pages(scores, range(12), 0.1)
    assert np.flatnonzero(kept > retrieve.OUT_OF_REACH).tolist() == [7]
    assert kept[7] == scores[7]
