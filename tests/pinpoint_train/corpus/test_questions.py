"""More questions: other wordings, and pairs that plainly stand on a page."""

from dataclasses import replace

import numpy as np

from pinpoint_train.corpus.page import CorpusQuestion
from pinpoint_train.corpus.questions import (
    LABEL_PHRASINGS,
    PHRASINGS,
    ask_differently,
    read_off_questions,
)

from ..corpus_pages import corpus_page, index_of


def test_half_of_the_known_questions_are_asked_in_other_words() -> None:
    question = CorpusQuestion("What is the total amount, please?", [1, 2], [2], "12.50", "total")
    made = [ask_differently(question, np.random.default_rng(seed)) for seed in range(300)]
    assert 110 < sum(one.text == question.text for one in made) < 190
    assert {one.text for one in made} == {question.text, *PHRASINGS["total"]}
    assert all(replace(one, text=question.text) == question for one in made)
    other = replace(question, field="colour")
    assert all(ask_differently(other, np.random.default_rng(s)) is other for s in range(20))


def test_pairs_are_read_off_a_page_with_what_supports_them() -> None:
    record = corpus_page(
        [
            ["Agency: Smith & Co.", "Order #:", "WO-77 "],
            ["Phone:", "Fax:", "555-0100"],
            ["Total: 1.00", "Total: 2.00"],
            ["10:30 AM", "Remarks:"],
            ["No pair here"],
        ]
    )
    made = {q.target: q for q in read_off_questions(record, np.random.default_rng(0))}
    # Not the phone, which is followed by another label, nor a label that stands twice or alone.
    assert set(made) == {"Smith & Co.", "WO-77", "555-0100"}
    assert made["Smith & Co."].support == [index_of(record, "Agency: Smith & Co.")]
    assert made["WO-77"].support == [index_of(record, "Order #:"), index_of(record, "WO-77 ")]
    assert made["WO-77"].answer == [index_of(record, "WO-77 ")]
    assert made["555-0100"].support[0] == index_of(record, "Fax:")
    wordings = {phrasing.format("Fax") for phrasing in LABEL_PHRASINGS}
    for seed in range(30):
        asked = {
            question.target: question.text
            for question in read_off_questions(record, np.random.default_rng(seed))
        }
        assert asked["555-0100"] in wordings


def test_generated_pages_bring_their_own_questions() -> None:
    for kind in ("synthetic-form", "irs-form"):
        record = corpus_page([["Name: Ann"]], kind=kind)
        assert read_off_questions(record, np.random.default_rng(0)) == []
