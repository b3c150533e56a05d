"""More questions: other wordings, and pairs that plainly stand on a page."""

from dataclasses import replace

import numpy as np

from pinpoint_train.corpus.page import CorpusQuestion
from pinpoint_train.corpus.questions import (
    LABEL_PHRASINGS,
    PHRASINGS,
    ask_differently,
    read_off_questions,
    tick_questions,
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


def test_boxes_that_were_found_are_asked_for_by_the_text_right_of_them() -> None:
    record = corpus_page(
        [
            ["[x]", "Smoking", "[ ]", "Non-smoking"],
            ["[ ]", "Other:", "[ ]", "Twice"],
            ["[x]", "12", "[x]", "twice"],
            ["Left", "[x]", "far"],
        ]
    )
    height = 24
    for row in record.layout.rows:
        end = 20.0
        for index in row:
            mark = record.texts[index].startswith("[")
            record.kinds[index] = {"[x]": "ticked", "[ ]": "unticked"}.get(
                record.texts[index], "text"
            )
            left = end + (100 if mark else 10)
            record.boxes[index][[0, 2]] = left, left + (height if mark else 80)
            end = left + (height if mark else 80)
    box, far = index_of(record, "Left"), index_of(record, "far")
    record.boxes[far][0] += 2 * height
    assert record.boxes[box][2] < record.boxes[far][0]
    made = [q for seed in range(40) for q in tick_questions(record, np.random.default_rng(seed))]
    answers = {}
    for one in made:
        answers[record.texts[one.support[1]], one.target] = one
    # As many that are ticked as are not; no label that stands twice, is no word or is far away.
    assert set(answers) == {("Smoking", "yes"), ("Non-smoking", "no"), ("Other:", "no")}
    assert all(one.answer == one.support and one.field == "yes_no" for one in made)
    assert [q.target for q in tick_questions(record, np.random.default_rng(0))] == ["yes", "no"]
    assert tick_questions(corpus_page([["No", "box"]]), np.random.default_rng(0)) == []
    record.kind = "synthetic-chart"
    assert tick_questions(record, np.random.default_rng(0)) == []
