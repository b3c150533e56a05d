"""A canvas with drawing primitives that remembers the exact box of every text line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from PIL import Image, ImageDraw

from pinpoint_data.generator.fonts import Font, load, pick, variant
from pinpoint_data.generator.synthetic_page import Box, DrawnLine, PageElement, SyntheticQuestion

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class TextSpan:
    """Part of a drawn line: its text and the box of its ink."""

    text: str
    box: Box


def boxes(spans: Iterable[TextSpan]) -> list[Box]:
    """The boxes of spans that hold text, each once."""
    return list(dict.fromkeys(span.box for span in spans if span.text))


def answered(
    question: str,
    answer: Sequence[TextSpan],
    support: Sequence[TextSpan],
    field: str,
    *,
    said: str | None = None,
    label: str = "",
) -> SyntheticQuestion:
    """A question whose answer is the text of spans, or what is `said` of them."""
    text = " ".join(span.text for span in answer) if said is None else said
    supporting = boxes([*support, *answer])
    return SyntheticQuestion(question, [text], boxes(answer), supporting, field, label)


@dataclass
class FormField:
    """A thing on the page that can be asked for.

    `label` is the printed label without its colon ("" when the page prints none); `role` is what
    the value means ("total", "advertiser", ... or "label" when only the label says it); `section`
    says which of two fields with the same label is meant; `kind` is the value's, as of
    `Maker.value`, or "". An empty `value` is an unfilled field.
    """

    label: str
    value: list[TextSpan]
    role: str = "label"
    label_spans: list[TextSpan] = field(default_factory=list)
    section: str = ""
    section_spans: list[TextSpan] = field(default_factory=list)
    kind: str = ""

    @property
    def text(self) -> str:
        """The value's lines joined by single spaces."""
        return " ".join(span.text for span in self.value)


@dataclass
class LabelledElement:
    """An element that can be asked for: its own words and those of the group it belongs to.

    `label` is the option beside a tick box, or who signs; `group` the question that the option
    answers. Both are empty where the page prints none.
    """

    element: PageElement
    label: str = ""
    label_spans: list[TextSpan] = field(default_factory=list)
    group: str = ""
    group_spans: list[TextSpan] = field(default_factory=list)


@dataclass
class Theme:
    """The fonts and inks of one page."""

    label: Font
    value: Font
    title: Font
    small: Font
    bold: Font
    ink: Colour
    value_ink: Colour
    rule: Colour

    @classmethod
    def random(cls, rng: Random, size: int, label_styles: str, value_styles: str) -> "Theme":
        """A theme around a body size in pixels; styles are space-separated choices."""
        face = pick(rng, label_styles)
        value_face = face if rng.random() < 0.4 else pick(rng, value_styles)
        grey = rng.choice((0, 0, 0, 20, 40, 70))
        ink = (grey, grey, grey)
        pens: tuple[Colour, ...] = (ink, ink, ink, (20, 30, 120), (10, 60, 140), (60, 60, 70))
        value_size = size + (
            rng.randint(1, 4) if value_face.style == "hand" else rng.randint(-1, 1)
        )
        return cls(
            label=load(variant(face, True) if rng.random() < 0.25 else face, size),
            value=load(value_face, max(11, value_size)),
            title=load(variant(face, True), round(size * rng.uniform(1.2, 1.9))),
            small=load(face, max(10, round(size * rng.uniform(0.7, 0.9)))),
            bold=load(variant(face, True), size),
            ink=ink,
            value_ink=rng.choice(pens),
            rule=rng.choice(((0, 0, 0), (0, 0, 0), (90, 90, 90), (150, 150, 150))),
        )


class PageCanvas:
    """A page being drawn.

    `lines` and `elements` hold what was set so far, `fields` and `labelled` what can be asked for;
    `questions` holds questions that no field expresses, with boxes on this canvas.
    """

    def __init__(self, width: int, height: int, paper: Colour = (255, 255, 255)) -> None:
        self.image = Image.new("RGB", (width, height), paper)
        self.paper = paper
        self.draw = ImageDraw.Draw(self.image)
        self.lines: list[DrawnLine] = []
        self.fields: list[FormField] = []
        self.elements: list[PageElement] = []
        self.labelled: list[LabelledElement] = []
        self.questions: list[SyntheticQuestion] = []

    @classmethod
    def over(cls, image: Image.Image) -> "PageCanvas":
        """A canvas that writes onto an existing RGB image."""
        canvas = cls(1, 1)
        canvas.image, canvas.draw = image, ImageDraw.Draw(image)
        return canvas

    @property
    def width(self) -> int:
        """Width of the page in pixels."""
        return self.image.width

    @property
    def height(self) -> int:
        """Height of the page in pixels."""
        return self.image.height

    def text(
        self,
        x: float,
        y: float,
        text: str,
        font: Font,
        ink: Colour = (0, 0, 0),
        kind: str = "text",
        anchor: str = "l",
    ) -> TextSpan:
        """Draws one line with the top of its letters at `y`; `anchor` is l, m or r.

        Returns the span of the whole line. Empty text draws nothing and gives an empty box.
        """
        text = font.as_drawn(text.strip())
        advance = font.width(text)
        left = x - {"l": 0.0, "m": advance / 2, "r": advance}[anchor]
        left = round(left)
        baseline = round(y) + font.ascent
        if not text:
            return TextSpan("", (left, y, left, y))
        if kind == "hand":
            self._by_hand(left, baseline, text, font, ink)
        else:
            self.draw.text((left, baseline), text, fill=ink, font=font.image_font, anchor="ls")
        x0, y0, x1, y1 = font.image_font.getbbox(text, anchor="ls")
        box = self._clip((left + x0, baseline + y0, left + x1, baseline + y1))
        self.lines.append(DrawnLine(box, text, kind))
        return TextSpan(text, box)

    def _by_hand(self, left: float, baseline: int, text: str, font: Font, ink: Colour) -> None:
        """Draws letter by letter: a hand keeps the line within a twentieth of the letters' size."""
        wobble = Random(text)
        drift = wobble.uniform(-0.05, 0.05)
        for i, letter in enumerate(text):
            rise = font.size * (drift * i / len(text) + wobble.uniform(-0.03, 0.03))
            at = (left + font.width(text[:i]), baseline + rise)
            self.draw.text(at, letter, fill=ink, font=font.image_font, anchor="ls")

    def parts(self, span: TextSpan, font: Font, start: int, end: int) -> TextSpan:
        """The part of a drawn line between two character offsets."""
        piece = span.text[start:end]
        start += len(piece) - len(piece.lstrip())
        piece = piece.strip()
        x0 = span.box[0] + font.width(span.text[:start])
        x1 = span.box[0] + font.width(span.text[: start + len(piece)])
        return TextSpan(piece, self._clip((x0, span.box[1], min(x1, span.box[2] + 1), span.box[3])))

    def paragraph(
        self,
        x: float,
        y: float,
        lines: Sequence[str],
        font: Font,
        ink: Colour = (0, 0, 0),
        kind: str = "text",
        anchor: str = "l",
        leading: float = 1.25,
    ) -> tuple[list[TextSpan], float]:
        """Draws lines below one another; gives their spans and the y below the last one."""
        spans = []
        for line in lines:
            spans.append(self.text(x, y, line, font, ink, kind, anchor))
            y += round(font.height * leading)
        return spans, y

    def rule(
        self,
        x0: float,
        y: float,
        x1: float,
        ink: Colour = (0, 0, 0),
        dash: int = 0,
        weight: int = 1,
    ) -> None:
        """A horizontal rule, dashed when `dash` (pixels on and off) is not 0."""
        if not dash:
            self.draw.line((x0, y, x1, y), fill=ink, width=weight)
            return
        for start in range(round(x0), round(x1), 2 * dash):
            self.draw.line((start, y, min(start + dash, x1), y), fill=ink, width=weight)

    def column_rule(self, x: float, y0: float, y1: float, ink: Colour = (0, 0, 0)) -> None:
        """A vertical rule."""
        self.draw.line((x, y0, x, y1), fill=ink, width=1)

    def frame(
        self, box: Box, ink: Colour = (0, 0, 0), fill: Colour | None = None, weight: int = 1
    ) -> None:
        """A rectangle."""
        x0, y0, x1, y1 = box
        self.draw.rectangle((x0, y0, x1, y1), outline=ink, fill=fill, width=weight)

    def element(self, box: Box, kind: str, state: bool | None) -> PageElement:
        """Records what is drawn in `box` as an element."""
        self.elements.append(PageElement(self._clip(box), kind, state))
        return self.elements[-1]

    def crop_to(self, height: int) -> None:
        """Cuts the page off below `height` pixels, if it is higher."""
        self.image = self.image.crop((0, 0, self.width, min(self.height, height)))
        self.draw = ImageDraw.Draw(self.image)

    def _clip(self, box: Box) -> Box:
        x0, y0, x1, y1 = (float(v) for v in box)
        x0, y0 = min(max(x0, 0.0), self.width - 2), min(max(y0, 0.0), self.height - 2)
        return x0, y0, max(x0 + 1, min(x1, self.width)), max(y0 + 1, min(y1, self.height))


def wrap(text: str, font: Font, width: float) -> list[str]:
    """Breaks text at spaces into lines no wider than `width`; a longer word keeps its own line.

    A line break in the text ends its line.
    """
    if "\n" in text:
        return [line for part in text.splitlines() for line in wrap(part, font, width)]
    lines: list[str] = []
    current: list[str] = []
    length, space = 0.0, font.word_width(" ")
    for word in text.split():
        step = font.word_width(word)
        if current and length + space + step > width:
            lines.append(" ".join(current))
            current, length = [word], step
        else:
            length += step + (space if current else 0.0)
            current.append(word)
    return [*lines, " ".join(current)] if current else lines
