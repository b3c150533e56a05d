"""From a drawn canvas to a page for training: laid down, spoiled, with its questions."""

from dataclasses import replace
from random import Random

from pinpoint_data.generator import degrade
from pinpoint_data.generator.geometry import PageMap, Points, random_map
from pinpoint_data.generator.layouts.forms import stamps
from pinpoint_data.generator.page_builder import Canvas, Field, Marked, Span
from pinpoint_data.generator.questions import derived, elements, ordinary
from pinpoint_data.generator.sample import Line, Mark, Question, SynthPage
from pinpoint_data.generator.text.vocabulary import Maker
from pinpoint_data.generator.wear import wear

DESKS = ((40, 36, 34), (96, 72, 52), (150, 120, 90), (90, 96, 104), (205, 205, 200), (25, 40, 60))
"""What lies around a photographed page."""
STAMPED = ("form", "letter", "invoice", "order", "agreement", "report")
WORN = (*STAMPED, "irs", "table")


def finish(rng: Random, canvas: Canvas, kind: str) -> SynthPage:
    """The canvas as a page of `kind`; lines, answers and supports follow the paper."""
    if kind in STAMPED and rng.random() < stamps.SHARE:
        stamps.stamp(rng, canvas, Maker(rng))
    seen = random_map(rng, canvas.width, canvas.height)
    lines = [Line(seen.box(n.box), n.text, n.kind, _turn_quad(n, seen)) for n in canvas.lines]
    marks = [Mark(seen.box(mark.box), mark.kind, mark.state) for mark in canvas.marks]
    fields = [_turn(field, seen) for field in canvas.fields]
    asked = ordinary.ask(rng, kind, fields, lines)
    marked = [_turn_marked(item, seen) for item in canvas.marked]
    asked += elements.ask(rng, marked, marks)
    asked += derived.ask(rng, fields)
    asked += [_turn_question(question, seen) for question in canvas.asked]
    heights = sorted(line.box[3] - line.box[1] for line in canvas.lines)
    letter = heights[len(heights) // 3] if heights else 14.0
    worn = wear(rng, canvas.image) if kind in WORN else canvas.image
    around = rng.choice(DESKS) if seen.margin else canvas.paper
    image = degrade.spoil(rng, seen.image(worn, around), letter)
    return SynthPage(image, lines, _settled(asked), kind, marks)


def _settled(asked: list[Question]) -> list[Question]:
    """The questions, each once; none that is asked twice with different answers."""
    answers: dict[str, set[str]] = {}
    for question in asked:
        answers.setdefault(question.question, set()).add(" ".join(question.answers))
    kept = {q.question: q for q in reversed(asked) if len(answers[q.question]) == 1}
    return [q for q in asked if kept.get(q.question) is q]


def _turn_quad(line: Line, seen: PageMap) -> Points:
    """The corners of a line; text that stands turned begins at another corner of its box."""
    corners = seen.quad(line.box)
    if not line.quad:
        return corners
    x0, y0, x1, y1 = line.box
    first = ((x0, y0), (x1, y0), (x1, y1), (x0, y1)).index(line.quad[0])
    return corners[first:] + corners[:first]


def _turn_marked(item: Marked, seen: PageMap) -> Marked:
    return replace(
        item,
        mark=replace(item.mark, box=seen.box(item.mark.box)),
        label_spans=_turn_spans(item.label_spans, seen),
        group_spans=_turn_spans(item.group_spans, seen),
    )


def _turn_spans(spans: list[Span], seen: PageMap) -> list[Span]:
    return [Span(span.text, seen.box(span.box)) for span in spans if span.text]


def _turn(field: Field, seen: PageMap) -> Field:
    def turn(spans: list[Span]) -> list[Span]:
        return _turn_spans(spans, seen)

    return Field(
        field.label,
        turn(field.value),
        field.role,
        turn(field.label_spans),
        field.section,
        turn(field.section_spans),
    )


def _turn_question(question: Question, seen: PageMap) -> Question:
    return replace(
        question,
        answer_boxes=[seen.box(box) for box in question.answer_boxes],
        support_boxes=[seen.box(box) for box in question.support_boxes],
    )
