"""Running text of reports with the exact place of every fact in it."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from pinpoint_data.generator.composer import Composer
from pinpoint_data.generator.fonts import Font
from pinpoint_data.generator.page_builder import PageCanvas, TextSpan, answered, wrap
from pinpoint_data.generator.synthetic_page import Box, SyntheticQuestion
from pinpoint_data.generator.text.topics import DIMENSIONS, MONTHS
from pinpoint_data.generator.text.vocabulary import Maker
from pinpoint_data.word_lists import groups, records, words

HEADINGS = words("reports", "section_headings")
CAPTIONS = words("reports", "captions")
FOOTNOTES = words("reports", "footnotes")
NEUTRAL = words("reports", "neutral_sentences")
COUNTED = words("reports", "counted")
WORDINGS = groups("reports", "questions")
THINGS = words("infographics", "things")
GROUPS = words("infographics", "groups")
ACTIONS = words("infographics", "actions")
SOURCES = words("infographics", "sources")
PLACES = [name for d in DIMENSIONS if d.noun in ("city", "country", "state") for name in d.names]
DEPARTMENTS = [name for d in DIMENSIONS if d.noun == "department" for name in d.names]


@dataclass(frozen=True)
class Fact:
    """A sentence with slots and its (question, slots of the answer) pairs."""

    sentence: str
    questions: tuple[tuple[str, str], ...]


FACTS = records(Fact, "reports", "facts")


def values(rng: Random) -> dict[str, str]:
    """A value for every slot of a fact; no two of them alike."""
    make = Maker(rng)
    make.date_format = rng.choice(("%B %d, %Y", "%d %B %Y", "%b %d, %Y", "%m/%d/%Y"))
    year, month = rng.randint(1990, 2023), rng.randrange(11)
    low, high = sorted(rng.sample(range(12, 9800), 2))
    shares = rng.sample(range(3, 96), 2)
    sums = sorted((round(make.amount(20, 90_000)) for _ in range(2)), reverse=True)
    sums[0] += sums[0] == sums[1]
    unit = rng.choice(("", "", " million", " thousand")) if sums[0] < 999 > sums[1] else ""
    sign = rng.choice(("$", "$", "€", "£"))
    percent = rng.choice(("%", "%", " percent", ".5%"))
    half = rng.choice(("am", "pm", "AM", "PM"))
    return {
        "year": str(year),
        "year2": str(year + rng.randint(1, 3)),
        "month": MONTHS[month],
        "month2": MONTHS[rng.randint(month + 1, 11)],
        "place": rng.choice(PLACES),
        "n": f"{high:,}",
        "n2": f"{low:,}",
        "pct": f"{shares[0]}{percent}",
        "pct2": f"{shares[1]}{percent}",
        "money": f"{sign}{sums[0]:,}{unit}",
        "money2": f"{sign}{sums[1]:,}{unit}",
        "person": make.name(),
        "dept": rng.choice(DEPARTMENTS),
        "company": make.company(),
        "counted": rng.choice(COUNTED),
        "group": rng.choice(GROUPS),
        "action": rng.choice(ACTIONS),
        "date": make.date(),
        "age": str(rng.randint(2, 79)),
        "hour": f"{rng.randint(1, 12)}{rng.choice((':00', ':30'))} {half}",
    }


def fill(template: str, slots: dict[str, str]) -> tuple[str, dict[str, tuple[int, int]]]:
    """The template filled in, and the first place of every slot in the result."""
    text, places, rest = "", dict[str, tuple[int, int]](), template
    while "{" in rest:
        head, _, rest = rest.partition("{")
        name, _, rest = rest.partition("}")
        text += head
        value = " ".join(slots[name].split())  # as a wrapped line will have it
        places.setdefault(name, (len(text), len(text) + len(value)))
        text += value
    return text + rest, places


def pieces(
    canvas: PageCanvas, spans: list[TextSpan], font: Font, start: int, end: int
) -> list[TextSpan]:
    """The parts of wrapped lines between two offsets of their text joined by spaces."""
    at, found = 0, []
    for span in spans:
        low, high = max(start, at), min(end, at + len(span.text))
        if low < high:
            found.append(canvas.parts(span, font, low - at, high - at))
        at += len(span.text) + 1
    return found


@dataclass
class _Told:
    fact: Fact
    slots: dict[str, str]
    places: dict[str, list[TextSpan]]
    sentence: list[TextSpan]


class Writer(Composer):
    """A page of text that remembers what can be asked about it."""

    def __init__(
        self,
        rng: Random,
        size: tuple[float, float],
        letter: float,
        styles: tuple[str, str],
        margin: float,
        top: float,
    ) -> None:
        super().__init__(rng, size, letter, styles, margin, top)
        self.told: list[_Told] = []
        self.asked: list[SyntheticQuestion] = []
        self.headings = 0
        self._facts, self._neutral = (
            rng.sample(FACTS, len(FACTS)),
            rng.sample(NEUTRAL, len(NEUTRAL)),
        )
        self._titles = rng.sample(HEADINGS, len(HEADINGS))
        self.numbered, self.first = rng.random() < 0.5, rng.randint(1, 6)
        self.bottom = self.canvas.height - 3.0 * self.theme.label.size

    @property
    def can_go_on(self) -> bool:
        """Whether there are sentences and headings left."""
        return len(self._neutral) + len(self._facts) > 8 and len(self._titles) > 1

    def heading(self) -> None:
        """A section's heading, numbered on some pages."""
        font = self.theme.bold.resized(round(self.theme.label.size * 1.2))
        title, number = self._titles.pop(), ""
        if self.numbered:
            number = f"{self.first + self.headings}{self.rng.choice(('', '.'))} "
        spans = self.write(number + title, font, kind="title")
        self.headings += 1
        if number and len(spans) == 1:
            name = self.canvas.parts(spans[0], font, len(number), len(spans[0].text))
            sign = self.canvas.parts(spans[0], font, 0, len(number.rstrip(". ")))
            self.note("heading_of_number", [name], [sign], n=sign.text)
            self.note("number_of_heading", [sign], [name], t=title)
        self.y += self.theme.label.size * 0.4

    def paragraph(self, sentences: int) -> None:
        """A paragraph of facts and fillers.

        One that would reach below `bottom` is not written, and the pen moves to `bottom`.
        """
        text, found = "", list[tuple[Fact, dict[str, str], dict[str, tuple[int, int]], int, int]]()
        for _ in range(sentences):
            start = len(text) + bool(text)
            if self._facts and self.rng.random() < 0.6:
                fact, slots = self._facts.pop(), values(self.rng)
                sentence, places = fill(fact.sentence, slots)
                sentence = sentence[0].upper() + sentence[1:]
                moved = {k: (start + a, start + b) for k, (a, b) in places.items()}
                found.append((fact, slots, moved, start, start + len(sentence)))
            elif self._neutral:
                sentence = self._neutral.pop()
            else:
                break
            text += " " * bool(text) + sentence
        font = self.theme.label
        if self.y + round(font.height * 1.3) * len(wrap(text, font, self.width)) > self.bottom:
            self.y = self.bottom
            return
        spans = self.write(text, leading=1.3)
        for fact, slots, moved, start, end in found:
            held = {k: pieces(self.canvas, spans, font, a, b) for k, (a, b) in moved.items()}
            self.told.append(_Told(fact, slots, held, pieces(self.canvas, spans, font, start, end)))

    def caption(self, what: str, number: int) -> None:
        """A caption "Figure 2. ..." or "Table 2: ..."."""
        text, sign = self.rng.choice(CAPTIONS), f"{what} {number}"
        lead = sign + self.rng.choice((". ", ": ", " - ", ".  "))
        font = self.theme.small if self.theme.small.size > 11 else self.theme.label
        spans = self.write(lead + text, font)
        start = len(" ".join(lead.split())) + 1
        answer = pieces(self.canvas, spans, font, start, start + len(text))
        self.note("caption", answer, pieces(self.canvas, spans, font, 0, len(sign)), n=sign)
        self.y += font.size * 0.5

    def figure(self, number: int, draw: Callable[[Box], None], high: float) -> None:
        """A figure drawn by `draw` in a box of the free width, its caption above or below it."""
        over, size = self.rng.random() < 0.3, self.theme.label.size
        if over:
            self.caption("Figure", number)
        self.y += size * 0.5
        draw((self.left, self.y, self.right, self.y + high))
        self.y += high + size * 0.8
        if not over:
            self.caption("Figure", number)

    def footnote(self) -> None:
        """A footnote at the bottom of the page under a short rule, where it is free."""
        font, canvas = self.theme.small.resized(max(11, self.theme.small.size)), self.canvas
        number, text = str(self.rng.randint(1, 9)), self.rng.choice(FOOTNOTES)
        y = canvas.height - 4.2 * font.height
        met = any(line.box[3] > y - 6 and line.box[1] < y + font.height for line in canvas.lines)
        if met or font.width(f"{number} {text}") > self.width:
            return
        canvas.rule(self.left, y - 5, self.left + self.width * 0.3, self.theme.rule)
        span = canvas.text(self.left, y, f"{number} {text}", font, self.theme.ink, "text")
        answer = canvas.parts(span, font, len(number) + 1, len(span.text))
        self.note("footnote", [answer], [span], n=number)

    def page_number(self) -> None:
        """The page's number at the bottom."""
        number, font = str(self.rng.randint(1, 180)), self.theme.label
        form = self.rng.choice(("{n}", "Page {n}", "- {n} -", "{n} / 212", "Page {n} of 212"))
        anchor = self.rng.choice("mmr")
        x = self.canvas.width * (0.5 if anchor == "m" else 0.92)
        y = self.canvas.height - 1.8 * font.height
        text = form.format(n=number)
        span = self.canvas.text(x, y, text, font, self.theme.ink, "text", anchor)
        at = form.index("{")
        self.note("page_number", [self.canvas.parts(span, font, at, at + len(number))], [])

    def note(
        self, wording: str, answer: list[TextSpan], about: list[TextSpan], **slots: str
    ) -> None:
        """Remembers a question in one of the wordings of this name for `ask`."""
        question = self.rng.choice(WORDINGS[wording]).format(**slots)
        self.asked.append(answered(question, answer, about, "text"))

    def ask(self, limit: int) -> list[SyntheticQuestion]:
        """Up to `limit` questions about the text, facts and the rest in turns."""
        rng, facts = self.rng, list[SyntheticQuestion]()
        for told in self.told:
            wording, names = rng.choice(told.fact.questions)
            question, _ = fill(wording, told.slots)
            answer = [span for name in names.split("+") for span in told.places[name]]
            facts.append(answered(question, answer, told.sentence, "text"))
        rest = list(self.asked)
        rng.shuffle(facts)
        rng.shuffle(rest)
        chosen = [q for pair in zip(facts, rest, strict=False) for q in pair]
        more = facts[len(rest) :] + rest[len(facts) :]
        return [*chosen, *more][:limit]
