"""Forms in other languages: each question is about one field of the page, or about none."""

from random import Random

import pytest

from pinpoint_data.generator import stream
from pinpoint_data.generator.layouts.forms import foreign
from pinpoint_data.generator.text.languages import LOCALES, MONTHS, TERMS, Translator


def test_every_language_has_every_term_and_month() -> None:
    assert {len(terms) for terms in TERMS.values()} == {len(TERMS["de"])}
    assert {len(months) for months in MONTHS.values()} == {12}
    for terms in TERMS.values():
        for term in terms:
            assert all(label == label.strip() and label for label in term.labels)


@pytest.mark.parametrize("code", LOCALES)
def test_every_kind_of_value_is_made_and_asked_for(code: str) -> None:
    make = Translator(Random(3), code)
    for term in TERMS[code]:
        assert make.term_value(term.kind).strip()
        assert "{" not in make.ask(term, term.labels[0])


def test_money_has_a_decimal_comma() -> None:
    for seed in range(20):
        assert "," in Translator(Random(seed), "it").local_money()[-7:]


@pytest.mark.parametrize("seed", range(10))
def test_a_question_has_one_field(seed: int) -> None:
    canvas = foreign.draw(Random(seed))
    assert not canvas.fields
    texts = {line.text for line in canvas.lines}
    labels = [q.label for q in canvas.questions if q.field != "absent"]
    assert len(labels) == len(set(labels)) > 2
    for question in canvas.questions:
        if question.answers:
            assert question.answers[0].split()[0] in " ".join(texts)


def test_no_english_label_is_said_to_be_absent() -> None:
    page = stream.page("abroad", 0, ["foreign"])
    held = " ".join(line.text for line in page.lines).lower()
    for question in page.questions:
        if question.field == "absent":
            assert question.label.lower() not in held
