"""Charts, infographics and reports: boxes, texts, numbers and answers agree on every page."""

import re
from collections.abc import Callable
from random import Random

import pytest

from pinpoint_data.generator.fonts import faces
from pinpoint_data.generator.layouts.charts import chart_page, infographic, report
from pinpoint_data.generator.layouts.charts.chart import Chart
from pinpoint_data.generator.layouts.charts.chart_page import draw_any
from pinpoint_data.generator.layouts.charts.look import Look
from pinpoint_data.generator.page_builder import PageCanvas, Theme
from pinpoint_data.generator.questions.charts import ChartAsker, other_names
from pinpoint_data.generator.synthetic_page import Box, DrawnLine, SyntheticQuestion
from pinpoint_data.generator.text.labels import normalise
from pinpoint_edge.generation.automaton import _COUNTING

SEEDS = 24
DRAWERS: dict[str, Callable[[Random], PageCanvas]] = {
    "chart": chart_page.draw,
    "infographic": infographic.draw,
    "report": report.draw,
}
MORE = re.compile(r"larger|higher|more|ahead|better|exceed|above|over\b|bigger", re.I)
LESS = re.compile(r"smaller|\blower|\bless|behind|below|under\b", re.I)


@pytest.fixture(scope="module")
def canvases() -> list[PageCanvas]:
    faces()
    return [draw(Random(f"{name}{i}")) for name, draw in DRAWERS.items() for i in range(SEEDS)]


@pytest.fixture(scope="module")
def single_charts() -> list[tuple[PageCanvas, Chart, list[SyntheticQuestion]]]:
    """Charts alone on a canvas, with unnamed questions."""
    made = []
    for i in range(3 * SEEDS):
        rng = Random(f"single{i}")
        canvas = PageCanvas(900, 620)
        theme = Theme.random(rng, 16, "sans", "sans")
        look = Look.random(rng, theme, 16, canvas.paper)
        chart = draw_any(rng, canvas, look, (20, 20, 880, 600))
        page = f" {normalise(' '.join(line.text for line in canvas.lines))} "
        made.append((canvas, chart, ChartAsker(rng, chart, page).ask(30)))
    return made


def _shared(a: Box, b: Box) -> tuple[float, float]:
    return min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])


def _holder(canvas: PageCanvas, box: Box) -> DrawnLine:
    """The line that a box lies in."""

    def area(line: DrawnLine) -> float:
        width, height = _shared(line.box, box)
        return max(0.0, width) * max(0.0, height)

    return max(canvas.lines, key=area)


def _number(text: str) -> float:
    found = re.search(r"\d[\d,]*(\.\d+)?", text)
    assert found, text
    return float(found[0].replace(",", ""))


def _is_derived(question: SyntheticQuestion) -> bool:
    return question.field in ("yes_no", "count")


def test_no_two_lines_overlap_and_all_lie_inside_the_page(canvases: list[PageCanvas]) -> None:
    for canvas in canvases:
        for i, line in enumerate(canvas.lines):
            x0, y0, x1, y1 = line.box
            assert 0 <= x0 < x1 <= canvas.width
            assert 0 <= y0 < y1 <= canvas.height
            for other in canvas.lines[:i]:
                width, height = _shared(line.box, other.box)
                assert min(width, height) <= 2.5, (line, other)


def test_answers_stand_in_their_boxes_and_in_the_support(canvases: list[PageCanvas]) -> None:
    checked = 0
    for canvas in canvases:
        for question in canvas.questions:
            assert question.question == question.question.strip() != ""
            assert set(question.answer_boxes) <= set(question.support_boxes)
            assert len(set(question.support_boxes)) == len(question.support_boxes)
            if not question.answers or _is_derived(question):
                continue
            held = [_holder(canvas, box) for box in question.answer_boxes]
            whole = [line.box == box for line, box in zip(held, question.answer_boxes, strict=True)]
            told = " ".join(line.text for line in held)
            if all(whole):
                assert told == question.answers[0]
            else:
                words = question.answers[0].split()
                assert all(word in told for word in words), (question, told)
            for line, box in zip(held, question.answer_boxes, strict=True):
                assert line.box[0] - 1 <= box[0] < box[2] <= line.box[2] + 1.5
            checked += 1
    assert checked > 6 * len(canvases)


def test_pages_hold_what_they_do_not_tell(canvases: list[PageCanvas]) -> None:
    absent = 0
    for canvas in canvases:
        page = f" {normalise(' '.join(line.text for line in canvas.lines))} "
        for question in canvas.questions:
            assert (question.field == "absent") == (not question.answers)
            if question.field == "absent":
                absent += 1
                assert question.answer_boxes == question.support_boxes == []
                assert f" {normalise(question.label)} " not in page
    assert absent > 0.4 * len(canvases)


def test_a_canvas_depends_on_its_seed_alone() -> None:
    for draw in DRAWERS.values():
        first, second = draw(Random(5)), draw(Random(5))
        assert first.lines == second.lines
        assert first.questions == second.questions
        assert first.image.tobytes() == second.image.tobytes()


def test_counts_are_asked_for_so_that_a_count_may_be_answered(canvases: list[PageCanvas]) -> None:
    counts = [q for canvas in canvases for q in canvas.questions if q.field == "count"]
    assert len(counts) > 10
    for question in counts:
        assert _COUNTING.match(question.question), question.question
        assert 0 < int(question.answers[0]) <= 99


def test_yes_and_no_agree_with_the_printed_numbers(
    single_charts: list[tuple[PageCanvas, Chart, list[SyntheticQuestion]]],
) -> None:
    answers = []
    for canvas, chart, asked in single_charts:
        for question in asked:
            if question.field != "yes_no":
                continue
            wording = question.question
            for name in (*chart.topic.categories, *chart.topic.series):
                wording = wording.replace(name, "")  # "Under 18" is no comparison
            numbers = [_number(_value_text(canvas, box)) for box in question.answer_boxes]
            if len(numbers) == 1:
                numbers.append(_number(question.question.split()[-1]))
            first, second = numbers
            more, less = MORE.search(wording), LESS.search(wording)
            assert bool(more) != bool(less), wording
            assert question.answers[0] == ("yes" if (first > second) == bool(more) else "no"), (
                question,
                numbers,
            )
            answers += question.answers
    assert answers.count("yes") > 20
    assert answers.count("no") > 20


def _value_text(canvas: PageCanvas, box: Box) -> str:
    """What stands in a box: a whole line, or the end of one such as "Coal (12%)"."""
    line = _holder(canvas, box)
    if box == line.box:
        return line.text
    return line.text[round((box[0] - line.box[0]) / (line.box[2] - line.box[0]) * len(line.text)) :]


def test_extremes_and_comparisons_name_the_right_label(
    single_charts: list[tuple[PageCanvas, Chart, list[SyntheticQuestion]]],
) -> None:
    checked = 0
    for _, chart, asked in single_charts:
        topic = chart.topic
        if topic.series:
            continue
        printed = [topic.printed(0, c) for c in range(len(topic.categories))]
        for question in asked:
            answer = question.answers[0] if question.answers else ""
            if question.field == "extreme" and answer in topic.categories:
                low = re.search(r"lowest|smallest|least|last|minimum", question.question)
                best = min(printed) if low else max(printed)
                assert printed[topic.categories.index(answer)] == best, question
                assert len(question.support_boxes) >= 2 * len(printed)
                checked += 1
            if question.field == "comparison":
                named = [n for n in topic.categories if n in question.question]
                values = {printed[topic.categories.index(name)] for name in named}
                asks = question.question
                for name in named:  # which may be "Less than 5"
                    asks = asks.replace(name, "")
                best = min(values) if LESS.search(asks) else max(values)
                if len(named) == 2:
                    assert printed[topic.categories.index(answer)] == best, question
                    checked += 1
    assert checked > 40


def test_values_and_counts_are_those_of_the_topic(
    single_charts: list[tuple[PageCanvas, Chart, list[SyntheticQuestion]]],
) -> None:
    checked = 0
    for _, chart, asked in single_charts:
        topic = chart.topic
        texts = {topic.text(s, c) for s, row in enumerate(topic.values) for c in range(len(row))}
        for question in asked:
            if question.field == "value":
                assert question.answers[0] in texts
                assert len(question.support_boxes) >= 3
                checked += 1
            if question.field == "count" and not re.search("above|higher|more", question.question):
                assert int(question.answers[0]) in (len(topic.categories), len(topic.series))
        for label, name in zip(chart.labels, topic.categories, strict=True):
            assert " ".join(span.text for span in label) in ("", name)
        for row, series in zip(chart.values, range(len(topic.values)), strict=True):
            for category, span in enumerate(row):
                assert span is None or span.text == topic.text(series, category)
    assert checked > 80


def test_a_chart_without_numbers_is_not_asked_for_any(
    single_charts: list[tuple[PageCanvas, Chart, list[SyntheticQuestion]]],
) -> None:
    bare = 0
    for _, chart, asked in single_charts:
        if any(span is not None for row in chart.values for span in row):
            continue
        bare += 1
        assert {q.field for q in asked} <= {"text", "count", "absent"}
    assert bare > 3


def test_names_that_a_chart_lacks_are_of_its_sort() -> None:
    for i in range(40):
        rng = Random(i)
        canvas = PageCanvas(900, 620)
        look = Look.random(rng, Theme.random(rng, 16, "sans", "sans"), 16, canvas.paper)
        topic = draw_any(rng, canvas, look, (20, 20, 880, 600)).topic
        names = other_names(topic.dimension)
        assert len(names) > 1
        if topic.dimension.noun in ("year", "month", "day"):
            assert set(topic.categories) <= set(names)
