"""The panels of an infographic: big numbers, rankings, pairs, timelines, steps, charts, text.

A panel is drawn from the pen of its board downwards, between the sides of its column.
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from random import Random

from pinpoint_data.generator.composer import Composer
from pinpoint_data.generator.fonts import Font
from pinpoint_data.generator.layouts.charts import shapes
from pinpoint_data.generator.layouts.charts.chart import Chart
from pinpoint_data.generator.layouts.charts.chart_page import draw_any
from pinpoint_data.generator.layouts.charts.look import Look
from pinpoint_data.generator.page_builder import Colour, FormField, PageCanvas, TextSpan, answered
from pinpoint_data.generator.synthetic_page import SyntheticQuestion
from pinpoint_data.generator.text import prose
from pinpoint_data.generator.text.topic_maker import make_topic
from pinpoint_data.generator.text.vocabulary import Maker
from pinpoint_data.word_lists import groups, records, words

STYLES = "sans sans sans sans narrow serif"
HEADINGS = words("infographics", "panel_headings")
WORDINGS = groups("infographics", "questions")
MILESTONES = words("infographics", "milestones")
STEPS = words("infographics", "steps")
OF_NUMBERS = ("What does {n} stand for?", "What is {n}?", "What does the number {n} tell?")


@dataclass(frozen=True)
class Kind:
    """A kind of big number: `questions` names its wordings, `weight` says how often it comes.

    `numbers` have slots of `Maker.fill`. A caption may hold `{group}`, people and what they do, and
    " | " with a unit that is printed behind the number.
    """

    questions: str
    weight: float
    numbers: tuple[str, ...]
    captions: tuple[str, ...]


KINDS = records(Kind, "infographics", "figures")


@dataclass(frozen=True)
class BigNumber:
    """A big number with its caption and the questions for the number."""

    number: str
    caption: str
    wordings: tuple[str, ...]


def figure(rng: Random) -> BigNumber:
    """A number that a big print is worth, with its caption."""
    (kind,) = rng.choices(KINDS, [kind.weight for kind in KINDS])
    number = Maker(rng).fill(rng.choice(kind.numbers))
    caption, _, unit = rng.choice(kind.captions).partition(" | ")
    caption = caption.format(group=f"{rng.choice(prose.GROUPS)} {rng.choice(prose.ACTIONS)}")
    wordings = tuple(wording.format(c=caption) for wording in WORDINGS[kind.questions])
    of = "of " if kind.questions == "share" else ""
    return BigNumber(f"{number} {unit}".strip(), of + caption, wordings)


class Board(Composer):
    """An infographic; the sides, the pen and the colours are those of the panel being drawn.

    While `measuring`, what is drawn is thrown away, and nothing is asked or used up.
    """

    accent: Colour
    fill: Colour
    ink: Colour

    def __init__(self, rng: Random, width: int, letter: float) -> None:
        super().__init__(rng, (width, 6000), min(22, max(13, letter)), (STYLES, STYLES), 0, 0)
        self.pad = self.theme.label.size * 0.8
        self.centred, self.measuring = rng.random() < 0.5, False
        self.captions: set[str] = set()
        self.headings = rng.sample(HEADINGS, len(HEADINGS))
        self.charts: list[Chart] = []
        self.questions: list[SyntheticQuestion] = []

    @property
    def strong(self) -> Colour:
        """The accent where it can be read on the panel, else the ink."""
        far = abs(shapes.brightness(self.accent) - shapes.brightness(self.fill)) > 110
        return self.accent if far else self.ink

    @property
    def anchor(self) -> str:
        """The anchor of headings and big numbers."""
        return "m" if self.centred else "l"

    def put(
        self, x: float, text: str, font: Font, ink: Colour, kind: str = "label", anchor: str = "l"
    ) -> TextSpan:
        """Writes one line at the pen's height, which stays there."""
        return self.canvas.text(x, self.y, text, font, ink, kind, anchor)

    def heading(self, title: str) -> list[TextSpan]:
        """Writes the heading of a panel."""
        font = self.theme.bold.resized(round(self.theme.label.size * 1.15))
        spans = self.write(title, font, self.anchor, "title", 1.2, self.strong)
        self.y += self.pad * 0.5
        return spans

    def step(self) -> int:
        """A distance between the lines of a list."""
        return round(self.theme.label.height * self.rng.uniform(1.3, 1.8))

    def height_of(self, panel: "Panel") -> float:
        """Pixels that a panel will take: it is drawn on a trial's canvas, from the same source."""
        trial, state = copy(self), self.rng.getstate()
        trial.canvas = PageCanvas(self.canvas.width, 100)
        trial.headings, trial.captions = list(self.headings), set(self.captions)
        trial.charts, trial.questions, trial.measuring = [], [], True
        panel(trial)
        self.rng.setstate(state)
        return trial.y - self.y


Panel = Callable[[Board], None]


def stat(board: Board) -> None:
    """A big number over or beside what it counts, with or without a picture."""
    rng, theme, made = board.rng, board.theme, figure(board.rng)
    while made.caption in board.captions:
        made = figure(rng)
    board.captions.add(made.caption)
    big = theme.bold.resized(round(theme.label.size * rng.uniform(2.0, 3.4)))
    while big.width(made.number) > board.width and big.size > 12:
        big = big.resized(big.size - 4)
    wide, left, low = big.width(made.number), board.left, board.y
    if wide < board.width * 0.4 and rng.random() < 0.4:
        number, anchor = board.put(left, made.number, big, board.strong, "value"), "l"
        board.left, low = left + wide + board.pad, board.y + big.height
    else:
        anchor, side = board.anchor, big.size * 1.1
        x = board.place(anchor)
        if rng.random() < 0.5:
            at = x - side / 2 if board.centred else x
            box = (at, board.y, at + side, board.y + side)
            shapes.icon(board.canvas, rng, box, board.strong)
            board.y += side + board.pad * 0.6
        number = board.put(x, made.number, big, board.strong, "value", anchor)
        board.y += big.height * 1.15
    lines = board.write(made.caption, anchor=anchor, kind="label", leading=1.2, ink=board.ink)
    board.left, board.y = left, max(board.y, low)
    if rng.random() < 0.2:
        question = rng.choice(OF_NUMBERS).format(n=number.text)
        board.questions.append(answered(question, lines, [number], "text"))
    else:
        question = rng.choice(made.wordings)
        board.questions.append(answered(question, [number], lines, "value"))


def chart(board: Board) -> None:
    """A small chart."""
    font, rng = board.theme.label, board.rng
    high = max(board.width * rng.uniform(0.66, 0.95), 15 * font.size)
    if not board.measuring:
        look = Look.random(rng, board.theme, max(12, round(font.size * 0.92)), board.fill)
        box = (board.left, board.y, board.right, board.y + high)
        board.charts.append(draw_any(rng, board.canvas, look, box))
    board.y += high


def note(board: Board) -> None:
    """A heading with one sentence that states a fact."""
    rng, font = board.rng, board.theme.label
    board.heading(board.headings.pop())
    fact, slots = rng.choice(prose.FACTS), prose.values(rng)
    text, places = prose.fill(fact.sentence, slots)
    spans = board.write(text[0].upper() + text[1:], ink=board.ink)
    wording, names = rng.choice(fact.questions)
    answer = [
        span
        for name in names.split("+")
        for span in prose.pieces(board.canvas, spans, font, *places[name])
    ]
    question, _ = prose.fill(wording, slots)
    board.questions.append(answered(question, answer, spans, "text"))


def ranking(board: Board) -> None:
    """A list of names with their numbers, the largest first."""
    rng, font, bold = board.rng, board.theme.label, board.theme.bold
    topic, top = make_topic(rng, False, rng.randint(3, 8), 1), board.y
    title, numbers = board.heading(topic.title), topic.values[0]
    count, bars = len(numbers), rng.random() < 0.5
    form = rng.choice(("{n}", "{n}.", "#{n}", "0{n}"))
    step, indent = board.step(), font.width(form.format(n=8)) + font.size * 0.8
    left = board.left + indent
    ranks = list[tuple[TextSpan, TextSpan]]()
    labels: list[list[TextSpan]] = [[] for _ in range(count)]
    values: list[TextSpan | None] = [None] * count
    for place, category in enumerate(sorted(range(count), key=lambda c: -numbers[c]), 1):
        sign = board.put(board.left, form.format(n=place), font, board.strong)
        name = board.put(left, topic.categories[category], font, board.ink)
        text = topic.text(0, category)
        values[category] = board.put(board.right, text, bold, board.ink, "value", "r")
        if bars:
            low = board.y + font.height * 1.1
            end = left + (board.right - left) * numbers[category] / max(numbers)
            board.canvas.draw.rectangle((left, low, end, low + 4), fill=board.accent)
        labels[category] = [name]
        ranks.append((sign, name))
        board.y += round(step * 1.35) if bars else step
    drawn = Chart(topic, "ranking", (board.left, top, board.right, board.y), title)
    drawn.labels, drawn.values = labels, [values]
    board.charts.append(drawn)
    at = rng.randrange(count)
    sign, name = ranks[at]
    slots = {"n": at + 1, "t": topic.title, "c": name.text, "noun": topic.dimension.noun}
    support = [*title, sign, name]
    if rng.random() < 0.5:
        question = rng.choice(WORDINGS["ranked"]).format(**slots)
        board.questions.append(answered(question, [name], support, "category"))
    else:
        question = rng.choice(WORDINGS["rank"]).format(**slots)
        digits = board.canvas.parts(sign, font, *_digits(sign.text))
        board.questions.append(answered(question, [digits], support, "value"))


def _digits(text: str) -> tuple[int, int]:
    """Where the digits of a rank are."""
    places = [i for i, c in enumerate(text) if c.isdigit()]
    return places[0], places[-1] + 1


def two_lists(board: Board) -> None:
    """The same labels twice, under two headings: which is meant must be said."""
    rng, font, canvas = board.rng, board.theme.label, board.canvas
    topic = make_topic(rng, rng.random() < 0.3, rng.randint(3, 5), 2)
    board.heading(topic.title)
    step = board.step()
    for series, name in enumerate(topic.series):
        head = board.put(board.left, name, board.theme.bold, board.strong)
        canvas.rule(board.left, board.y + step * 0.85, board.right, board.accent)
        board.y += step
        for category, label in enumerate(topic.categories):
            label_at = board.put(board.left + font.size, label, font, board.ink)
            text = topic.text(series, category)
            value = board.put(board.right, text, font, board.ink, "value", "r")
            canvas.fields.append(FormField(label, [value], "label", [label_at], name, [head]))
            board.y += step
        board.y += step * 0.2


def timeline(board: Board) -> None:
    """Years with what happened in them."""
    years = sorted(board.rng.sample(range(1890, 2025), board.rng.randint(3, 6)))
    _listing(board, [str(year) for year in years], MILESTONES, ("when", "happened"))


def steps(board: Board) -> None:
    """Numbered steps; at times their number is asked for."""
    rng = board.rng
    form, numbers = rng.choice(("{n}", "Step {n}", "{n}.")), range(1, rng.randint(4, 7))
    names = ("step_number", "step")
    title, signs = _listing(board, [form.format(n=n) for n in numbers], STEPS, names)
    if rng.random() < 0.5:
        question = rng.choice(WORDINGS["steps"])
        count = str(len(signs))
        board.questions.append(answered(question, signs, title, "count", said=count))


def _listing(
    board: Board, signs: Sequence[str], texts: Sequence[str], wordings: tuple[str, str]
) -> tuple[list[TextSpan], list[TextSpan]]:
    """Texts behind their signs; two are asked for, by their sign or by their text."""
    rng, bold, left = board.rng, board.theme.bold, board.left
    title, gap = board.heading(board.headings.pop()), rng.uniform(0.2, 0.7) * bold.height
    indent = max(map(bold.width, signs)) + board.theme.label.size
    drawn, chosen = [], rng.sample(range(len(signs)), 2)
    for i, text in enumerate(rng.sample(texts, len(signs))):
        sign = board.put(left, signs[i], bold, board.strong)
        board.left = left + indent
        spans = board.write(text, leading=1.15, ink=board.ink)
        board.left, board.y = left, board.y + gap
        drawn.append(sign)
        if i in chosen:
            number = board.canvas.parts(sign, bold, *_digits(sign.text))
            backwards = rng.random() < 0.5
            slots = {"y": number.text, "n": number.text, "e": " ".join(s.text for s in spans)}
            question = rng.choice(WORDINGS[wordings[0 if backwards else 1]]).format(**slots)
            answer, support = ([number], spans) if backwards else (spans, [number])
            name = "value" if backwards else "text"
            board.questions.append(answered(question, answer, support, name))
    return title, drawn
