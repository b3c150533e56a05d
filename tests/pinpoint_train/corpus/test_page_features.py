"""Caches of pages, and the training examples made from them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.metrics import levenshtein
from pinpoint_edge.retrieval import trigrams
from pinpoint_models.aligner import AlignerConfig
from pinpoint_train.corpus.aligner_examples import ExampleSource, misread, shaken
from pinpoint_train.corpus.page_features import read_pages, write_pages
from pinpoint_train.lines.glance_lines import read_lines

from ..aligner_pages import aligner_page


def test_pages_come_back_from_one_cache_or_from_several(tmp_path: Path) -> None:
    pages = [aligner_page(i, lines=3 + i) for i in range(3)]
    assert write_pages(tmp_path / "a", pages[:2]) == 2
    write_pages(tmp_path / "b", pages[2:])
    read = read_pages(tmp_path)
    assert [page.id for page in read] == [page.id for page in pages]
    for ours, theirs in zip(read, pages, strict=True):
        assert np.array_equal(ours.features, theirs.features)
        np.testing.assert_allclose(ours.layout.geometry, theirs.layout.geometry, atol=1e-5)
        assert ours.layout.rows == theirs.layout.rows
        assert ours.layout.cell == theirs.layout.cell
        assert ours.layout.table == theirs.layout.table
        assert ours.readings == theirs.readings
        assert ours.questions == theirs.questions


def test_every_region_is_in_one_row(tmp_path: Path) -> None:
    page = aligner_page(0)
    layout = replace(page.layout, rows=page.layout.rows[1:])
    write_pages(tmp_path, [replace(page, layout=layout)])
    with pytest.raises(DataError, match="each region once"):
        read_pages(tmp_path)


def test_damaged_caches_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no line cache"):
        read_lines(tmp_path)
    with pytest.raises(DataError, match=r"holds no pages\.jsonl"):
        read_pages(tmp_path)
    write_pages(tmp_path, [aligner_page(0)])
    whole = (tmp_path / "features.bin").read_bytes()
    (tmp_path / "features.bin").write_bytes(whole[: 768 * 5])
    with pytest.raises(DataError, match="5 regions for 12"):
        read_pages(tmp_path)
    (tmp_path / "features.bin").write_bytes(whole)
    record = json.loads((tmp_path / "pages.jsonl").read_text())
    record["questions"][0]["support"] = [12]
    (tmp_path / "pages.jsonl").write_text(json.dumps(record) + "\n")
    with pytest.raises(DataError, match="outside its page"):
        read_pages(tmp_path)


def test_a_plain_example_is_what_the_stage_sees() -> None:
    page = aligner_page(1)
    example = ExampleSource([page], AlignerConfig()).example(0)
    match = trigrams.match_features(page.questions[0].question, page.readings, page.layout)
    np.testing.assert_allclose(example.match, match, atol=1e-3)
    assert np.array_equal(example.trigrams[3], trigrams.trigram_ids(page.readings[3], 32))
    assert np.flatnonzero(example.support).tolist() == page.questions[0].support
    assert np.flatnonzero(example.answer).tolist() == page.questions[0].answer
    assert not ExampleSource([page], AlignerConfig()).example(2).support.any()


def test_augmented_examples_differ_but_keep_or_lose_the_whole_support() -> None:
    source = ExampleSource([aligner_page(1, lines=20)], AlignerConfig())
    made = [source.example(0, np.random.default_rng(i)) for i in range(200)]
    again = source.example(0, np.random.default_rng(7))
    assert np.array_equal(again.features, made[7].features)
    assert np.array_equal(again.trigrams, made[7].trigrams)
    kept = [int(example.support.sum()) for example in made]
    assert set(kept) == {0, 2}
    assert 1 <= kept.count(0) <= 30
    assert len({len(example.mask) for example in made}) > 5
    assert len({example.trigrams.tobytes() for example in made if len(example.mask) == 40}) > 3


def test_a_long_page_is_cut_into_parts_that_may_hold_no_answer() -> None:
    source = ExampleSource([aligner_page(3, lines=200)], AlignerConfig())
    made = [source.example(0, np.random.default_rng(i)) for i in range(60)]
    assert max(len(example.mask) for example in made) == 256 == source.regions(0)
    assert {bool(example.support.any()) for example in made} == {True, False}


def test_an_answer_that_stands_elsewhere_too_is_never_orphaned() -> None:
    page = aligner_page(1)
    twice = [*page.readings[:-1], page.readings[1]]
    source = ExampleSource([replace(page, readings=twice)], AlignerConfig())
    assert all(source.example(0, np.random.default_rng(i)).support.any() for i in range(200))


def test_misreading_and_shaking_are_slight() -> None:
    random = np.random.default_rng(0)
    text = "account number 0123456789 " * 40
    read = misread(text, random)
    assert 0.01 * len(text) < levenshtein(read, text) < 0.08 * len(text)
    places = aligner_page(1).layout.places
    moved = shaken(places, random)
    assert 0 < np.abs(moved - places).max() < 0.1
