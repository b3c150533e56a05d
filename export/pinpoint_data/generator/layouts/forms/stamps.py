"""Rubber stamps: framed words and dates, tilted, in one colour, laid over the print."""

from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from pinpoint_data.generator.fonts import load, pick
from pinpoint_data.generator.geometry import PageMap
from pinpoint_data.generator.page_builder import FormField, LabelledElement, PageCanvas, TextSpan
from pinpoint_data.generator.synthetic_page import Box, DrawnLine
from pinpoint_data.generator.text.vocabulary import Maker
from pinpoint_data.word_lists import words

WORDS = words("forms", "stamps")
INKS = ((190, 30, 40), (30, 50, 160), (20, 110, 60), (120, 40, 130), (60, 60, 70), (200, 90, 20))
SHARE = 0.14
"""How many pages carry a stamp."""


def stamp(rng: Random, canvas: PageCanvas, make: Maker) -> None:
    """Stamps the page, at times over a value; the words become lines and fields of their own."""
    word, day = rng.choice(WORDS), make.date().upper()
    rows = [word]
    if rng.random() < 0.55:
        rows.append(day)
    if rng.random() < 0.25:
        rows.append(make.company().upper()[:24])
    size = max(14, round(canvas.width * rng.uniform(0.018, 0.034)))
    round_one = rng.random() < 0.3
    ink = rng.choice(INKS)
    layer, places = _drawn(rng, rows, size, round_one, ink)
    angle = rng.choice((0.0, rng.uniform(-9, 9), rng.uniform(-9, 9), rng.uniform(-3, 3)))
    tilt = PageMap.turned(angle, *layer.size)
    turned = tilt.image(layer, (255, 255, 255))
    if turned.width > canvas.width * 0.7 or turned.height > canvas.height * 0.4:
        return
    chosen = _free_place if rng.random() < 0.6 else _place_over_value
    left, top = chosen(rng, canvas, turned.size)
    patch = canvas.image.crop((left, top, left + turned.width, top + turned.height))
    canvas.image.paste(ImageChops.multiply(patch, turned), (left, top))
    box = (left, top, left + turned.width, top + turned.height)
    element = canvas.element(box, "stamp", None)
    spans = []
    for text, place in zip(rows, places, strict=True):
        x0, y0, x1, y1 = tilt.box(place)
        at = (x0 + left, y0 + top, x1 + left, y1 + top)
        spans.append(TextSpan(text, at))
        canvas.lines.append(DrawnLine(at, text, "stamp"))
    canvas.labelled.append(LabelledElement(element, word, spans[:1]))
    canvas.fields.append(FormField("", spans[:1], "stamp_word"))
    if len(rows) > 1 and rows[1] == day:
        canvas.fields.append(FormField("", spans[1:2], "stamp_date"))


def _drawn(
    rng: Random, rows: list[str], size: int, round_one: bool, ink: tuple[int, int, int]
) -> tuple[Image.Image, list[Box]]:
    """The untilted stamp on white, and the boxes of its rows."""
    face = pick(rng, "sans sans narrow serif mono", bold=True)
    sizes = [size] + [max(11, round(size * 0.62))] * (len(rows) - 1)
    fonts = [load(face, s) for s in sizes]
    width = max(f.width(t) for f, t in zip(fonts, rows, strict=True))
    step = [round(f.size * 1.35) for f in fonts]
    if round_one:
        side = round(max(width * 1.2, sum(step) * 1.7) + size)
        image_size = (side, side)
    else:
        image_size = (round(width + size * 1.4), round(sum(step) + size * 0.9))
    layer = Image.new("RGB", image_size, (255, 255, 255))
    draw = ImageDraw.Draw(layer)
    weight = max(2, size // 9)
    for inset in (1, 1 + 2 * weight) if rng.random() < 0.4 else (1,):
        edge = (inset, inset, image_size[0] - 1 - inset, image_size[1] - 1 - inset)
        (draw.ellipse if round_one else draw.rectangle)(edge, outline=ink, width=weight)
    y = (image_size[1] - sum(step)) / 2
    places: list[Box] = []
    for text, font, high in zip(rows, fonts, step, strict=True):
        at = (round(image_size[0] / 2 - font.width(text) / 2), round(y) + font.ascent)
        draw.text(at, text, fill=ink, font=font.image_font, anchor="ls")
        x0, y0, x1, y1 = font.image_font.getbbox(text, anchor="ls")
        places.append((at[0] + x0, at[1] + y0, at[0] + x1, at[1] + y1))
        y += high
    # Rubber prints unevenly: part of the ink is missing in soft patches.
    coarse = Image.frombytes(
        "L", (9, 9), bytes(rng.choice((0, 0, 20, 60)) for _ in range(81))
    ).resize(image_size, Image.Resampling.BILINEAR)
    layer = ImageChops.add(layer, coarse.convert("RGB"))
    if rng.random() < 0.5:
        layer = layer.filter(ImageFilter.GaussianBlur(0.6))
    return layer, places


def _free_place(rng: Random, canvas: PageCanvas, size: tuple[int, int]) -> tuple[int, int]:
    """The best of some random places: off values first, then off all print."""
    values = [span.box for item in canvas.fields for span in item.value]
    values += [element.box for element in canvas.elements]
    best, least = (0, 0), float("inf")
    for _ in range(12):
        left = rng.randint(4, max(5, canvas.width - size[0] - 4))
        top = rng.randint(4, max(5, canvas.height - size[1] - 4))
        place = (left, top, left + size[0], top + size[1])
        cost = 10 * sum(_shared(place, box) for box in values)
        cost += sum(_shared(place, line.box) for line in canvas.lines)
        if cost < least:
            best, least = (left, top), cost
    return best


def _place_over_value(rng: Random, canvas: PageCanvas, size: tuple[int, int]) -> tuple[int, int]:
    """Around a value, which a person still reads through the ink."""
    values = [span.box for item in canvas.fields for span in item.value]
    if not values:
        return _free_place(rng, canvas, size)
    x0, y0, x1, y1 = rng.choice(values)
    left = round((x0 + x1) / 2 - size[0] * rng.uniform(0.25, 0.75))
    top = round((y0 + y1) / 2 - size[1] * rng.uniform(0.25, 0.75))
    most = (canvas.width - size[0] - 4, canvas.height - size[1] - 4)
    return max(4, min(left, most[0])), max(4, min(top, most[1]))


def _shared(a: Box, b: Box) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return width * height if width > 0 and height > 0 else 0.0
