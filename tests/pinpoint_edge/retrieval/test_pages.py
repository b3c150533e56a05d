"""The pages of a long document that a question is likely to be about."""

from __future__ import annotations

from pinpoint_edge.retrieval.pages import MOST, likely_pages

COUNT = 20


def report(**pages: str) -> list[str | None]:
    """Pages of filler, but for those given by their numbers ("p7")."""
    texts: list[str | None] = [f"Section {number} of the yearly report" for number in range(COUNT)]
    for name, text in pages.items():
        texts[int(name[1:])] = text
    return texts


def test_the_pages_of_the_questions_words_are_chosen() -> None:
    texts = report(p7="Invoices are payable in 30 days", p15="The invoice number is 17")
    chosen = likely_pages("What is the invoice number?", texts)
    assert len(chosen) == MOST
    assert {7, 15} <= set(chosen)
    assert chosen == sorted(chosen)


def test_a_page_whose_text_is_not_known_is_always_among_them() -> None:
    texts = report(p7="The invoice number is 17")
    texts[19] = None
    assert {7, 19} <= set(likely_pages("What is the invoice number?", texts))


def test_all_pages_where_they_are_few_or_no_word_is_known() -> None:
    assert likely_pages("What is it?", ["a", None, "b"]) == [0, 1, 2]
    assert likely_pages("Who paid?", report()) == list(range(COUNT))
    assert likely_pages("Who paid?", [None] * COUNT) == list(range(COUNT))


def test_words_of_questions_do_not_count() -> None:
    texts = report(p3="What is the matter? Who are you?", p11="Deposit: 300")
    assert 11 in likely_pages("What is the deposit?", texts)
    assert likely_pages("What is the?", texts) == list(range(COUNT))
