"""From a drawn canvas to a page for training: skewed, spoiled, with its questions."""

from dataclasses import replace
from random import Random

from pinpoint_export.data import degrade, mark_questions, questions
from pinpoint_export.data.layouts import stamps
from pinpoint_export.data.page_builder import Canvas, Field, Marked, Span
from pinpoint_export.data.sample import Line, Mark, Question, SynthPage
from pinpoint_export.data.vocabulary import Maker

STAMPED = ("form", "letter", "invoice", "order", "agreement", "report", "irs")


def finish(rng: Random, canvas: Canvas, kind: str) -> SynthPage:
    """The canvas as a page of `kind`; lines, answers and supports follow the skew."""
    if kind in STAMPED and rng.random() < stamps.SHARE:
        stamps.stamp(rng, canvas, Maker(rng))
    skew = degrade.random_skew(rng, canvas.width, canvas.height)
    lines = [Line(skew.box(n.box), n.text, n.kind, skew.quad(n.box)) for n in canvas.lines]
    marks = [Mark(skew.box(mark.box), mark.kind, mark.state) for mark in canvas.marks]
    fields = [_turn(field, skew) for field in canvas.fields]
    asked = questions.ask(rng, kind, fields, lines)
    marked = [_turn_marked(item, skew) for item in canvas.marked]
    asked += mark_questions.ask(rng, marked, marks)
    asked += [_turn_question(question, skew) for question in canvas.asked]
    heights = sorted(line.box[3] - line.box[1] for line in canvas.lines)
    letter = heights[len(heights) // 3] if heights else 14.0
    image = degrade.spoil(rng, skew.image(canvas.image, canvas.paper), letter)
    return SynthPage(image, lines, asked, kind, marks)


def _turn_marked(item: Marked, skew: degrade.Skew) -> Marked:
    return replace(
        item,
        mark=replace(item.mark, box=skew.box(item.mark.box)),
        label_spans=_turn_spans(item.label_spans, skew),
        group_spans=_turn_spans(item.group_spans, skew),
    )


def _turn_spans(spans: list[Span], skew: degrade.Skew) -> list[Span]:
    return [Span(span.text, skew.box(span.box)) for span in spans if span.text]


def _turn(field: Field, skew: degrade.Skew) -> Field:
    def turn(spans: list[Span]) -> list[Span]:
        return _turn_spans(spans, skew)

    return Field(
        field.label,
        turn(field.value),
        field.role,
        turn(field.label_spans),
        field.section,
        turn(field.section_spans),
    )


def _turn_question(question: Question, skew: degrade.Skew) -> Question:
    return replace(
        question,
        answer_boxes=[skew.box(box) for box in question.answer_boxes],
        support_boxes=[skew.box(box) for box in question.support_boxes],
    )
