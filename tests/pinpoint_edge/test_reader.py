"""The whole pipeline on a bundle of the shipped weights and the demo's real documents."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.errors import BundleError, OptionError, PageError
from pinpoint_edge.evaluation import metrics
from pinpoint_edge.evaluation.strategies import strategy
from pinpoint_edge.generation.generator import CHUNK
from pinpoint_edge.reader import PinPoint
from pinpoint_edge.runtime.bundle_source import BundleSource
from pinpoint_edge.vision.page import Page

pytestmark = pytest.mark.slow

RIGHT = 0.8  # ANLS from which an answer counts as right
RECEIPT = "sroie-599-total"
ROTATED = ("sroie-599-total", "sroie-563-date", "vrdu_adbuy-2228", "vrdu_adbuy-2109")


@pytest.fixture(scope="module")
def reader(forms_bundle):
    with PinPoint.load(forms_bundle) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def questions(demo_questions):
    return {question["id"]: question for question in demo_questions}


@pytest.fixture(scope="module")
def documents(reader, demo_questions):
    """The demo's documents, each opened once."""
    return {image: reader.open(image) for image in {q["image"] for q in demo_questions}}


@pytest.fixture(scope="module")
def answers(documents, demo_questions):
    """The default answer to every demo question."""
    return {q["id"]: documents[q["image"]].ask(q["question"]) for q in demo_questions}


def is_right(answer, question):
    return metrics.anls(answer.text, question["answers"]) >= RIGHT


def test_most_demo_questions_are_answered_right_and_in_place(answers, questions):
    right = [name for name, answer in answers.items() if is_right(answer, questions[name])]
    assert len(right) >= 6, {name: answers[name].text for name in answers}
    misplaced = []
    for name in right:
        question = questions[name]
        gold = [*question["answer_boxes"], *question.get("alt_answer_boxes", [])]
        if not any(metrics.coverage(box, gold) > 0.3 for box in answers[name].boxes):
            misplaced.append(name)
    # A receipt repeats its amounts in more places than were annotated.
    assert len(misplaced) <= 1, misplaced


def test_an_answer_is_a_part_of_its_evidence_within_the_budget(reader, answers, documents):
    budget = reader.manifest.token_budget.default
    for name, answer in answers.items():
        assert 0 <= answer.confidence <= 1
        assert answer.tokens.evidence <= budget
        if not answer.found:
            assert answer.boxes == ()
            continue
        assert answer.page == 0
        assert answer.boxes, name
        read = " ".join(region.text for region in answer.evidence)
        if answer.kind == "span" and len(answer.boxes) == 1:
            assert answer.text in read, name
    assert sum(answer.tokens.share for answer in answers.values()) / len(answers) < 0.6


def test_a_second_question_looks_at_nothing_again(forms_bundle, counting, questions):
    with PinPoint.load(forms_bundle) as fresh:
        counts = counting(fresh)
        document = fresh.open(questions[RECEIPT]["image"])
        document.ask("What is the date on the receipt?")
        known = set(document.refined)
        counts.reset()
        answer = document.ask(questions[RECEIPT]["question"])
        assert counts.runs["detect"] == counts.runs["glance"] == 0
        assert counts.runs["align"] >= 1
        assert counts.rows["refine"] == len(set(document.refined) - known)
        assert set(document.refined) - known <= set(range(len(document.regions)))
        counts.reset()
        again = document.ask(questions[RECEIPT]["question"])
        assert counts.runs["refine"] == 0
        last_chunk = (again.tokens.prompt - 1) // CHUNK * CHUNK
        read = again.tokens.prompt - last_chunk + again.tokens.answer - 1
        assert counts.rows["decode"] == read, "the last chunk of the prompt, then steps"
        assert replace(again, timings={}) == replace(answer, timings={})


def test_a_document_opened_after_another_gives_the_answer_of_a_fresh_reader(
    forms_bundle, reader, answers, questions
):
    """What the cache keeps of one document never leaks into the next."""
    question = questions[RECEIPT]
    with PinPoint.load(forms_bundle) as fresh:
        alone = fresh.open(question["image"]).ask(question["question"])
    assert (alone.text, alone.boxes) == (answers[RECEIPT].text, answers[RECEIPT].boxes)


def rotated(image: str, degrees: float) -> tuple[Page, np.ndarray]:
    """The page turned counter-clockwise on white, and the 2x3 matrix that takes points there."""
    with Image.open(image) as opened:
        upright = opened.convert("RGB")
    turned = upright.rotate(
        degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(255, 255, 255)
    )
    angle = math.radians(degrees)
    matrix = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    shift = np.array(turned.size) / 2 - matrix @ (np.array(upright.size) / 2)
    return Page(np.asarray(turned), f"{image} turned", 0), np.column_stack([matrix, shift])


def moved(boxes, matrix):
    """Upright bounds of boxes after the matrix."""
    result = []
    for x0, y0, x1, y1 in boxes:
        corners = np.array([[x0, y0, 1], [x1, y0, 1], [x1, y1, 1], [x0, y1, 1]]) @ matrix.T
        result.append((*corners.min(0), *corners.max(0)))
    return result


@pytest.mark.parametrize("degrees", [7, -9])
def test_a_tilted_page_gives_the_same_answers_at_the_right_place(
    reader, answers, questions, degrees
):
    same, misplaced = [], []
    for name in ROTATED:
        question = questions[name]
        page, matrix = rotated(question["image"], degrees)
        answer = reader.open(page).ask(question["question"])
        if metrics.anls(answer.text, [answers[name].text or ""]) < RIGHT:
            continue
        same.append(name)
        places = [*answers[name].boxes, *question["answer_boxes"]]
        places += question.get("alt_answer_boxes", [])
        if not any(metrics.coverage(b, moved(places, matrix)) > 0.5 for b in answer.boxes):
            misplaced.append(name)
        assert all(0 <= b[0] < b[2] <= page.width + 2 for b in answer.boxes)
        assert all(0 <= b[1] < b[3] <= page.height + 2 for b in answer.boxes)
    assert len(same) >= 3, same
    assert misplaced == []


def test_a_blank_page_answers_nothing(reader):
    blank = reader.open(Page(np.full((1200, 900, 3), 255, np.uint8), "blank", 0))
    answer = blank.ask("What is the total?")
    assert (answer.found, answer.text, answer.boxes) == (False, None, ())
    assert answer.tokens.evidence == 0
    for other in ("full-page", "lexical", "read-all"):
        assert not blank.ask("What is the total?", strategy=strategy(other)).found


def test_pages_of_one_document_compete_and_the_answer_names_its_page(reader, questions):
    names = ("sroie-127-total", "vrdu_adbuy-2227", "sroie-127-address")
    images = list(dict.fromkeys(questions[name]["image"] for name in names))
    for order in (images, images[::-1]):
        document = reader.open(order)
        assert [page.page.number for page in document.pages] == [0, 1]
        right = 0
        for name in names:
            answer = document.ask(questions[name]["question"])
            # An address that is read in part counts.
            if metrics.anls(answer.text or "", questions[name]["answers"]) >= 0.5:
                right += answer.page == order.index(questions[name]["image"])
            assert answer.tokens.evidence <= answer.tokens.budget
            assert answer.tokens.page_estimate == document.costs.sum()
        assert right >= 2, order


@pytest.mark.parametrize("budget", [40, 100])
def test_a_small_budget_holds_and_what_it_leaves_out_is_told(documents, reader, questions, budget):
    question = questions["sroie-127-address"]
    pair = [question["image"], questions[RECEIPT]["image"]]
    for document in (documents[question["image"]], reader.open(pair)):
        answer = document.ask(question["question"], token_budget=budget, coverage=1.0)
        assert 0 < answer.tokens.evidence <= budget
        assert answer.tokens.budget == budget
        assert answer.tokens.dropped == len(document.regions) - len(answer.evidence)


def test_every_strategy_runs(documents, questions):
    question = questions[RECEIPT]
    document = documents[question["image"]]
    gold = [(0, tuple(box)) for box in question["support_boxes"]]
    full = document.ask(question["question"], strategy=strategy("full-page"))
    assert len(full.evidence) == len(document.regions) - full.tokens.dropped
    for other in ("lexical", "read-all"):
        answer = document.ask(question["question"], strategy=strategy(other))
        assert 0 < answer.tokens.evidence < full.tokens.evidence
    oracle = document.ask(question["question"], strategy=strategy("oracle", gold=gold))
    assert is_right(oracle, question)
    assert metrics.box_recall(question["support_boxes"], [e.box for e in oracle.evidence]) == 1
    free = document.ask(question["question"], free=True)
    assert free.kind in ("free", "not-found")


def test_a_json_answer_has_plain_values(answers):
    import json

    for answer in answers.values():
        assert json.loads(json.dumps(answer.to_json()))["found"] == answer.found


@pytest.mark.parametrize("coverage", [0.0, -1.0, 1.01, float("nan")])
def test_a_coverage_out_of_range_is_refused(documents, questions, coverage):
    document = documents[questions[RECEIPT]["image"]]
    with pytest.raises(OptionError, match="coverage"):
        document.ask("What is the total?", coverage=coverage)


def test_a_budget_out_of_range_is_refused(documents, reader, questions):
    document = documents[questions[RECEIPT]["image"]]
    for budget in (0, -3, reader.manifest.token_budget.maximum + 1):
        with pytest.raises(OptionError, match="token budget"):
            document.ask("What is the total?", token_budget=budget)
    assert document.ask("What is the total?", token_budget=reader.manifest.token_budget.maximum)


def test_no_page_is_refused(reader):
    with pytest.raises(PageError, match="no page"):
        reader.open([])


def test_threads_share_a_reader(reader, answers, questions):
    names = list(ROTATED)
    with ThreadPoolExecutor(4) as pool:
        documents = list(pool.map(lambda name: reader.open(questions[name]["image"]), names))
        found = list(pool.map(lambda d, n: d.ask(questions[n]["question"]), documents, names))
    assert [a.text for a in found] == [answers[name].text for name in names]


def test_a_bundle_for_another_runtime_or_other_sizes_is_refused(forms_bundle: Path):
    with pytest.raises(OptionError, match=r"no runtime 'tflite'; installed ones: coreml, .*torch"):
        PinPoint.load(forms_bundle, runtime="tflite")
    with pytest.raises(OptionError, match=r"exported for onnx, which the runtime litert does not"):
        PinPoint.load(forms_bundle, runtime="litert")
    bundle = Bundle.open(forms_bundle)
    host = replace(bundle.manifest.host, glance_height=24)
    other = replace(bundle, manifest=replace(bundle.manifest, host=host))
    with pytest.raises(BundleError, match="other host parameters"):
        PinPoint.from_bundle(other, BundleSource(bundle))
