"""Signatures, the lines that wait for them, and initials."""

from random import Random

from pinpoint_data.generator.composer import Composer
from pinpoint_data.generator.fonts import load, pick
from pinpoint_data.generator.layouts.forms.strokes import PENS, curve, stroke
from pinpoint_data.generator.page_builder import (
    FormField,
    LabelledElement,
    PageCanvas,
    TextSpan,
    wrap,
)
from pinpoint_data.generator.synthetic_page import Box, PageElement
from pinpoint_data.word_lists import words

SIGNERS = words("forms", "signers")


def sign(rng: Random, canvas: PageCanvas, box: Box, name: str) -> PageElement:
    """Signs inside `box`: a pen's flourish, or the name in a script; no text line."""
    x0, y0, x1, y1 = box
    if rng.random() < 0.4:
        return _written(rng, canvas, box, name)
    ink, weight = rng.choice(PENS), rng.choice((1, 2, 2, 3))
    height, base = y1 - y0, y0 + (y1 - y0) * 0.65
    letters = rng.randint(4, 11)
    step = (x1 - x0) * rng.uniform(0.5, 0.95) / letters
    points = [(x0, base)]
    for i in range(letters):
        # The capital is tall, the rest small loops with an ascender or a descender at times.
        tall = 0.6 if i == 0 else rng.choice((0.12, 0.2, 0.2, 0.45))
        x = x0 + i * step
        points += [
            (x + step * rng.uniform(0.3, 0.9), base - height * tall),
            (x + step * rng.uniform(0.0, 0.5), base - height * tall * 0.3),
            (x + step, base + height * rng.choice((0.0, 0.05, 0.3)) * rng.random()),
        ]
    if rng.random() < 0.5:
        points.append((x1, base - height * rng.uniform(-0.2, 0.5)))
    points = [(min(max(x, x0), x1), min(max(y, y0), y1)) for x, y in points]
    stroke(canvas, curve(points, 5), ink, weight)
    if rng.random() < 0.25:
        y = base + height * rng.uniform(0.1, 0.3)
        under = [(x0, y), ((x0 + x1) / 2, y - 3), (x1, y - 6)]
        stroke(canvas, curve(under), ink, weight)
        points += under
    ink_x, ink_y = [p[0] for p in points], [p[1] for p in points]
    return canvas.element(
        (min(ink_x) - 1, min(ink_y) - 1, max(ink_x) + 1, max(ink_y) + 1), "signature", True
    )


def _written(rng: Random, canvas: PageCanvas, box: Box, name: str) -> PageElement:
    x0, y0, x1, y1 = box
    face = pick(rng, "script script hand")
    size = max(12, round((y1 - y0) * 0.75))
    while size > 12 and load(face, size).width(name) > x1 - x0:
        size -= 2
    font = load(face, size).image_font
    at = (x0, y0 + (y1 - y0) * 0.75)
    canvas.draw.text(at, name, fill=rng.choice(PENS), font=font, anchor="ls")
    return canvas.element(canvas.draw.textbbox(at, name, font=font, anchor="ls"), "signature", True)


def signature_line(
    page: Composer, place: tuple[float, float, float], who: str, name: TextSpan | None = None
) -> float:
    """A line at (left, top, width) for `who` to sign, three times in four signed; the y below it.

    `name`: what is printed about the signer elsewhere, which supports questions too.
    """
    rng, canvas, theme = page.rng, page.canvas, page.theme
    left, top, width = place
    height = theme.label.height * rng.uniform(1.6, 2.4)
    label = rng.choice(("{}", "{}", "{}'s Signature", "Sign here: {}", "Signed ({})"))
    text, y, start = label.format(who), top + height, left
    if rng.random() < 0.3:
        spans, low = page.label(left, y - theme.label.ascent, f"{text}:")
        start = spans[0].box[2] + 6
    else:
        spans, low = page.label(left, y + 4, wrap(text, theme.label, width))
    end = max(left + width, start + 60)
    canvas.rule(start, y, end, theme.rule, dash=rng.choice((0, 0, 0, 2)))
    if rng.random() < 0.72:
        reach = rng.uniform(0.55, 0.95) * (end - start)
        sag = height * rng.uniform(-0.05, 0.15)
        element = sign(
            rng, canvas, (start + 3, top + sag, start + reach, y + sag), page.make.name()
        )
    else:
        element = canvas.element((start, y - height * 0.6, end, y + 2), "signature", False)
    canvas.labelled.append(LabelledElement(element, who, [*spans, *([name] if name else [])]))
    return low


def signature_row(page: Composer) -> None:
    """One to three lines side by side, each for somebody else, some with a date."""
    rng, canvas, theme = page.rng, page.canvas, page.theme
    number = rng.choice((1, 2, 2, 3)) if page.width > 560 else 1
    step, top, lowest = page.width / number, page.y, page.y
    for i, who in enumerate(rng.sample(SIGNERS, number)):
        x = page.left + i * step
        dated = step > 300 and rng.random() < 0.5
        reach = step * (0.6 if dated else 0.85)
        lowest = max(lowest, signature_line(page, (x, top, reach), who))
        if dated:
            start, y = x + reach + 14, top + theme.label.height * 2
            canvas.rule(start, y, x + step - 10, theme.rule)
            names, _ = page.label(start, y + 4, "Date")
            day = [page.make.date()] if rng.random() < 0.75 else []
            values, _ = page.value(start + 2, y - theme.value.ascent - 2, day)
            who_spans = canvas.labelled[-1].label_spans
            canvas.fields.append(FormField("Date", values, "label", names, who, who_spans))
    page.y = lowest
