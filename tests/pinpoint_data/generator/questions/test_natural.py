"""Labels as people say them, and questions by a label's shape and a value's kind."""

from random import Random

import pytest

from pinpoint_data.generator.questions import natural
from pinpoint_data.generator.text import labels


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("Invoice No.", "invoice number"),
        ("P.O. Number", "purchase order number"),
        ("12) Escrow Payment:", "escrow payment"),
        ("EIN", "EIN"),
        ("DATE OF BIRTH", "date of birth"),
        ("Job #", "job number"),
        ("Acct. #", "account number"),
    ],
)
def test_a_label_is_said_in_full_and_in_small_letters(label: str, said: str) -> None:
    assert natural.spoken(label) == said


def _questions(label: str, kind: str, **options: bool) -> set[str]:
    return {natural.ask(Random(seed), label, kind, **options) for seed in range(300)}


def test_the_shape_of_a_label_words_the_question() -> None:
    assert "Who checked it?" in _questions("Checked By", "name")
    assert "When was it received?" in _questions("Received On", "date")
    assert "How many employees are there?" in _questions("Number of Employees", "integer")
    assert "When was the surgery?" in _questions("Date of Surgery", "date")
    assert not any("checked it" in text for text in _questions("Checked By", "date"))


def test_a_named_question_holds_words_of_the_label() -> None:
    free = _questions("Balance Due", "money")
    assert "How much is owed?" in free
    assert all("balance due" in text for text in _questions("Balance Due", "money", named=True))


def test_every_label_gives_a_question_without_slots() -> None:
    for pairs in labels.DOMAINS.values():
        for label, kind in pairs:
            text = natural.ask(Random(label), label, kind)
            assert text
            assert "{" not in text


def test_a_cell_is_asked_for_by_row_and_column() -> None:
    text = natural.ask_cell(Random(1), "History", "Noor", "grade")
    assert "Noor" in text
    assert "history" in text
