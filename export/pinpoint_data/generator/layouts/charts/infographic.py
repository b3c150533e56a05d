"""Infographics: a title over columns of panels with big numbers, lists, timelines and charts."""

from random import Random

from pinpoint_data.generator.layouts.charts import panels, shapes
from pinpoint_data.generator.layouts.charts.panels import WORDINGS, Board, Panel, figure
from pinpoint_data.generator.page_builder import Colour, PageCanvas, answered
from pinpoint_data.generator.questions import charts as chart_questions
from pinpoint_data.generator.synthetic_page import SyntheticQuestion
from pinpoint_data.generator.text import prose
from pinpoint_data.generator.text.labels import normalise
from pinpoint_data.word_lists import words

TITLES = words("infographics", "titles")
WEIGHTS: dict[Panel, float] = {
    panels.stat: 9,
    panels.ranking: 2,
    panels.two_lists: 2,
    panels.timeline: 1.5,
    panels.steps: 1.5,
    panels.chart: 2.5,
    panels.note: 1.5,
}
"""How often each kind of panel is drawn."""
ONCE = {panels.timeline, panels.steps, panels.note}
"""Panels that would be asked for in the same words if there were two of them."""
WHITE: Colour = (255, 255, 255)


class _Infographic(Board):
    def __init__(self, rng: Random) -> None:
        self.columns = rng.choice((1, 2, 2, 2, 3))
        width = rng.randint(*((480, 640), (700, 1000), (900, 1200))[self.columns - 1])
        super().__init__(rng, width, width / self.columns / rng.uniform(22, 30))
        self.paper = rng.choice(shapes.TINTS)
        self.canvas = PageCanvas(width, self.canvas.height, self.paper)
        accents = [c for c in shapes.palette(rng) if shapes.brightness(c) < 170]
        self.accents = accents or [rng.choice(shapes.DEEP)]
        self.deep = rng.choice(shapes.DEEP)
        self.boxed = rng.choice(("none", "light", "mixed", "line"))
        self.gap = width * rng.uniform(0.015, 0.03)

    def title(self) -> None:
        """The title, on a band of colour or on the paper."""
        rng, width, gap = self.rng, self.canvas.width, self.gap
        title = rng.choice(TITLES).format(
            thing=rng.choice(prose.THINGS), year=rng.randint(2005, 2025)
        )
        title = title.upper() if rng.random() < 0.2 else title
        font = self.theme.title.resized(round(self.theme.label.size * rng.uniform(1.7, 2.4)))
        self.left, self.right, self.y = 2 * gap, width - 2 * gap, 1.2 * gap
        anchor = "m" if self.centred else rng.choice("lm")
        ink = self.deep
        if rng.random() < 0.6:
            lines = font.width(title) // (self.width * 0.9) + 1
            band = lines * font.height * 1.2 + 2.4 * gap
            self.canvas.frame((0, 0, width, band), self.deep, self.deep)
            ink = WHITE
        spans = self.write(title, font, anchor, "title", 1.2, ink)
        self.y += 2 * gap
        self.questions.append(answered(rng.choice(WORDINGS["title"]), spans, [], "text"))

    def colours(self) -> None:
        """The colours of the next panel."""
        rng, self.fill = self.rng, self.paper
        if self.boxed == "light":
            self.fill = rng.choice(shapes.TINTS)
        elif self.boxed == "mixed" and rng.random() < 0.4:
            self.fill = rng.choice((self.deep, self.deep, rng.choice(shapes.DEEP)))
        dark = shapes.brightness(self.fill) < 140
        self.accent = WHITE if dark else rng.choice(self.accents)
        self.ink = WHITE if dark else rng.choice(((0, 0, 0), (40, 40, 45)))

    def fill_columns(self) -> None:
        """Panels below one another in the shortest column, as long as there is room."""
        rng, gap, top = self.rng, self.gap, self.y
        room = (self.canvas.width - gap * (self.columns + 1)) / self.columns
        limit, drawn = self.canvas.width * rng.uniform(0.9, 2.1), set[Panel]()
        bottoms, radius = [top] * self.columns, rng.choice((0, 8, 14))
        for _ in range(rng.randint(3, 12)):
            choices = [panel for panel in WEIGHTS if panel not in drawn & ONCE]
            (panel,) = rng.choices(choices, [WEIGHTS[panel] for panel in choices])
            column = bottoms.index(min(bottoms))
            left, y = gap + column * (room + gap), bottoms[column]
            self.left, self.right, self.y = left + self.pad, left + room - self.pad, y + self.pad
            self.colours()
            low = self.y + self.height_of(panel) + self.pad
            if low > max(limit, top + 1.5 * (low - y)):
                break
            if self.boxed != "none" or self.fill != self.paper:
                edge = self.accent if self.boxed == "line" else None
                shapes.panel(self.canvas, (left, y, left + room, low), self.fill, radius, edge)
            panel(self)
            drawn.add(panel)
            bottoms[column] = low + gap
        self.y = max(bottoms)

    def foot(self) -> None:
        """The source, and the end of the page below it."""
        rng, canvas = self.rng, self.canvas
        font = self.theme.small.resized(max(11, self.theme.small.size))
        height = round(max(260.0, self.y + 2.5 * font.height))
        canvas.crop_to(height)
        lead, name = rng.choice(("Source: ", "Sources: ", "Data: ")), rng.choice(prose.SOURCES)
        y = height - 1.8 * font.height
        span = canvas.text(self.gap * 2, y, lead + name, font, (60, 60, 60), "text")
        answer = canvas.parts(span, font, len(lead), len(span.text))
        question = rng.choice(WORDINGS["publisher"])
        self.questions.append(answered(question, [answer], [span], "text"))

    def ask(self) -> list[SyntheticQuestion]:
        """Some of the questions of all panels, and about numbers that are not there."""
        rng = self.rng
        page = f" {normalise(' '.join(line.text for line in self.canvas.lines))} "
        asked = rng.sample(self.questions, min(10, len(self.questions)))
        for _ in range(rng.choice((0, 1, 1, 2))):
            other = figure(rng)
            if f" {normalise(other.caption)} " not in page:
                question = rng.choice(other.wordings)
                asked.append(SyntheticQuestion(question, [], [], [], "absent", other.caption))
        if self.charts:
            asked += chart_questions.ask(rng, self.canvas, self.charts, 8, named=True)
        return asked


def draw(rng: Random) -> PageCanvas:
    """An infographic; asks for its numbers, lists, charts and words."""
    page = _Infographic(rng)
    page.title()
    page.fill_columns()
    page.foot()
    page.canvas.questions += page.ask()
    return page.canvas
