"""Packs: what each question sees, what it learns, and which region each visual token is."""

from pathlib import Path

import numpy as np
import pytest

from pinpoint_edge.generation import prompt
from pinpoint_edge.generation.tokenizer import Tokenizer
from pinpoint_train.corpus.contexts import TrainingContext, choose_context, make_context
from pinpoint_train.corpus.page import CorpusPage, CorpusQuestion

from ..corpus_pages import corpus_page, index_of

GOLDEN = Path(__file__).parents[2] / "golden" / "tokenizer" / "tokenizer.json"
ROWS = [["Invoice", "No 1234"], ["Date:", "5/28/20"], ["", "Total:", "RM60.30"], ["Thank you"]]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer(GOLDEN)


def question(record: CorpusPage, text: str, label: str, value: str, target: str) -> CorpusQuestion:
    answer = [index_of(record, value)]
    return CorpusQuestion(text, sorted([index_of(record, label), *answer]), answer, target)


def questions_of(record: CorpusPage) -> list[CorpusQuestion]:
    return [
        question(record, "What is the total?", "Total:", "RM60.30", "60.30"),
        question(record, "When was it?", "Date:", "5/28/20", "5/28/20"),
        CorpusQuestion("What is the blood group?", [], [], None),
    ]


def pack_of(
    record: CorpusPage, tokenizer: Tokenizer, shown: set[int] | None = None
) -> TrainingContext:
    shown = set(range(len(record.texts))) if shown is None else shown
    pack = make_context(record, questions_of(record), tokenizer, np.random.default_rng(0), shown)
    assert pack is not None
    return pack


def test_a_question_sees_the_context_and_itself_alone(tokenizer: Tokenizer) -> None:
    pack = pack_of(corpus_page(ROWS), tokenizer)
    seen = pack.visible()
    assert set(pack.segments.tolist()) == {0, 1, 2, 3}
    for i, mine in enumerate(pack.segments):
        for j, theirs in enumerate(pack.segments):
            assert seen[i, j] == (j <= i and theirs in (0, mine))
    context = int((pack.segments == 0).sum())
    for number in range(4):
        places = pack.positions[pack.segments == number]
        assert places.tolist() == list(range(places[0], places[0] + len(places)))
        assert places[0] == (context if number else 0)


def test_each_question_is_the_prompt_of_inference_and_learns_its_answer(
    tokenizer: Tokenizer,
) -> None:
    record = corpus_page(ROWS)
    pack = pack_of(record, tokenizer)
    rows = [[prompt.Piece(i, record.texts[i]) for i in row] for row in record.layout.rows]
    context = pack.ids[pack.segments == 0]
    assert (pack.targets[pack.segments == 0] == -1).all()
    answers = ["60.30", "5/28/20", prompt.NOT_FOUND]
    for number, (asked, words) in enumerate(zip(questions_of(record), answers, strict=True), 1):
        own, targets = pack.ids[pack.segments == number], pack.targets[pack.segments == number]
        answer = prompt.answer_ids(tokenizer, words)
        built = prompt.build(tokenizer, asked.text, rows).ids
        assert np.concatenate([context, own]).tolist() == [*built.tolist(), *answer]
        learned = np.flatnonzero(targets >= 0)
        assert targets[learned].tolist() == answer
        assert targets[learned].tolist() == own[learned + 1].tolist()
        assert tokenizer.control_id(prompt.END) == targets[learned[-1]]
        assert learned[-1] == len(own) - 2


def test_an_answer_that_is_not_shown_is_not_found(tokenizer: Tokenizer) -> None:
    record = corpus_page(ROWS)
    hidden = set(range(len(record.texts))) - {index_of(record, "RM60.30")}
    pack = pack_of(record, tokenizer, hidden)

    def learned(number: int) -> list[int]:
        mine = pack.targets[pack.segments == number]
        return [int(value) for value in mine[mine >= 0]]

    assert learned(1) == learned(3) == prompt.answer_ids(tokenizer, prompt.NOT_FOUND)
    assert learned(2) == prompt.answer_ids(tokenizer, "5/28/20")
    # A label that is left out does not make the value unknown.
    shown = set(range(len(record.texts))) - {index_of(record, "Total:")}
    pack = pack_of(record, tokenizer, shown)
    assert learned(1) == prompt.answer_ids(tokenizer, "60.30")


def test_an_answer_that_is_shown_in_part_teaches_nothing(tokenizer: Tokenizer) -> None:
    record = corpus_page([["Cc", "Ann"], ["", "Bob"]])
    lines = [index_of(record, "Ann"), index_of(record, "Bob")]
    told = [
        CorpusQuestion("Who?", lines, lines, "Ann Bob"),
        CorpusQuestion("Are both named?", lines, lines, "yes", "yes_no"),
    ]
    shown = set(range(len(record.texts))) - {lines[1]}
    pack = make_context(record, told, tokenizer, np.random.default_rng(0), shown)
    assert pack is not None
    assert (pack.targets[pack.segments == 1] == -1).all()
    # What takes both to tell cannot be told.
    learned = pack.targets[pack.segments == 2]
    assert learned[learned >= 0].tolist() == prompt.answer_ids(tokenizer, prompt.NOT_FOUND)


def test_visual_tokens_stand_before_their_regions_in_reading_order(tokenizer: Tokenizer) -> None:
    record = corpus_page(ROWS)
    shown = set(range(len(record.texts))) - {index_of(record, "No 1234")}
    pack = pack_of(record, tokenizer, shown)
    assert pack.regions == sorted(shown)
    slots = np.flatnonzero(pack.ids >= tokenizer.vocabulary)
    assert (pack.ids[slots] - tokenizer.vocabulary).tolist() == list(range(len(shown)))
    for slot, region in zip(slots, pack.regions, strict=True):
        words = prompt.region_ids(tokenizer, record.texts[region])
        assert pack.ids[slot + 1 : slot + 1 + len(words)].tolist() == words


def test_an_empty_context_and_one_that_is_too_long(tokenizer: Tokenizer) -> None:
    pack = pack_of(corpus_page(ROWS), tokenizer, set())
    assert pack.regions == []
    assert (pack.ids < tokenizer.vocabulary).all()
    long = corpus_page([[f"Line {i} of a long page with 12345678"] for i in range(80)])
    asked = [CorpusQuestion("What is it?", [], [], None)]
    shown = set(range(80))
    assert make_context(long, asked, tokenizer, np.random.default_rng(0), shown) is None


def test_contexts_hold_the_support_mostly_and_keep_to_half_of_the_page() -> None:
    record = corpus_page([[f"Label {i}:", f"value {i}"] for i in range(20)])
    asked = [question(record, "What is label 3?", "Label 3:", "value 3", "value 3")]
    costs = [5 + i % 7 for i in range(40)]
    chosen = [
        choose_context(record, asked, costs, np.random.default_rng(seed)) for seed in range(300)
    ]
    again = choose_context(record, asked, costs, np.random.default_rng(7))
    assert again == chosen[7]
    whole = sum(len(regions) == 40 for regions in chosen)
    assert 35 <= whole <= 90
    held = sum(regions.issuperset(asked[0].support) for regions in chosen)
    assert 250 <= held < 300
    spent = [sum(costs[i] for i in regions) for regions in chosen if len(regions) < 40]
    assert max(spent) <= sum(costs) * 0.5 + max(costs)
    assert min(spent) < sum(costs) * 0.2


def test_distractors_stand_near_the_support_rather_than_far_from_it() -> None:
    record = corpus_page([[f"row {row}", f"value {row}"] for row in range(40)])

    def regions(*rows: int) -> set[int]:
        return {index_of(record, f"{what} {row}") for row in rows for what in ("row", "value")}

    support = sorted(regions(20))
    asked = [CorpusQuestion("What is row 20?", support, support[1:], "value 20")]
    near = far = 0
    for seed in range(200):
        chosen = choose_context(record, asked, [4] * 80, np.random.default_rng(seed))
        if len(chosen) < 80:  # now and then it is the whole page
            near += len(chosen & regions(18, 19, 21, 22))
            far += len(chosen & regions(0, 1, 38, 39))
    assert near > 2 * far > 0
