"""Grounding: golden automata, verbatim spans whatever is chosen, boxes, and the greedy driver."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinpoint_edge.errors import OptionError
from pinpoint_edge.generation.automaton import AnswerAutomaton, TokenTable
from pinpoint_edge.generation.constrained import decode_constrained
from pinpoint_edge.generation.prompt import Piece, answer_ids
from pinpoint_edge.generation.quotable import QuotableText, word_ends, word_starts
from pinpoint_edge.generation.tokenizer import Tokenizer

FOLDER = Path(__file__).parents[2] / "golden"
GOLDEN = json.loads((FOLDER / "grounding/cases.json").read_text(encoding="utf-8"))
TOKENIZER = Tokenizer(FOLDER / "tokenizer/tokenizer.json")
END = TOKENIZER.control_id("<|im_end|>")
TABLE = TokenTable(TOKENIZER.bytes_table, END)


def _column(texts, relevance=None):
    """QuotableText of one region a row, all below each other."""
    geometry = np.array([[0.5, 0.1 * (n + 1), 0.4, 0.05] for n in range(len(texts))], np.float32)
    scores = np.array(relevance or [0.0] * len(texts), np.float32)
    rows = [[Piece(n, text)] for n, text in enumerate(texts)]
    return QuotableText.from_lines(rows, geometry.reshape(-1, 4), scores)


def _answer(evidence, answer, instruction="What?"):
    automaton = AnswerAutomaton(TABLE, evidence, instruction)
    for token_id in answer_ids(TOKENIZER, answer):
        assert token_id in automaton.allowed(), (answer, TOKENIZER.token_bytes(token_id))
        automaton.push(token_id)
    return automaton.finish()


def _refused(evidence, answer, instruction="What?"):
    automaton = AnswerAutomaton(TABLE, evidence, instruction)
    for token_id in answer_ids(TOKENIZER, answer):
        if token_id not in automaton.allowed():
            with pytest.raises(OptionError):
                automaton.push(token_id)
            return True
        automaton.push(token_id)
    return False


@pytest.mark.parametrize("case", GOLDEN["words"], ids=lambda case: repr(case["text"]))
def test_golden_word_boundaries(case):
    assert word_starts(case["text"]) == case["starts"]
    assert word_ends(case["text"]) == case["ends"]


@pytest.mark.parametrize(
    "case", GOLDEN["answers"], ids=lambda case: f"{case['question']} {case['text']}"
)
def test_golden_answers(case):
    rows = [[Piece(*piece) for piece in row] for row in GOLDEN["rows"]]
    evidence = QuotableText.from_lines(
        rows, np.array(GOLDEN["geometry"], np.float32), np.array(GOLDEN["relevance"], np.float32)
    )
    assert [list(after) for after in evidence.successors] == GOLDEN["successors"]
    automaton = AnswerAutomaton(TABLE, evidence, case["question"])
    for step in case["steps"]:
        assert automaton.allowed().tolist() == step["allowed"]
        automaton.push(step["push"])
    span = automaton.finish()
    assert (span.text, span.kind, span.complete) == (case["text"], case["kind"], True)
    assert [list(piece) for piece in span.pieces] == case["pieces"]
    assert [[list(p) for p in other] for other in span.alternatives] == case["alternatives"]


def test_word_boundaries_keep_numbers_whole():
    text = "Total: $1,234.50 (due)."
    assert [text[start:] for start in word_starts(text)] == [
        "Total: $1,234.50 (due).", "$1,234.50 (due).", "1,234.50 (due).", "(due).", "due).",
    ]  # fmt: skip
    assert "Total: $1,234" not in [text[:end] for end in word_ends(text)]
    assert "Total: $1,234.50 (due" in [text[:end] for end in word_ends(text)]
    assert word_starts("at 10:30") == [0, 3]
    assert word_starts("No:123") == [0, 3]


def test_a_span_names_its_characters():
    span = _answer(_column(["Ünal: Total 12.50 RM"]), "12.50")
    assert (span.text, span.kind) == ("12.50", "span")
    assert span.pieces == ((0, 12, 17),)


def test_part_of_a_word_or_other_words_are_refused():
    evidence = _column(["Total 12.50"])
    for answer in ("12", "12.5", "otal", "Total 12.51", "13", "Tot"):
        assert _refused(evidence, answer), answer


def test_stripped_spaces_still_count_in_offsets():
    assert _answer(_column(["  Total"]), "Total").pieces == ((0, 2, 7),)


def test_a_two_line_address_in_a_column_skips_the_other_column():
    rows = [[Piece(4, "12 Elm Street"), Piece(5, "Invoice")], [Piece(6, "Springfield")]]
    geometry = np.zeros((7, 4), np.float32)
    geometry[4:] = [[0.2, 0.1, 0.3, 0.03], [0.8, 0.1, 0.2, 0.03], [0.2, 0.15, 0.2, 0.03]]
    evidence = QuotableText.from_lines(rows, geometry, np.zeros(7, np.float32))
    assert _answer(evidence, "12 Elm Street Springfield").pieces == ((4, 0, 13), (6, 0, 11))
    assert _answer(evidence, "Street Invoice Springfield").pieces[0] == (4, 7, 13)
    assert _refused(evidence, "Springfield Invoice")


def test_spans_do_not_cross_pages():
    rows = [[Piece(0, "one", 0)], [Piece(1, "two", 1)]]
    geometry = np.array([[0.5, 0.9, 0.4, 0.1], [0.5, 0.95, 0.4, 0.1]], np.float32)
    evidence = QuotableText.from_lines(rows, geometry, np.zeros(2, np.float32))
    assert _refused(evidence, "one two")


def test_the_most_relevant_of_equal_words_is_chosen_and_the_others_reported():
    evidence = _column(["paid 9.00", "cash", "paid 9.00"], [0.1, 0.0, 2.0])
    span = _answer(evidence, "9.00")
    assert span.pieces == ((2, 5, 9),)
    assert span.alternatives == (((0, 5, 9),),)


def test_longer_words_leave_only_the_place_that_has_them():
    span = _answer(_column(["paid 9.00", "paid 9.50"], [5.0, 0.0]), "paid 9.50")
    assert span.pieces == ((1, 0, 9),)
    assert span.alternatives == ()


def test_fixed_answers():
    evidence = _column(["Total"])
    assert _answer(evidence, "yes").kind == "yes"
    assert _answer(evidence, "no").kind == "no"
    span = _answer(evidence, "not found")
    assert (span.text, span.kind, span.pieces) == ("not found", "not-found", ())
    assert _answer(_column(["no"]), "no").kind == "span"


@pytest.mark.parametrize(
    "question", ["How many items?", "Number of pages", "What is the number of rows?", "Count them"]
)
def test_counts_only_where_they_are_asked_for(question):
    evidence = _column(["Total"])
    assert _answer(evidence, "42", question).kind == "count"
    assert _refused(evidence, "100", question)
    assert _refused(evidence, "42", "What is the account number of Smith?")


def test_unspaced_scripts_are_cut_between_characters():
    evidence = _column(["合計：1200円税込"])
    assert _answer(evidence, "1200円").pieces == ((0, 3, 8),)
    assert _answer(evidence, "1200").pieces == ((0, 3, 7),)
    assert _refused(evidence, "120")


def test_an_empty_page_leaves_the_fixed_answers():
    evidence = _column([])
    assert _answer(evidence, "not found").kind == "not-found"
    assert _answer(_column(["", "  "]), "yes").kind == "yes"


def _verbatim(text, evidence):
    """Whether the text is a span of the evidence; a search of its own, on strings."""

    def runs_on(place, left):
        whole = evidence.texts[place]
        if whole.startswith(left):
            return True
        head = whole + " "
        return left.startswith(head) and any(
            runs_on(after, left[len(head) :]) for after in evidence.successors[place]
        )

    return any(
        whole[start:].startswith(text)
        or (
            text.startswith(whole[start:] + " ")
            and any(runs_on(n, text[len(whole) - start + 1 :]) for n in evidence.successors[place])
        )
        for place, whole in enumerate(evidence.texts)
        for start in range(len(whole))
    )


WORDS = st.sampled_from(
    [
        "a",
        "b",
        "aa",
        "Total:",
        "$1,234.50",
        "(due)",
        "合計",
        "é",
        "05/25/20",
        "no",
        "not",
        "🧾",
        ".",
    ]
)
TEXTS = st.lists(st.lists(WORDS, max_size=4).map(" ".join), max_size=6)


@settings(deadline=None, max_examples=150)
@given(TEXTS, st.booleans(), st.randoms(use_true_random=False))
def test_whatever_is_chosen_the_answer_is_verbatim(texts, counting, random):
    evidence = _column(texts)
    automaton = AnswerAutomaton(TABLE, evidence, "How many?" if counting else "What?")
    emitted = b""
    for _ in range(400):
        allowed = automaton.allowed().tolist()
        assert allowed, "no way on and no way to end"
        choice = END if END in allowed and random.random() < 0.3 else random.choice(allowed)
        automaton.push(choice)
        if choice == END:
            break
        emitted += TOKENIZER.token_bytes(choice)
    span = automaton.finish()
    assert span.complete
    assert emitted == b" " + span.text.encode()
    if span.kind == "count":
        assert counting
        assert re.fullmatch(r"\d\d?", span.text)
    elif span.kind == "span":
        assert _verbatim(span.text, evidence)
        for pieces in (span.pieces, *span.alternatives):
            parts = [texts[region][start:end] for region, start, end in pieces]
            assert " ".join(parts) == span.text
    else:
        assert span.text == span.kind.replace("-", " ")
    assert automaton.allowed().size == 0


@settings(deadline=None, max_examples=60)
@given(TEXTS, st.data())
def test_every_span_of_words_can_be_answered(texts, data):
    evidence = _column(texts)
    places = [n for n, text in enumerate(evidence.texts) if text]
    if not places:
        return
    place = data.draw(st.sampled_from(places))
    text = evidence.texts[place]
    start = data.draw(st.sampled_from(word_starts(text)))
    ends = [end for end in word_ends(text) if end > start]
    answer = text[start : data.draw(st.sampled_from(ends))] if ends else text[start:]
    assert _answer(evidence, answer).text == answer


def _model(answer):
    """A language model that wants to say `answer`, token by token."""
    wanted = answer_ids(TOKENIZER, answer)
    calls = []

    def step(ids):
        calls.append(list(ids))
        logits = np.zeros(TOKENIZER.vocabulary, np.float32)
        logits[wanted[min(len(calls), len(wanted)) - 1]] = 5.0
        return logits

    return step, calls


def test_greedy_decoding_follows_the_model_where_it_may():
    step, calls = _model("12.50")
    decoded = decode_constrained(
        step, AnswerAutomaton(TABLE, _column(["Total 12.50"]), "?"), 20, [7, 8]
    )
    assert decoded.text == decoded.span.text == "12.50"
    assert calls[0] == [7, 8]
    assert calls[1:] == [[token] for token in answer_ids(TOKENIZER, "12.50")[:-1]]
    assert len(decoded.log_probabilities) == len(calls)
    vocabulary = TOKENIZER.vocabulary
    assert decoded.log_probabilities[0] == pytest.approx(5 - np.log(np.exp(5) + vocabulary - 1))
    for full, among in zip(
        decoded.log_probabilities, decoded.allowed_log_probabilities, strict=True
    ):
        assert full <= among <= 1e-9


def test_greedy_decoding_cannot_be_made_to_invent():
    step, _ = _model("99.99")
    decoded = decode_constrained(step, AnswerAutomaton(TABLE, _column(["Total 12.50"]), "?"), 20)
    assert decoded.text in {"Total", "Total 12.50", "12.50", "yes", "no", "not found"}


def test_probability_of_not_found_is_reported():
    step, _ = _model("not found")
    decoded = decode_constrained(step, AnswerAutomaton(TABLE, _column(["Total"]), "?"), 20)
    assert decoded.span.kind == "not-found"
    assert decoded.not_found_probability == pytest.approx(
        np.exp(decoded.allowed_log_probabilities[0])
    )
    assert decoded.not_found_probability > 0.8


def test_a_token_limit_cuts_back_to_a_whole_word():
    step, _ = _model("alpha beta")
    evidence = _column(["alpha beta"])
    needed = len(TOKENIZER.encode(" alpha"))
    decoded = decode_constrained(step, AnswerAutomaton(TABLE, evidence, "?"), needed + 1)
    assert (decoded.text, decoded.span.complete) == ("alpha", False)
    step, _ = _model("alpha beta")
    decoded = decode_constrained(step, AnswerAutomaton(TABLE, evidence, "?"), 1)
    assert (decoded.span.kind, decoded.span.complete) == ("not-found", False)
    with pytest.raises(OptionError, match="at least one"):
        decode_constrained(step, AnswerAutomaton(TABLE, evidence, "?"), 0)


def test_nothing_can_follow_the_end():
    automaton = AnswerAutomaton(TABLE, _column(["Total"]), "?")
    with pytest.raises(OptionError, match="cannot end"):
        automaton.push(END)
    for token_id in answer_ids(TOKENIZER, "Total"):
        automaton.push(token_id)
    for token_id in (END, TOKENIZER.encode(" Total")[0]):
        with pytest.raises(OptionError):
            automaton.push(token_id)


def test_equal_words_everywhere_do_not_multiply_the_paths():
    # Two columns of "0": each goes on in two ways, 2^19 paths for twenty of them.
    rows = [[Piece(2 * row, "0"), Piece(2 * row + 1, "0")] for row in range(40)]
    geometry = np.array(
        [[0.25 + 0.5 * (n % 2), 0.02 * (n // 2), 0.3, 0.01] for n in range(80)], np.float32
    )
    evidence = QuotableText.from_lines(rows, geometry, np.zeros(80, np.float32))
    automaton = AnswerAutomaton(TABLE, evidence, "?")
    for token_id in TOKENIZER.encode(" " + " ".join("0" * 20)):
        automaton.push(token_id)
        assert len(automaton._live) <= 83, "one path a place, and three fixed answers"
    automaton.push(END)
    span = automaton.finish()
    assert len(span.pieces) == 20
    assert len(span.alternatives) < 80
