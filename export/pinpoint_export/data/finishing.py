"""From a drawn canvas to a page for training: skewed, spoiled, with its questions."""

from dataclasses import replace
from random import Random

from pinpoint_export.data import degrade, questions
from pinpoint_export.data.page_builder import Canvas, Field, Span
from pinpoint_export.data.sample import Line, Mark, Question, SynthPage


def finish(rng: Random, canvas: Canvas, kind: str) -> SynthPage:
    """The canvas as a page of `kind`; lines, answers and supports follow the skew."""
    skew = degrade.random_skew(rng, canvas.width, canvas.height)
    lines = [Line(skew.box(n.box), n.text, n.kind, skew.quad(n.box)) for n in canvas.lines]
    marks = [Mark(skew.box(mark.box), mark.kind, mark.state) for mark in canvas.marks]
    fields = [_turn(field, skew) for field in canvas.fields]
    asked = questions.ask(rng, kind, fields, lines)
    asked += [_turn_question(question, skew) for question in canvas.asked]
    heights = sorted(line.box[3] - line.box[1] for line in canvas.lines)
    letter = heights[len(heights) // 3] if heights else 14.0
    image = degrade.spoil(rng, skew.image(canvas.image, canvas.paper), letter)
    return SynthPage(image, lines, asked, kind, marks)


def _turn(field: Field, skew: degrade.Skew) -> Field:
    def turn(spans: list[Span]) -> list[Span]:
        return [Span(span.text, skew.box(span.box)) for span in spans if span.text]

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
