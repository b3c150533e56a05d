"""Questions about a document: one page answers them, and no other could."""

from __future__ import annotations

from pinpoint_data.generator.document_questions import questions_of_document
from pinpoint_data.generator.stream import pages
from pinpoint_edge.evaluation.metrics import letters


def test_no_other_page_has_the_label_and_a_page_alone_keeps_its_own() -> None:
    document = list(pages("documents", ["form", "receipt", "invoice"], range(5)))
    asked = [questions_of_document(document, own) for own in range(5)]
    assert sum(map(len, asked)) > 5
    for own, questions in enumerate(asked):
        rest = [line.text for n, page in enumerate(document) if n != own for line in page.lines]
        for question in questions:
            assert question in document[own].questions
            assert not any(letters(question.label) in letters(text) for text in rest)


def test_the_same_page_twice_leaves_nothing_to_ask() -> None:
    (page,) = pages("documents", ["form"], [0])
    assert questions_of_document([page, page], 0) == []
