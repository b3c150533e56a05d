"""An open document: what is looked at once, what is kept, and how tokens and boxes are counted."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pinpoint_edge import PinPoint
from pinpoint_edge.document import Document
from pinpoint_edge.document.answers import answered
from pinpoint_edge.document.pipeline import Pipeline
from pinpoint_edge.document.strategy import every_region, relevant_regions
from pinpoint_edge.errors import InferenceError, InstructionError, OptionError
from pinpoint_edge.evaluation import metrics
from pinpoint_edge.evaluation.strategies import strategy
from pinpoint_edge.generation import prompt
from pinpoint_edge.generation.automaton import Span
from pinpoint_edge.generation.generator import Generated
from pinpoint_edge.retrieval.retrieve import Retrieved
from pinpoint_edge.retrieval.selection import estimate_tokens
from pinpoint_edge.vision.page import Page

LINES = ("Corner Bakery", "Date 14/03/2019", "Total 48.75", "Thank you and come again")
OTHER = ("Delivery note", "Date 02/11/2020")
TOTAL = "What is the total?"


@pytest.fixture(scope="module")
def opened(small_reader, printed):
    return small_reader.open([printed(*LINES), printed(*OTHER)])


@pytest.fixture
def document(opened):
    """Two open pages of which nothing has been refined."""
    return Document(opened.engine, opened.pages, opened.timings)


def read(document, *indices):
    """These regions retrieved and refined, equally relevant but for the first."""
    document.refine(indices, {})
    relevance = np.zeros(len(document.regions), np.float32)
    relevance[list(indices)] = 0.3
    relevance[indices[0]] = 0.4
    return Retrieved(tuple(indices), relevance, null=0.1)


def test_opening_looks_once_and_reads_nothing(small_reader, printed, counting):
    counts = counting(small_reader)
    document = small_reader.open([printed(*LINES), printed(*OTHER)])
    assert not counts.runs, "each page is looked at when it is needed"
    assert len(document.pages) == 2
    assert len(document.pages) == 2
    assert counts.runs == {"detect": 2, "glance": 2}
    assert counts.rows["glance"] == 6
    assert set(document.timings) == {"load", "detect", "layout", "glance"}


def test_a_manifest_chooses_the_reading_order(small_reader):
    """Two ruled cells side by side, each a label over its value."""
    image = Image.new("RGB", (760, 420), "white")
    pen = ImageDraw.Draw(image)
    for x in (20, 380, 740):
        pen.line((x, 20, x, 260), fill=0, width=2)
    for y in (20, 260):
        pen.line((20, y, 740, y), fill=0, width=2)
    for x, label, value in ((50, "Invoice date", "05/06/2021"), (410, "Customer", "Ann Miller")):
        for y, text in ((60, label), (160, value)):
            pen.text((x, y), text, fill=0, font=ImageFont.load_default(34))
    page = Page(np.asarray(image), "cells", 0)
    engine = small_reader.engine
    orders = {}
    for order in ("rows", "layout"):
        host = replace(engine.manifest.host, reading_order=order)
        changed = replace(engine, manifest=replace(engine.manifest, host=host))
        document = PinPoint(changed).open(page)
        orders[order] = [words for line in document.transcribe() for words in line]
    assert orders["rows"] == ["Invoice date", "Customer", "05/06/2021", "Ann Miller"]
    assert orders["layout"] == ["Invoice date", "05/06/2021", "Customer", "Ann Miller"]
    assert document.pages[0].layout.cell == [0, 0, 1, 1]
    first, second = document.pages[0].cell_boxes()
    assert first[0] < 50 < 180 < first[2] < second[0] < 410 < 540 < second[2]
    assert first[1] < 70 < 180 < first[3]


def test_regions_stand_in_reading_order_over_all_pages(document):
    assert document.page_of == [0] * 4 + [1] * 2
    assert [page.first for page in document.pages] == [0, 4]
    assert [page.page.number for page in document.pages] == [0, 1]
    tops = [region.box[1] for region in document.regions]
    assert tops == sorted(tops[:4]) + sorted(tops[4:])
    assert document.geometry.shape == (6, 4)
    centres = [(box[1] + box[3]) / 2 / 450 for box in (r.box for r in document.regions[:4])]
    np.testing.assert_allclose(document.geometry[:4, 1], centres, atol=0.02)
    assert document.costs.tolist() == [
        estimate_tokens(text) for page in document.pages for text in page.glance.readings
    ]


def test_regions_are_refined_once(small_reader, document, counting):
    counts = counting(small_reader)
    document.refine([2, 5], {})
    assert counts.rows["refine"] == 2
    document.refine([1, 2, 5], {})
    assert counts.rows["refine"] == 3
    document.refine([5, 1], {})
    assert counts.runs["refine"] == 3, "one run a page that has something to read, then one more"
    texts = {index: document.refined[index].transcription.text for index in (1, 2, 5)}
    assert texts == {1: LINES[1], 2: LINES[2], 5: OTHER[1]}


def test_an_answer_tells_what_it_took(document):
    boxes = [(0, document.regions[2].box), (1, document.regions[5].box)]
    answer = document.ask(TOTAL, strategy=strategy("oracle", gold=boxes))
    assert [(e.text, e.page) for e in answer.evidence] == [(LINES[2], 0), (OTHER[1], 1)]
    tokenizer = document.engine.tokenizer
    tokens = answer.tokens
    parts = [f" {LINES[2]}", "\n", "Page 2:\n", f" {OTHER[1]}"]
    assert tokens.evidence == 2 + sum(len(tokenizer.encode(part)) for part in parts)
    assert (tokens.visual, tokens.dropped) == (2, 0)
    question = len(prompt.question_ids(tokenizer, TOTAL))
    assert tokens.prompt == len(prompt.prefix(tokenizer)) + tokens.evidence + question
    assert tokens.page_estimate == document.costs.sum()
    assert {"refine", "prefill", "decode"} <= set(answer.timings)
    assert 0 <= answer.confidence <= 1


def test_the_same_question_gives_the_same_answer_over_one_new_row(small_reader, printed, counting):
    counts = counting(small_reader)
    small_reader.engine.generator.close()  # forgets the beginning that all prompts share
    document = small_reader.open(printed(*LINES))
    first = document.ask(TOTAL, strategy=every_region)
    prefilled = counts.rows["decode"] - (first.tokens.answer - 1)
    assert prefilled == first.tokens.prompt
    counts.reset()
    again = document.ask(TOTAL, strategy=every_region)
    assert counts.rows["decode"] - (again.tokens.answer - 1) == 1
    assert counts.runs["refine"] == counts.runs["detect"] == counts.runs["glance"] == 0
    assert replace(again, timings={}, confidence=0) == replace(first, timings={}, confidence=0)
    assert again.confidence == pytest.approx(first.confidence, abs=1e-4)


def evidence_of(document, retrieved):
    limits = document.engine.limits(None, None)
    way = Pipeline(document.engine, 0, TOTAL, limits, relevant_regions, False, 0)
    return way.read(document.look(), retrieved, {})[0]


def test_what_does_not_fit_the_limit_is_left_out_by_relevance(document):
    def kept(limit):
        retrieved = replace(read(document, 2, 0, 1), token_budget=limit)
        return [item.index for item in evidence_of(document, retrieved)]

    tokenizer = document.engine.tokenizer
    cost = {i: prompt.region_cost(tokenizer, LINES[i]) for i in (0, 1, 2)}
    assert kept(sum(cost.values())) == [0, 1, 2]
    assert kept(sum(cost.values()) - 1) == [0, 2]
    assert kept(cost[2]) == [2]
    assert kept(1) == [2], "the most relevant region always enters"


def test_the_line_that_opens_a_page_counts_against_the_limit(document):
    def evidence(limit):
        retrieved = replace(read(document, 2, 5), token_budget=limit)
        return [item.index for item in evidence_of(document, retrieved)]

    tokenizer = document.engine.tokenizer
    both = sum(prompt.region_cost(tokenizer, text) for text in (LINES[2], OTHER[1]))
    assert evidence(both) == [2]
    assert evidence(both + 8) == [2, 5]
    built = prompt.build(tokenizer, TOTAL, document.look().lines([2, 5]))
    assert both - 2 < built.question_start - built.prefix_length <= both + 8


def decoded(text, kind, *pieces):
    return Generated(text, Span(text, pieces, kind), (-0.1,), 2)


def answer_of(document, retrieved, generated):
    evidence = evidence_of(document, replace(retrieved, token_budget=10_000))
    tokens = document.ask(TOTAL, strategy=strategy("oracle", gold=[])).tokens
    return answered(generated, evidence, retrieved.null, tokens, {}, {})


def test_a_span_has_the_box_of_its_own_words(document):
    retrieved = read(document, 2, 1)
    answer = answer_of(document, retrieved, decoded("48.75", "span", (2, 6, 11)))
    (box,) = answer.boxes
    whole = document.regions[2].box
    assert (answer.text, answer.page, answer.kind) == ("48.75", 0, "span")
    # Of "Total 48.75" in print of a proportional width the amount takes the last 40 to 60 %.
    assert 0.4 < (whole[2] - box[0]) / (whole[2] - whole[0]) < 0.6
    assert box[2] == pytest.approx(whole[2], abs=4)
    assert metrics.coverage(box, [whole]) > 0.95
    assert len(answer.quads) == 1
    assert np.shape(answer.quads[0]) == (4, 2)


def test_a_derived_answer_stands_on_the_best_evidence_of_one_page(document):
    retrieved = read(document, 2, 1, 5)
    answer = answer_of(document, retrieved, decoded("yes", "yes"))
    assert (answer.text, answer.kind, answer.page) == ("yes", "yes", 0)
    assert len(answer.boxes) == 2, "regions 2 and 1; region 5 stands on the other page"


def test_a_free_answer_is_boxed_where_its_words_stand(document):
    retrieved = read(document, 2, 0, 5)
    free = Generated("02/11/2020.", None, (-0.2,), 6)
    answer = answer_of(document, retrieved, free)
    assert (answer.kind, answer.page) == ("free", 1)
    (box,) = answer.boxes
    assert metrics.boxes_iou([box], [document.regions[5].box]) > 0.8


def test_not_found_has_no_place(document):
    retrieved = read(document, 2)
    for words in (decoded("not found", "not-found"), Generated("Not found", None, (-0.2,), 3)):
        answer = answer_of(document, retrieved, words)
        assert (answer.text, answer.found, answer.kind) == (None, False, "not-found")
        assert (answer.page, answer.boxes, answer.quads) == (None, (), ())
        assert answer.evidence, "what was read is still told"


def test_what_cannot_be_asked_is_refused(document):
    with pytest.raises(InstructionError, match="empty"):
        document.ask("  \n ")
    with pytest.raises(OptionError, match="no fields"):
        document.extract({})
    with pytest.raises(OptionError, match="token budget"):
        document.ask(TOTAL, token_budget=0)


def test_fields_are_answered_by_name(document):
    answers = document.extract({"total": TOTAL, "date": "What is the date?"})
    assert list(answers) == ["total", "date"]


@pytest.mark.parametrize(
    ("reading", "tokens"), [("", 2), ("48.75", 2 + 4 + 1), ("Total", 2 + 2), ("abcdef", 2 + 2)]
)
def test_digits_cost_a_token_each(reading, tokens):
    assert estimate_tokens(reading) == tokens


def test_the_bundles_weights_make_the_confidence(document, small_reader):
    plain = document.ask(TOTAL)
    own = {"found": {"bias": 1.0}, "not-found": {"bias": -1.0}}
    manifest = replace(small_reader.engine.manifest, confidence=own)
    engine = replace(small_reader.engine, manifest=manifest)
    weighed = Document(engine, document.pages, {}).ask(TOTAL)
    assert (weighed.text, weighed.boxes) == (plain.text, plain.boxes)
    assert weighed.confidence == pytest.approx(1 / (1 + np.exp(-1 if plain.found else 1)))


def test_pages_that_were_looked_at_serve_another_document(document, small_reader):
    document.transcribe()
    again = Document(small_reader.engine, document.pages, document.timings)
    assert again.refined == {}
    assert document.refined
    assert [len(line) for line in again.transcribe()] == [1] * 6
    assert {name: read.transcription for name, read in again.refined.items()} == {
        name: read.transcription for name, read in document.refined.items()
    }


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
def test_a_forked_process_is_told_and_does_not_wait(small_reader, printed):
    document = small_reader.open(printed("TOTAL 12.50"))
    document.ask("What is the total?")
    with small_reader.engine.lock:  # as another thread may hold it when the process is forked
        child = os.fork()
        if child == 0:
            try:
                document.ask("What is the total?")
            except InferenceError as error:
                os._exit(0 if "PinPoint.load" in str(error) else 2)
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert document.ask("What is the total?").tokens.prompt


@pytest.mark.slow
def test_twenty_threads_get_the_answers_that_one_gets(small_reader, printed):
    questions = ("What is the total?", "What is the date?", "Who is it from?")
    pages = [printed("TOTAL 12.50", f"DATE {day} MAY 2024") for day in (1, 2)]
    documents = [small_reader.open(page) for page in pages]
    work = [(place, question) for place in (0, 1) for question in questions] * 4
    alone = {item: documents[item[0]].ask(item[1]).text for item in set(work)}
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda item: documents[item[0]].ask(item[1]).text, work))
    assert found == [alone[item] for item in work]
