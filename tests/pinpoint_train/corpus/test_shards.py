"""The corpus: shards come back whole, and gold answers become words that the recogniser read."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.metrics import levenshtein
from pinpoint_edge.generation.quotable import word_ends, word_starts
from pinpoint_train.corpus.shards import read_shard, shards
from pinpoint_train.corpus.targets import best_span, covered_regions

from ..corpus_pages import annotated, corpus_page, index_of, write_shard

READ = st.text("abC 12/:.-(RM)", max_size=14)


@pytest.mark.parametrize(
    ("text", "gold", "span", "similarity"),
    [
        ("tan  woon Yann", "TAN WOON YANN", "tan  woon Yann", 1.0),
        ("No 3, Jalan Permas", "NO. 3 JALANPERMAS", "No 3, Jalan Permas", 1 - 2 / 15),
        ("lNV0ICE 12345 A", "invoice 12345", "lNV0ICE 12345", 1 - 2 / 12),
        ("Flight 5/22/20 -5/28/20 EST", "5/22/20", "5/22/20", 1.0),
        ("Flight 5/22/20 -5/28/20 EST", "5/28/20", "5/28/20", 1.0),
        ("5/22/20-5/28/20", "5/22/20 - 5/28/20", "5/22/20-5/28/20", 1.0),
        ("TOTAL RM60.30", "60.30", "60.30", 1.0),
        ("TOTAL RM60.30", "RM60.30", "RM60.30", 1.0),
        ("(GST) TOTAL: 9.00.", "9.00", "9.00", 1.0),
        ("Total 12.50", "2.50", "12.50", 1.0),  # widened to what an answer may quote
        ("abc", "zzz", "", 0.0),
        ("   ", "a", "", 0.0),
        ("a", "  ", "", 0.0),
    ],
)
def test_the_closest_words_are_found_as_they_were_read(
    text: str, gold: str, span: str, similarity: float
) -> None:
    assert best_span(text, gold) == (pytest.approx(similarity), span)


@given(READ, READ)
@example("RM60.30", "0.30")
@example("5/22/20 -5/28/20", "/20 -5")
def test_a_span_is_quotable_and_as_close_as_any_part_of_the_text(text: str, gold: str) -> None:
    similarity, span = best_span(text, gold)
    assert (span == "") == (similarity == 0.0)
    spans = {text[start:end] for start in word_starts(text) for end in word_ends(text)}
    assert span == "" or span in spans
    compact, pattern = (("".join(value.casefold().split())) for value in (text, gold))
    parts = {compact[i:j] for i in range(len(compact)) for j in range(i, len(compact) + 1)}
    least = min((levenshtein(part, pattern) for part in parts | {""}), default=0)
    assert similarity == pytest.approx(1 - least / len(pattern) if pattern else 0.0)


@given(READ, st.data())
def test_quotable_words_are_found_whole(text: str, data: st.DataObject) -> None:
    spans = sorted({text[s:e] for s in word_starts(text) for e in word_ends(text) if s < e})
    if spans:
        gold = data.draw(st.sampled_from(spans))
        similarity, span = best_span(text, gold.swapcase())
        assert similarity == 1.0
        assert "".join(gold.casefold().split()) in "".join(span.casefold().split())


def test_regions_count_by_their_share_of_the_smaller_box() -> None:
    boxes = np.array(
        [[0, 40, 100, 60], [0, 0, 200, 20], [300, 0, 400, 20], [0, 80, 10, 90]], np.float32
    )
    line = [150.0, 2, 195, 18]  # a value inside the line that holds its label too
    block = [0.0, 35, 100, 95]  # a block over two lines
    assert covered_regions(boxes, [line]) == [1]
    assert covered_regions(boxes, [block, line]) == [0, 1, 3]
    assert covered_regions(boxes, [[365.0, 0, 465, 20]]) == []
    assert covered_regions(boxes, [[355.0, 0, 455, 20]]) == [2]
    assert covered_regions(boxes, []) == []
    assert covered_regions(boxes[:0], [line]) == []


def test_a_shard_comes_back_with_its_targets(tmp_path: Path) -> None:
    first = corpus_page([["Total:", "RM 12.50"], ["Thank\u2028you"]], "made/1.jpg")
    second = corpus_page([["12 Elm Street"], ["Sprlngfield"], ["Invoice"]], "made/2.jpg", seed=1)
    path = write_shard(
        tmp_path / "made-00000.jsonl",
        [
            (
                first,
                [
                    annotated(first, "What is the total?", ["9.99", "12.50"], "RM 12.50"),
                    annotated(first, "What is the tax?", []),
                    annotated(first, "Who?", ["Nobody at all"], "Thank\u2028you"),
                ],
            ),
            (
                second,
                [
                    annotated(
                        second,
                        "Where is it?",
                        ["12 ELM STREET SPRINGFIELD"],
                        "Sprlngfield",
                        "12 Elm Street",
                    )
                ],
            ),
        ],
    )
    one, two = read_shard(path)
    assert (one.id, two.id, two.size) == ("made/1.jpg", "made/2.jpg", second.size)
    for read, made in ((one, first), (two, second)):
        assert read.texts == made.texts
        assert read.layout.rows == made.layout.rows
        assert np.array_equal(read.pooled, made.pooled)
        assert all(map(np.array_equal, read.crops, made.crops))
        np.testing.assert_allclose(read.layout.geometry, made.layout.geometry)
    total, tax = one.questions
    assert total.target == "12.50"
    assert total.answer == [index_of(first, "RM 12.50")]
    assert (tax.target, tax.answer, tax.support) == (None, [], [])
    assert one.dropped == 1
    where = two.questions[0]
    assert where.target == "12 Elm Street Sprlngfield"
    assert [two.texts[i] for i in where.answer] == ["12 Elm Street", "Sprlngfield"]
    assert where.support == sorted(where.answer)


@pytest.mark.parametrize(
    ("field", "answer", "kept"),
    [
        ("yes_no", "yes", True),
        ("signed", "no", True),
        ("count", "7", True),
        ("count", "120", False),  # decoding counts up to 99
        ("comparison", "Old rate", False),  # has to stand there
        ("label", "no", False),
    ],
)
def test_an_answer_that_nobody_reads_needs_all_of_its_support(
    tmp_path: Path, field: str, answer: str, kept: bool
) -> None:
    record = corpus_page([["Smoker?", "Yes", "X"], ["Rate", "12"]])
    raw = annotated(record, "Is it ticked?", [answer], "Yes", "Smoker?", field=field)
    (read,) = read_shard(write_shard(tmp_path / "made-00000.jsonl", [(record, [raw])]))
    assert [q.target for q in read.questions] == ([answer] if kept else [])
    for question in read.questions:
        there = sorted(index_of(record, text) for text in ("Yes", "Smoker?"))
        assert question.support == question.answer == there


def test_shards_are_chosen_by_their_set(tmp_path: Path) -> None:
    record = corpus_page([["a"]])
    for name in ("irs-00000", "irs-00001", "irs-half-00000", "receipts.v2-00000"):
        write_shard(tmp_path / f"{name}.jsonl", [(record, [])])
    assert [path.stem for path in shards(tmp_path, ["irs"])] == ["irs-00000", "irs-00001"]
    assert len(shards(tmp_path)) == 4
    (dotted,) = shards(tmp_path, ["receipts.v2"])
    assert [page.texts for page in read_shard(dotted)] == [["a"]]
    with pytest.raises(DataError, match="holds no shard"):
        shards(tmp_path, ["sroie"])


def test_a_damaged_shard_is_named(tmp_path: Path) -> None:
    record = corpus_page([["a", "b"]])
    path = write_shard(tmp_path / "made-00000.jsonl", [(record, [])])
    whole = path.read_text()
    path.write_text(whole + whole)
    with pytest.raises(DataError, match="differ in regions"):
        list(read_shard(path))
    path.write_text(whole[:-9])
    with pytest.raises(DataError, match="line 1 is broken"):
        list(read_shard(path))
    path.write_text(whole)
    arrays = path.with_suffix(".npz")
    arrays.write_bytes(arrays.read_bytes()[:100])
    with pytest.raises(DataError, match=r"made-00000\.npz cannot be read"):
        list(read_shard(path))
    arrays.unlink()
    with pytest.raises(DataError, match="prepare again"):
        list(read_shard(path))
