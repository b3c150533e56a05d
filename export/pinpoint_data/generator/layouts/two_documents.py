"""Two documents on one scan: beside each other, or one below the other."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from random import Random

from PIL import Image

from pinpoint_data.generator.page_builder import FormField, PageCanvas, TextSpan
from pinpoint_data.generator.synthetic_page import Box


def together(rng: Random, first: PageCanvas, second: PageCanvas) -> PageCanvas:
    """Both canvases on one, apart by white; fields say by the company whose document they are of.

    The canvases must not hold elements or questions of their own, as those of receipts do not.
    """
    gap, drop = rng.randint(10, 70), rng.randint(0, 60)
    long = first.height + second.height > 2.2 * (first.width + second.width)
    beside = long or rng.random() < 0.75
    at = (first.width + gap, drop) if beside else (drop, first.height + gap)
    size = (max(first.width, at[0] + second.width), max(first.height, at[1] + second.height))
    both = PageCanvas(*size)
    both.image = Image.new("RGB", size, rng.choice((both.paper, (235, 235, 235), (120, 110, 100))))
    both = PageCanvas.over(both.image)
    for canvas, (x, y) in ((first, (0, 0)), (second, at)):
        both.image.paste(canvas.image, (x, y))
        both.lines += [replace(line, box=_moved(line.box, x, y)) for line in canvas.lines]
        both.fields += _fields(canvas.fields, x, y)
    return both


def _fields(fields: Sequence[FormField], x: int, y: int) -> Iterable[FormField]:
    company = next((field for field in fields if field.role == "company"), None)
    for field in fields:
        if field.role == "company" or company is None:
            continue
        yield replace(
            field,
            value=_spans(field.value, x, y),
            label_spans=_spans(field.label_spans, x, y),
            section=company.text,
            section_spans=_spans(company.value, x, y),
        )


def _spans(spans: Sequence[TextSpan], x: int, y: int) -> list[TextSpan]:
    return [TextSpan(span.text, _moved(span.box, x, y)) for span in spans]


def _moved(box: Box, x: int, y: int) -> Box:
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y
