"""Evidence chosen by an aligner comes back as regions of the corpus."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from pinpoint_edge.errors import DataError
from pinpoint_edge.retrieval.selection import select
from pinpoint_models.aligner import Aligner, AlignerConfig, facts, load_aligner
from pinpoint_train.corpus import aligner_evidence
from pinpoint_train.corpus.aligner_evidence import AlignerEvidence
from pinpoint_train.corpus.context_sampling import is_settled
from pinpoint_train.corpus.page import CorpusPage, CorpusQuestion
from pinpoint_train.corpus.page_features import PageFeatures, write_pages
from pinpoint_train.measuring.aligner_recall import relevance

from ..aligner_pages import aligner_page
from ..corpus_pages import corpus_page

ASKED = [CorpusQuestion(f"What is the {name}?", [], [], None) for name in ("total", "due date")]


@pytest.fixture
def evidence(tmp_path: Path) -> AlignerEvidence:
    torch.manual_seed(0)
    model = Aligner(AlignerConfig(width=32, region_blocks=1))
    (tmp_path / "aligner").mkdir()
    save_file(model.state_dict(), tmp_path / "aligner" / "aligner.safetensors")
    (tmp_path / "aligner" / "aligner.json").write_text(json.dumps(facts(model)))
    write_pages(tmp_path / "features" / "made", [aligner_page(1)])
    return AlignerEvidence(tmp_path / "aligner", tmp_path / "features")


def pair() -> tuple[PageFeatures, CorpusPage]:
    """A page of features, and the same page in the corpus."""
    page = aligner_page(1)
    record = corpus_page([[page.readings[i] for i in row] for row in page.layout.rows], page.id)
    return page, record


def test_what_is_chosen_are_the_regions_that_the_aligner_ranked_first(
    evidence: AlignerEvidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, record = pair()
    model = load_aligner(tmp_path / "aligner")
    first = [
        page.readings[int(logits[:-1].argmax())]
        for logits in relevance(model, page, [question.text for question in ASKED])
    ]
    monkeypatch.setattr(aligner_evidence, "COVERAGE", (1e-6, 1e-6))
    for question, reading in zip(ASKED, first, strict=True):
        (chosen,) = evidence.choose(record, [question], np.random.default_rng(0))
        assert record.texts[chosen] == reading
    together = evidence.choose(record, ASKED, np.random.default_rng(0))
    assert {record.texts[index] for index in together} == set(first)


def test_coverage_is_drawn_and_the_budget_kept(
    evidence: AlignerEvidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, record = pair()
    model = load_aligner(tmp_path / "aligner")
    chosen = [evidence.choose(record, ASKED[:1], np.random.default_rng(s)) for s in range(20)]
    assert len({len(regions) for regions in chosen}) > 1
    assert evidence.choose(record, ASKED[:1], np.random.default_rng(3)) == chosen[3]
    (logits,) = relevance(model, page, [ASKED[0].text])
    sizes = [
        len(select(logits, page.tokens, r, aligner_evidence.BUDGET).indices)
        for r in aligner_evidence.COVERAGE
    ]
    assert all(sizes[0] <= len(regions) <= sizes[1] for regions in chosen)
    monkeypatch.setattr(aligner_evidence, "COVERAGE", (0.999, 0.9999))
    monkeypatch.setattr(aligner_evidence, "BUDGET", 9)  # two regions of four tokens
    few = evidence.choose(record, ASKED[:1], np.random.default_rng(0))
    assert len(few) == 2


def test_pages_without_features_or_with_other_regions_are_told(evidence: AlignerEvidence) -> None:
    _, record = pair()
    assert evidence.knows(record)
    assert not evidence.knows(replace(record, id="made/2"))
    shorter = corpus_page([["total"], ["due date"]], record.id)
    with pytest.raises(DataError, match="2 regions in the corpus and 12 in the features"):
        evidence.choose(shorter, ASKED, np.random.default_rng(0))


def test_further_questions_are_those_that_the_evidence_settles() -> None:
    whole = CorpusQuestion("What is the total?", [3, 4], [4], "60.30")
    assert is_settled(whole, {2, 3, 4})
    assert not is_settled(whole, {4, 5})  # its label is left out
    assert is_settled(CorpusQuestion("What is the fax?", [], [], None), {4})
