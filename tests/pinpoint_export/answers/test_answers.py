"""Whole answers of bundles beside the reference's."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.commands.group import run
from pinpoint_edge.errors import OptionError
from pinpoint_edge.evaluation.dataset import load_dataset
from pinpoint_edge.evaluation.predictions import prediction_log
from pinpoint_edge.reader import PinPoint
from pinpoint_export.answers import BELOW_LEAST
from pinpoint_export.answers.agreement import (
    Agreement,
    ComparedAnswer,
    agreement,
    ask_questions,
    check_settings,
)
from pinpoint_export.cli import cli
from pinpoint_models.reference import ReferenceSource

DATA = Path(__file__).parents[3] / "demo/questions.jsonl"


@pytest.fixture(scope="module")
def pages():
    return load_dataset(DATA, limit=4)


def compare(folder, reference, pages) -> Agreement:
    source = ReferenceSource(reference)
    with (
        PinPoint.load(folder) as bundle,
        PinPoint.from_bundle(Bundle.open(folder), source) as truth,
    ):
        ours = ask_questions(bundle, pages, prediction_log(None))
        theirs = ask_questions(truth, pages, prediction_log(None))
    return agreement(pages, ours, theirs)


@pytest.mark.slow
def test_a_bundle_answers_like_the_reference_it_was_made_of(sliced_bundle, sliced_reference, pages):
    found = compare(sliced_bundle[0], sliced_reference, pages)
    assert [pair.id for pair in found.pairs] == [q.id for page in pages for q in page.questions]
    assert found.differing == ()
    assert found.share == 1
    assert found.anls_difference().mean == 0
    assert found.passes(least=1, most_anls_loss=0)


@pytest.mark.slow
def test_another_language_model_is_noticed(sliced_bundle, sliced_reference, pages):
    decoder = copy.deepcopy(sliced_reference.decoder)
    with torch.no_grad():
        decoder.norm.weight.neg_()  # what was likely becomes unlikely
    found = compare(sliced_bundle[0], replace(sliced_reference, decoder=decoder), pages[:2])
    assert found.share < 1
    assert not found.passes(least=1, most_anls_loss=None)
    pair = found.differing[0]
    assert (pair.bundle, pair.id) != (pair.reference, "")
    assert pair.id in {question.id for page in pages for question in page.questions}


@pytest.mark.slow
def test_several_bundles_in_one_run_that_goes_on_where_it_ended(
    sliced_bundle, weights, tmp_path, capsys
):
    kept, out = tmp_path / "reference.jsonl", tmp_path / "answers.jsonl"
    options = ["--data", str(DATA), "--limit", "2", "--json", "--weights", str(weights)]
    options += ["--reference-answers", str(kept), "--predictions", str(out), "--least", "0"]
    both = ["answers", str(sliced_bundle[0]), str(sliced_bundle[0])]
    assert run(cli, [*both, *options], "pinpoint-export") == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert found["passed"]
    assert [bundle["runtime"] for bundle in found["bundles"]] == ["onnx", "onnx"]
    assert found["bundles"][0] == found["bundles"][1]
    assert "page 1 of 1" in captured.err
    assert len(kept.read_text().splitlines()) == 2
    assert len(out.read_text().splitlines()) == 2  # the second bundle is the first: nothing to ask

    rows = [json.loads(line) for line in kept.read_text().splitlines()]
    for row in rows:
        row["answer"] = "changed by hand"
    kept.write_text("".join(json.dumps(row) + "\n" for row in rows))
    single = ["answers", str(sliced_bundle[0]), *options]
    assert run(cli, single, "pinpoint-export") == 0
    found = json.loads(capsys.readouterr().out)
    assert {pair["reference"] for pair in found["differing"]} == {"changed by hand"}

    kept.write_text("".join(json.dumps(row | {"by": "0" * 64}) + "\n" for row in rows))
    assert run(cli, single, "pinpoint-export") == OptionError.exit_code
    assert "other weights, settings or questions" in capsys.readouterr().out


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


def pair(number: int, page: str, bundle: str | None, reference: str | None) -> ComparedAnswer:
    anls = (float(text == "right") for text in (bundle, reference))
    return ComparedAnswer(str(number), "What?", page, bundle, reference, *anls, bundle == reference)


def test_figures_of_an_agreement():
    pairs = [pair(number, f"page{number // 2}", "right", "right") for number in range(8)]
    lost = pair(8, "page4", None, "right")
    found = Agreement((*pairs, lost, pair(9, "page5", "right", "right")))
    assert found.share == 0.9
    assert found.differing == (lost,)
    summary = found.summary()
    assert (summary["questions"], summary["identical"]) == (10, 9)
    assert summary["anls"]["bundle"] == 0.9
    assert summary["anls"]["difference"] == pytest.approx(-0.1)
    low, high = summary["anls"]["interval"]
    assert low < -0.1 < high == 0
    assert summary["differing"][0]["reference"] == "right"
    assert json.loads(json.dumps(summary)) == summary


def test_an_agreement_passes_by_identical_texts_and_by_anls():
    found = Agreement((pair(0, "a", "right", "right"), pair(1, "b", "right", "wrong")))
    assert found.passes(least=0.5, most_anls_loss=None)
    assert found.passes(least=0.5, most_anls_loss=0.5)
    assert not found.passes(least=0.6, most_anls_loss=0.5)
    assert not found.passes(least=0.5, most_anls_loss=0.4)  # better is not the same either


def test_a_single_page_has_no_interval():
    assert Agreement((pair(0, "a", "right", "right"),)).summary()["anls"]["interval"] is None


@pytest.mark.slow
def test_bundles_of_other_settings_are_not_compared_with_one_reference(sliced_bundle):
    bundle = Bundle.open(sliced_bundle[0])
    other = replace(bundle, manifest=replace(bundle.manifest, coverage=0.5))
    check_settings([bundle, bundle])
    with pytest.raises(OptionError, match="compare each in a run of its own"):
        check_settings([bundle, other])
