"""Proposals: the label that belongs to an answer, and how sure the self-check is."""

from __future__ import annotations

from pinpoint_data.annotating.proposals import Annotator, Proposal
from pinpoint_data.annotating.text_lines import PageLines

from .test_text_search import page


def proposed(layout: PageLines, question: str, *answers: str) -> Proposal:
    return Annotator(layout).propose(question, answers)


def texts(layout: PageLines, proposal: Proposal) -> list[str]:
    """The texts of the lines that support boxes lie on, cut to the box."""
    said = []
    for x0, y0, x1, _ in proposal.support_boxes:
        (line,) = (
            line for line in layout.lines
            if line.box[1] == y0 and line.box[0] <= x0 + 1 and x1 <= line.box[2] + 1
        )  # fmt: skip
        start, end = (round((x - line.box[0]) / 10) for x in (x0, x1))
        said.append(line.text[start:end])
    return said


def test_the_label_before_the_answer():
    layout = page("Corner Bakery", "Date: 14/03/2019  Time: 10:30", "Total: 48.75")
    proposal = proposed(layout, "What is the time?", "10:30")
    assert texts(layout, proposal) == ["Time", "10:30"]
    assert proposal.confidence > 0.9
    assert "label 'Time' before" in proposal.note


def test_of_two_places_the_one_with_the_label():
    layout = page("Subtotal 12.50", ((0, "Cash"), (300, "12.50")), ((0, "Total"), (300, "12.50")))
    proposal = proposed(layout, "What is the total?", "12.50")
    assert texts(layout, proposal) == ["Total", "12.50"]
    assert proposal.answer_boxes[0][1] == 60
    assert [box[1] for box in proposal.alt_answer_boxes] == [0, 30]
    assert proposal.confidence > 0.8


def test_several_places_that_no_label_tells_apart_are_left_to_a_person():
    layout = page("Total 12.50", "filler", "Total 12.50")
    proposal = proposed(layout, "What is the total?", "12.50")
    assert len(proposal.alt_answer_boxes) == 1
    assert proposal.confidence <= 0.5
    assert "no label tells which" in proposal.note


def test_row_and_column_headers_of_a_table():
    layout = page(
        ((0, "Station"), (200, "Spots"), (400, "Rate")),
        ((0, "WAGM"), (200, "14"), (400, "250.00")),
        ((0, "KTVX"), (200, "31"), (400, "250.00")),
        ((0, "WEAU"), (200, "14"), (400, "75.00")),
    )
    proposal = proposed(layout, "What is the rate of KTVX?", "250.00")
    assert proposal.answer_boxes[0][:2] == (400, 60)
    assert sorted(texts(layout, proposal)) == ["250.00", "KTVX", "Rate"]
    first = proposed(layout, "How many spots does WAGM have?", "14")
    assert first.answer_boxes[0][:2] == (200, 30)


def test_a_label_above_the_answer():
    layout = page(
        ((0, "Advertiser"), (300, "Agency")), ((0, "Smith for Senate"), (300, "Waterfront"))
    )
    proposal = proposed(layout, "Who is the advertiser?", "Smith for Senate")
    assert texts(layout, proposal) == ["Advertiser", "Smith for Senate"]


def test_a_quoted_label_with_a_misread_letter():
    layout = page("Tear rape: White", "Tipping Paper: White")
    proposal = proposed(layout, 'What is the value of "Tear tape"?', "White")
    assert proposal.answer_boxes[0][1] == 0


def test_the_best_reading_of_several_answers():
    layout = page("Total: 48.75 USD")
    assert proposed(layout, "What is the total?", "forty", "48.75").is_found


def test_an_answer_that_stands_nowhere_has_what_the_question_names():
    layout = page("Smoker: yes", "Married", "Other")
    proposal = proposed(layout, "Is the applicant married?", "no")
    assert not proposal.is_found
    assert texts(layout, proposal) == ["Married"]
    assert proposal.confidence <= 0.1


def test_unanswerable_questions_have_no_boxes():
    proposal = proposed(page("Total: 5"), "What is the tax?")
    assert (proposal.answer_boxes, proposal.support_boxes) == ((), ())
    assert proposal.confidence == 1


def test_a_short_answer_without_a_label_is_doubted():
    doubted = proposed(page("Pages 1", "of 1"), "What is the blood group?", "1")
    sure = proposed(page("Blood group: 1", "of 2"), "What is the blood group?", "1")
    assert doubted.confidence < 0.3 < 0.9 < sure.confidence


def test_boxes_that_hold_more_than_the_answer_are_doubted():
    clean = page("Total: 48.75")
    crossed = PageLines([*clean.lines, *page("Stamped 99").lines])
    assert proposed(crossed, "What is the total?", "48.75").confidence < 0.8
    assert proposed(clean, "What is the total?", "48.75").confidence > 0.9


def test_an_empty_page():
    assert not proposed(PageLines([]), "What is the total?", "1.00").is_found
