"""Choosing and wording questions: roles, shared labels, sections, empty fields."""

from random import Random

from pinpoint_data.generator.page_builder import FormField, TextSpan
from pinpoint_data.generator.questions.fields import ask
from pinpoint_data.generator.synthetic_page import DrawnLine, SyntheticQuestion
from pinpoint_data.generator.text.labels import normalise


def _span(text: str, y: float, x: float = 0) -> TextSpan:
    return TextSpan(text, (x, y, x + 80, y + 10))


def _ask(fields: list[FormField], kind: str = "form", seeds: int = 60) -> list[SyntheticQuestion]:
    spans = [s for f in fields for s in (*f.section_spans, *f.label_spans, *f.value)]
    lines = [DrawnLine(span.box, span.text, "text") for span in spans]
    return [q for seed in range(seeds) for q in ask(Random(seed), kind, fields, lines)]


def test_normalise_keeps_letters_and_digits() -> None:
    assert normalise(" P.O. Number:  #12 ") == "p o number 12"


def test_a_period_is_asked_for_whole_and_by_its_two_dates() -> None:
    label = [_span("Flight Dates", 10)]
    whole = FormField("Flight Dates", [_span("1/2/20 - 3/4/20", 10, 100)], "label", label)
    start = FormField("Flight Dates", [_span("1/2/20", 10, 100)], "flight_start", label)
    end = FormField("Flight Dates", [_span("3/4/20", 10, 140)], "flight_end", label)
    asked = [q for q in _ask([start, end, whole], "invoice") if q.answers]
    by_field = {name: {q.answers[0] for q in asked if q.field == name} for name in ("label",)}
    assert by_field["label"] == {"1/2/20 - 3/4/20"}
    assert {q.answers[0] for q in asked if q.field == "flight_start"} == {"1/2/20"}
    assert {q.answers[0] for q in asked if q.field == "flight_end"} == {"3/4/20"}
    for question in asked:
        if question.field != "label":
            assert "Flight Dates" not in question.question


def test_a_label_twice_without_sections_is_not_asked_for() -> None:
    fields = [
        FormField("Name", [_span(n, y, 100)], "label", [_span("Name", y)])
        for n, y in (("A", 10), ("B", 30))
    ]
    assert all(not q.answers for q in _ask(fields))


def test_a_label_twice_is_asked_for_by_section() -> None:
    fields = [
        FormField(
            "Name",
            [_span(name, y, 100)],
            "label",
            [_span("Name", y)],
            section,
            [_span(section, y - 10)],
        )
        for name, y, section in (("Ann", 20, "Buyer"), ("Bob", 60, "Seller"))
    ]
    asked = [q for q in _ask(fields) if q.answers]
    assert {q.answers[0] for q in asked} == {"Ann", "Bob"}
    for question in asked:
        section = "Buyer" if question.answers == ["Ann"] else "Seller"
        assert section in question.question
        assert len(question.support_boxes) == 3


def test_empty_fields_have_no_answer_but_their_label_as_support() -> None:
    asked = [
        q
        for q in _ask([FormField("Grade", [], "label", [_span("Grade", 5)])])
        if q.label == "Grade"
    ]
    assert asked
    for question in asked:
        assert question.field == "empty"
        assert question.answers == question.answer_boxes == []
        assert question.support_boxes == [(0, 5, 80, 15)]


def test_multi_line_answers_join_in_reading_order() -> None:
    value = [_span("12 Oak Street", 10), _span("Salem, OR 97301", 24)]
    asked = [q for q in _ask([FormField("", value, "address")], "receipt") if q.field == "address"]
    assert asked
    assert asked[0].answers == ["12 Oak Street Salem, OR 97301"]
    assert asked[0].answer_boxes == [span.box for span in value]


def test_a_missing_role_is_asked_for_only_without_its_traces() -> None:
    total = FormField("Total", [_span("9.00", 10, 100)], "total", [_span("Total", 10)])
    plain = {q.question for q in _ask([total], "receipt", 200) if q.field == "absent"}
    assert any("cashier" in question.lower() for question in plain)
    traced = [total, FormField("Tel", [_span("555-0100", 30, 100)], "label", [_span("Tel", 30)])]
    asked = {q.question for q in _ask(traced, "receipt", 200) if q.field == "absent"}
    assert "What is the phone number of the shop?" not in asked
