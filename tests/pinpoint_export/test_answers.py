"""Whole answers of a bundle beside the reference's."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pinpoint_edge.bench.dataset import load_dataset
from pinpoint_edge.bundle import Bundle
from pinpoint_edge.commands.group import run
from pinpoint_edge.pipeline import PinPoint
from pinpoint_export.answers import BELOW_LEAST, Agreement, Pair, compare
from pinpoint_export.cli import cli
from pinpoint_export.reference import ReferenceSource

DATA = Path(__file__).parents[2] / "demo/questions.jsonl"


@pytest.fixture(scope="module")
def pages():
    return load_dataset(DATA, limit=4)


def reference_reader(folder, reference) -> PinPoint:
    return PinPoint.from_bundle(Bundle.open(folder), ReferenceSource(reference))


@pytest.mark.slow
def test_a_bundle_answers_like_the_reference_it_was_made_of(sliced_bundle, sliced_reference, pages):
    met = []
    with (
        PinPoint.load(sliced_bundle[0]) as ours,
        reference_reader(sliced_bundle[0], sliced_reference) as theirs,
    ):
        agreement = compare(ours, theirs, pages, met.append)
    assert met == pages
    assert [pair.id for pair in agreement.pairs] == [q.id for page in pages for q in page.questions]
    assert agreement.differing == ()
    assert agreement.share == 1
    assert all(pair.bundle_anls == pair.reference_anls for pair in agreement.pairs)


@pytest.mark.slow
def test_another_language_model_is_noticed(sliced_bundle, sliced_reference, pages):
    decoder = copy.deepcopy(sliced_reference.decoder)
    with torch.no_grad():
        decoder.norm.weight.neg_()  # what was likely becomes unlikely
    other = replace(sliced_reference, decoder=decoder)
    with (
        PinPoint.load(sliced_bundle[0]) as ours,
        reference_reader(sliced_bundle[0], other) as theirs,
    ):
        agreement = compare(ours, theirs, pages[:2])
    assert agreement.share < 1
    pair = agreement.differing[0]
    assert pair.bundle != pair.reference
    assert pair.id in {question.id for page in pages for question in page.questions}


@pytest.mark.slow
def test_the_shipped_bundle_passes_and_another_one_does_not(
    forms_bundle, sliced_bundle, weights, capsys
):
    options = ["--data", str(DATA), "--limit", "3", "--json", "--weights", str(weights)]
    code = run(cli, ["answers", str(forms_bundle), *options], "pinpoint-export")
    captured = capsys.readouterr()
    figures = json.loads(captured.out)
    assert code == 0, figures["differing"]
    assert figures["passed"]
    assert (figures["questions"], figures["identical"], figures["share"]) == (3, 3, 1)
    assert figures["anls"]["bundle"] == figures["anls"]["reference"]
    assert "loading the reference" in captured.err
    assert "page" in captured.err

    sliced = str(sliced_bundle[0])
    assert run(cli, ["answers", sliced, *options], "pinpoint-export") == BELOW_LEAST
    figures = json.loads(capsys.readouterr().out)
    assert figures["differing"]
    assert not figures["passed"]
    code = run(cli, ["answers", sliced, *options, "--least", "0"], "pinpoint-export")
    assert code == 0


def test_figures_of_an_agreement():
    same = Pair("a", "What is the total?", "48.75", "48.75", 1.0, 1.0, True)
    lost = Pair("b", "What is the date?", None, "14/03/2019", 0.0, 1.0, False)
    agreement = Agreement((same, lost, same, same))
    assert agreement.share == 0.75
    assert agreement.differing == (lost,)
    summary = agreement.summary()
    assert (summary["questions"], summary["identical"]) == (4, 3)
    assert summary["anls"] == {"bundle": 0.75, "reference": 1.0}
    assert summary["differing"][0]["reference"] == "14/03/2019"
    assert json.loads(json.dumps(summary)) == summary
