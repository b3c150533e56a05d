"""Infographics: a title over columns of panels with big numbers, lists, timelines and charts."""

from dataclasses import dataclass
from random import Random

from pinpoint_data.generator.fonts import Font
from pinpoint_data.generator.layouts.charts import shapes
from pinpoint_data.generator.layouts.charts.list_panels import Listing, Ranking, TwoLists
from pinpoint_data.generator.layouts.charts.panels import (
    BigNumber,
    ChartPanel,
    Drawn,
    Note,
    Panel,
    Stat,
    Style,
)
from pinpoint_data.generator.page_builder import Colour, PageCanvas, Theme, answered, wrap
from pinpoint_data.generator.questions import charts as chart_questions
from pinpoint_data.generator.questions.fields import normalise
from pinpoint_data.generator.synthetic_page import SyntheticQuestion
from pinpoint_data.generator.text import prose
from pinpoint_data.generator.text.vocabulary import Maker
from pinpoint_data.word_lists import groups, records, words

STYLES = "sans sans sans sans narrow serif"
TITLES = words("infographics", "titles")
HEADINGS = words("infographics", "panel_headings")
WORDINGS = groups("infographics", "questions")


@dataclass(frozen=True)
class Kind:
    """A kind of big number: `questions` names its wordings, `weight` says how often it comes.

    `numbers` and `captions` have slots of `Maker.fill`; a caption `{group}` is a group of people
    and what they do. A pair of number and caption is "{number} {unit}" with its own caption.
    """

    questions: str
    weight: float
    numbers: tuple[str, ...]
    captions: tuple[str, ...]


KINDS = records(Kind, "infographics", "figures")


def figure(rng: Random) -> BigNumber:
    """A number that a big print is worth, with its caption."""
    (kind,) = rng.choices(KINDS, [kind.weight for kind in KINDS])
    number = Maker(rng).fill(rng.choice(kind.numbers))
    caption, _, unit = rng.choice(kind.captions).partition(" | ")
    caption = caption.format(group=f"{rng.choice(prose.GROUPS)} {rng.choice(prose.ACTIONS)}")
    wordings = tuple(wording.format(c=caption) for wording in WORDINGS[kind.questions])
    of = "of " if kind.questions == "share" else ""
    return BigNumber(f"{number} {unit}".strip(), of + caption, wordings)


class _Board:
    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.columns = rng.choice((1, 2, 2, 2, 3))
        self.width = rng.randint(*((480, 640), (700, 1000), (900, 1200))[self.columns - 1])
        size = max(13, round(self.width / self.columns / rng.uniform(22, 30)))
        self.theme = Theme.random(rng, min(size, 22), STYLES, STYLES)
        self.paper = rng.choice(shapes.TINTS)
        self.accents = [c for c in shapes.palette(rng) if shapes.brightness(c) < 170]
        self.accents = self.accents or [rng.choice(shapes.DEEP)]
        self.deep = rng.choice(shapes.DEEP)
        self.boxed = rng.choice(("none", "light", "mixed", "line"))
        self.centred = rng.random() < 0.5
        self.gap = self.width * rng.uniform(0.015, 0.03)
        self.captions: set[str] = set()
        self.headings = rng.sample(HEADINGS, len(HEADINGS))
        self.drawn = Drawn()

    def style(self) -> Style:
        """The colours of the next panel."""
        rng, fill = self.rng, self.paper
        if self.boxed == "light":
            fill = rng.choice(shapes.TINTS)
        elif self.boxed == "mixed" and rng.random() < 0.4:
            fill = rng.choice((self.deep, self.deep, rng.choice(shapes.DEEP)))
        dark = shapes.brightness(fill) < 140
        accent: Colour = (255, 255, 255) if dark else rng.choice(self.accents)
        ink: Colour = (255, 255, 255) if dark else rng.choice(((0, 0, 0), (40, 40, 45)))
        return Style(rng, self.theme, accent, fill, ink, self.centred)

    def panel(self, width: float) -> Panel:
        """The next panel."""
        rng, style = self.rng, self.style()
        kind = rng.choices(
            ("stat", "ranking", "pair", "timeline", "steps", "chart", "note"),
            (9, 2, 2, 1.5, 1.5, 2.5, 1.5),
        )[0]
        if kind == "stat":
            made = figure(rng)
            while made.caption in self.captions:
                made = figure(rng)
            self.captions.add(made.caption)
            return Stat(style, width, made)
        if kind == "ranking":
            return Ranking(style, width)
        if kind == "pair":
            return TwoLists(style, width)
        if kind == "chart":
            return ChartPanel(style, width)
        if kind == "note":
            return Note(style, width, self.headings.pop())
        return Listing(style, width, self.headings.pop(), kind == "timeline")

    def draw(self) -> PageCanvas:
        """Lays out the panels, then draws them onto a page of the height that they need."""
        rng, theme, gap = self.rng, self.theme, self.gap
        room = (self.width - gap * (self.columns + 1)) / self.columns
        title = rng.choice(TITLES).format(
            thing=rng.choice(prose.THINGS), year=rng.randint(2005, 2025)
        )
        if rng.random() < 0.2:
            title = title.upper()
        font = theme.title.resized(round(theme.label.size * rng.uniform(1.7, 2.4)))
        head = wrap(title, font, self.width - 4 * gap)
        band = len(head) * round(font.height * 1.2) + 2.4 * gap
        bottoms, placed = [band + gap] * self.columns, list[tuple[Panel, float, float]]()
        limit = self.width * rng.uniform(0.9, 2.1)
        most = rng.randint(3, 12)
        kinds: set[type[Panel]] = set()
        while len(placed) < most:
            column = bottoms.index(min(bottoms))
            made = self.panel(room)
            # Two lists of steps, or two timelines, would be asked for in the same words.
            if type(made) in kinds and isinstance(made, Listing | Note):
                continue
            if bottoms[column] + made.height > max(limit, band + 1.5 * made.height):
                break
            kinds.add(type(made))
            placed.append((made, gap + column * (room + gap), bottoms[column]))
            bottoms[column] += made.height + gap
        foot = theme.small.height * 2.5
        canvas = PageCanvas(self.width, round(max(260.0, max(bottoms) + foot)), self.paper)
        self._title(canvas, head, font, band)
        for made, x, y in placed:
            self._ground(canvas, made, (x, y, x + room, y + made.height))
            made.draw(canvas, x, y, self.drawn)
        self._foot(canvas)
        canvas.questions += self._questions(canvas)
        return canvas

    def _title(self, canvas: PageCanvas, head: list[str], font: Font, band: float) -> None:
        rng = self.rng
        filled = rng.random() < 0.6
        if filled:
            canvas.frame((0, 0, self.width, band), self.deep, self.deep)
        ink: Colour = (255, 255, 255) if filled else self.deep
        anchor = "m" if self.centred else rng.choice("lm")
        x = self.width / 2 if anchor == "m" else 2 * self.gap
        spans, _ = canvas.paragraph(x, 1.2 * self.gap, head, font, ink, "title", anchor, 1.2)
        self.drawn.questions.append(answered(rng.choice(WORDINGS["title"]), spans, spans, "text"))

    def _ground(
        self, canvas: PageCanvas, made: Panel, box: tuple[float, float, float, float]
    ) -> None:
        fill = made.style.fill
        if self.boxed == "none" and fill == self.paper:
            return
        edge = made.style.accent if self.boxed == "line" else None
        radius = self.rng.choice((0, 8, 14))
        shapes.panel(canvas, box, fill, radius, edge)

    def _foot(self, canvas: PageCanvas) -> None:
        font = self.theme.small.resized(max(11, self.theme.small.size))
        name = self.rng.choice(prose.SOURCES)
        text = self.rng.choice(("Source: ", "Sources: ", "Data: ")) + name
        y = canvas.height - 1.8 * font.height
        ink: Colour = (60, 60, 60)
        span = canvas.text(self.gap * 2, y, text, font, ink, "text")
        at = text.index(": ") + 2
        answer = canvas.parts(span, font, at, len(text))
        asked = answered(self.rng.choice(WORDINGS["publisher"]), [answer], [span], "text")
        self.drawn.questions.append(asked)

    def _questions(self, canvas: PageCanvas) -> list[SyntheticQuestion]:
        rng, drawn = self.rng, self.drawn
        page = f" {normalise(' '.join(line.text for line in canvas.lines))} "
        asked = list(drawn.questions)
        rng.shuffle(asked)
        asked = asked[:10]
        for _ in range(rng.choice((0, 1, 1, 2))):
            other = figure(rng)
            if f" {normalise(other.caption)} " not in page:
                question = rng.choice(other.wordings)
                asked.append(SyntheticQuestion(question, [], [], [], "absent", other.caption))
        if drawn.charts:
            asked += chart_questions.ask(rng, canvas, drawn.charts, 8, named=True)
        return asked


def draw(rng: Random) -> PageCanvas:
    """An infographic; asks for its numbers, lists, charts and words."""
    return _Board(rng).draw()
