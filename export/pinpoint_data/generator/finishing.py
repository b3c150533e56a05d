"""From a drawn canvas to a page for training: laid down, spoiled, with its questions."""

from dataclasses import replace
from random import Random

from pinpoint_data.generator import degrade
from pinpoint_data.generator.geometry import PageMap, Points, random_map
from pinpoint_data.generator.layouts.forms import stamps
from pinpoint_data.generator.page_builder import FormField, LabelledElement, PageCanvas, TextSpan
from pinpoint_data.generator.questions import derived
from pinpoint_data.generator.questions import elements as element_questions
from pinpoint_data.generator.questions import fields as field_questions
from pinpoint_data.generator.synthetic_page import (
    DrawnLine,
    PageElement,
    SyntheticQuestion,
    SynthPage,
)
from pinpoint_data.generator.text.vocabulary import Maker
from pinpoint_data.generator.wear import wear

DESKS = ((40, 36, 34), (96, 72, 52), (150, 120, 90), (90, 96, 104), (205, 205, 200), (25, 40, 60))
"""What lies around a photographed page."""
STAMPED = ("form", "letter", "invoice", "order", "agreement", "report")
WORN = (*STAMPED, "irs", "table")


def finish(rng: Random, canvas: PageCanvas, kind: str) -> SynthPage:
    """The canvas as a page of `kind`; lines, answers and supports follow the paper."""
    if kind in STAMPED and rng.random() < stamps.SHARE:
        stamps.stamp(rng, canvas, Maker(rng))
    seen = random_map(rng, canvas.width, canvas.height)
    lines = [DrawnLine(seen.box(n.box), n.text, n.kind, _turn_quad(n, seen)) for n in canvas.lines]
    elements = [
        PageElement(seen.box(element.box), element.kind, element.state)
        for element in canvas.elements
    ]
    fields = [_turn(field, seen) for field in canvas.fields]
    # A page in another language brings its own questions: English labels do not say what it lacks.
    asked = field_questions.ask(rng, kind, fields, lines) if kind != "foreign" else []
    labelled = [_turn_labelled(item, seen) for item in canvas.labelled]
    asked += element_questions.ask(rng, labelled, elements)
    asked += derived.ask(rng, fields)
    asked += [_turn_question(question, seen) for question in canvas.questions]
    heights = sorted(line.box[3] - line.box[1] for line in canvas.lines)
    letter = heights[len(heights) // 3] if heights else 14.0
    worn = wear(rng, canvas.image) if kind in WORN else canvas.image
    around = rng.choice(DESKS) if seen.margin else canvas.paper
    image = degrade.spoil(rng, seen.image(worn, around), letter)
    return SynthPage(image, lines, _settled(asked), kind, elements)


def _settled(asked: list[SyntheticQuestion]) -> list[SyntheticQuestion]:
    """The questions, each once; none that is asked twice with different answers."""
    answers: dict[str, set[str]] = {}
    for question in asked:
        answers.setdefault(question.question, set()).add(" ".join(question.answers))
    kept = {q.question: q for q in reversed(asked) if len(answers[q.question]) == 1}
    return [q for q in asked if kept.get(q.question) is q]


def _turn_quad(line: DrawnLine, seen: PageMap) -> Points:
    """The corners of a line; turned text begins at another corner of its box."""
    corners = seen.quad(line.box)
    if not line.quad:
        return corners
    x0, y0, x1, y1 = line.box
    first = ((x0, y0), (x1, y0), (x1, y1), (x0, y1)).index(line.quad[0])
    return corners[first:] + corners[:first]


def _turn_labelled(item: LabelledElement, seen: PageMap) -> LabelledElement:
    return replace(
        item,
        element=replace(item.element, box=seen.box(item.element.box)),
        label_spans=_turn_spans(item.label_spans, seen),
        group_spans=_turn_spans(item.group_spans, seen),
    )


def _turn_spans(spans: list[TextSpan], seen: PageMap) -> list[TextSpan]:
    return [TextSpan(span.text, seen.box(span.box)) for span in spans if span.text]


def _turn(field: FormField, seen: PageMap) -> FormField:
    return replace(
        field,
        value=_turn_spans(field.value, seen),
        label_spans=_turn_spans(field.label_spans, seen),
        section_spans=_turn_spans(field.section_spans, seen),
    )


def _turn_question(question: SyntheticQuestion, seen: PageMap) -> SyntheticQuestion:
    return replace(
        question,
        answer_boxes=[seen.box(box) for box in question.answer_boxes],
        support_boxes=[seen.box(box) for box in question.support_boxes],
    )
