"""What the aligner trains on: regions in reading order, and questions in several wordings."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import save_file

from pinpoint_models.glance import HEIGHT, GlanceEncoder, facts
from pinpoint_train.commands.glance_features import command
from pinpoint_train.corpus.glance_features import (
    absent_questions,
    look,
    page_features,
    quoted_labels,
)
from pinpoint_train.corpus.page import CorpusQuestion
from pinpoint_train.corpus.page_features import read_pages
from pinpoint_train.corpus.questions import PHRASINGS

from ..corpus_pages import annotated, corpus_page, index_of, write_shard

ROWS = [["Shop", "Order #: 77"], ["Total:", "RM 12.50"], ["Date:", "1/2/2020", "Thanks"]]


@pytest.fixture(scope="module")
def glance() -> GlanceEncoder:
    torch.manual_seed(0)
    model = GlanceEncoder().train()
    # So that its normalizations fit random weights, and features have the size of trained ones.
    for _ in range(20):
        model(torch.randint(0, 256, (8, 1, HEIGHT, 64), dtype=torch.uint8), torch.full((8,), 64))
    return model.eval()


def test_a_crop_looks_the_same_alone_and_among_others(glance: GlanceEncoder) -> None:
    crops = corpus_page([[f"line {i}"] for i in range(70)]).crops
    features, readings = look(glance, crops)
    assert features.shape == (70, 4, 96)
    assert features.dtype == np.float16
    for index in (0, 9, 69):
        alone, reading = look(glance, [crops[index]])
        np.testing.assert_allclose(features[index], alone[0], atol=1e-2)
        assert readings[index] == reading[0]
    assert np.abs(features[0] - features[1]).max() > 0.1
    nothing, none = look(glance, [])
    assert (nothing.shape, none) == ((0, 4, 96), [])


def test_questions_point_at_the_regions_of_the_page(glance: GlanceEncoder) -> None:
    record = corpus_page(ROWS)
    total, amount = index_of(record, "Total:"), index_of(record, "RM 12.50")
    record.questions = [
        CorpusQuestion("What is the total?", [total, amount], [amount], "12.50", "total"),
        CorpusQuestion("What is the tax?", [], [], None, ""),
    ]
    page = page_features(record, glance, [], np.random.default_rng(0), dev=True)
    assert page.layout is record.layout
    features, readings = look(glance, record.crops)
    assert np.array_equal(page.features, features)
    assert page.readings == readings
    answered, unanswered = page.questions
    assert (answered.support, answered.answer, answered.answerable) == ([2, 3], [3], True)
    assert (unanswered.support, unanswered.answerable) == ([], False)


def test_training_pages_are_asked_more(glance: GlanceEncoder) -> None:
    record = corpus_page(ROWS)
    amount = index_of(record, "RM 12.50")
    record.questions = [CorpusQuestion("How much?", [amount], [amount], "12.50", "total")]
    labels = ["Blood group", "Order", "Thanks to", "Nationality", "Id"]
    page = page_features(record, glance, labels, np.random.default_rng(3), dev=False)
    by_words = {question.question: question for question in page.questions}
    reworded = [by_words[text] for text in by_words if text in PHRASINGS["total"]]
    assert by_words["How much?"].answer == [3]
    assert reworded
    assert all(question.answer == [3] for question in reworded)
    absent = [question for question in page.questions if not question.answerable]
    assert len(absent) == 2
    for question in absent:
        assert "blood" in question.question.casefold() or "nation" in question.question.casefold()
    read_off = {tuple(question.support) for question in page.questions} - {(3,), ()}
    assert read_off == {(1,), (2, 3), (4, 5)}
    again = page_features(record, glance, labels, np.random.default_rng(3), dev=False)
    assert again.questions == page.questions


def test_absent_labels_share_no_long_word_with_the_page() -> None:
    record = corpus_page([["Invoice number"], ["12"]])
    random = np.random.default_rng(0)
    assert absent_questions(record, ["Order number", "Tax", "INVOICE"], random) == []
    (made,) = absent_questions(record, ["Order number", "Blood group"], random)
    assert "Blood group" in made.text
    assert (made.target, made.support) == (None, [])
    texts = [["Date of Birth: 1/2/80", "A: b"], ["Line 3: x", "no colon"], ["Name:"]]
    assert quoted_labels([corpus_page(texts)]) == ["Date of Birth", "Name"]


def test_the_command_keeps_the_sides_apart(tmp_path: Path, glance: GlanceEncoder) -> None:
    weights = tmp_path / "glance"
    weights.mkdir()
    save_file(glance.state_dict(), weights / "glance.safetensors")
    (weights / "glance.json").write_text(json.dumps(facts(glance)))
    pages = []
    for name in ("bills/1.jpg", "bills/2.jpg", "bills/3.jpg"):
        record = corpus_page(ROWS, name)
        pages.append(
            (record, [annotated(record, "How much?", ["12.50"], "RM 12.50", field="total")])
        )
    write_shard(tmp_path / "corpus" / "bills-00000.jsonl", pages)
    measured = corpus_page(ROWS, "funsd_dev/1.png")
    questions = [annotated(measured, "When?", ["1/2/2020"], "1/2/2020")]
    write_shard(tmp_path / "corpus" / "funsd_dev-00000.jsonl", [(measured, questions)])
    arguments = ["--corpus", str(tmp_path / "corpus"), "--glance", str(weights)]
    arguments += ["--threads", "1", "--out", str(tmp_path / "features")]
    told = CliRunner().invoke(command, arguments, catch_exceptions=False).output
    assert "train/bills: 3 pages" in told
    assert [page.id for page in read_pages(tmp_path / "features" / "train")] == [
        "bills/1.jpg",
        "bills/2.jpg",
        "bills/3.jpg",
    ]
    (dev,) = read_pages(tmp_path / "features" / "dev")
    assert dev.id == "funsd_dev/1.png"
    assert [question.question for question in dev.questions] == ["When?"]
    assert not (tmp_path / "features" / "train" / "funsd_dev").exists()
