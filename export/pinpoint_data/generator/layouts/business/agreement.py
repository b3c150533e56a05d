"""Agreements: parties, dense numbered clauses with values in running text, signature blocks."""

from collections.abc import Callable, Sequence
from random import Random

from pinpoint_data.generator.composer import Composer
from pinpoint_data.generator.layouts.business.clauses import BOILERPLATE, CLAUSES, SLOT, Clause
from pinpoint_data.generator.layouts.business.running_text import TextPiece, flow
from pinpoint_data.generator.layouts.forms.signatures import sign, signature_line
from pinpoint_data.generator.page_builder import LabelledElement, PageCanvas, TextSpan, answered
from pinpoint_data.generator.synthetic_page import SyntheticQuestion
from pinpoint_data.generator.text.contacts import CAPITALS, JOBS
from pinpoint_data.word_lists import pairs, words

MAX_QUESTIONS = 14
KINDS = words("agreements", "kinds")
PAIRS = pairs("agreements", "pairs")
STATES = words("agreements", "states")
SPELLED = {2: "two", 3: "three", 5: "five", 6: "six", 10: "ten", 12: "twelve"}
NUMBERS = words("agreements", "numbers")
PURPOSES = words("agreements", "purposes")
PARTY = words("agreements", "questions", "party")
MADE = words("agreements", "questions", "made")
ADDRESS = words("agreements", "questions", "address")
PREAMBLES = words("agreements", "preambles")


class _Agreement(Composer):
    def __init__(self, rng: Random) -> None:
        width = rng.randint(800, 1250)
        super().__init__(
            rng,
            (width, width * rng.choice((1.294, 1.294, 1.414))),
            width / rng.uniform(62, 92),
            ("serif serif sans type", "serif sans type hand"),
            width * rng.uniform(0.07, 0.13),
            float(rng.randint(36, 90)),
        )
        make = self.make
        make.upper = make.upper_labels = False
        make.symbol = rng.choice(("$", "$", "$", "USD ", "€", "£", "RM "))
        if rng.random() < 0.75:
            make.date_format = rng.choice(("%B %d, %Y", "%d %B %Y", "%b. %d, %Y"))
        self.a, self.b = rng.choice(PAIRS)
        self.kind = rng.choice(KINDS)
        self.leading = rng.uniform(1.1, 1.4)
        self.makers: dict[str, Callable[[], str]] = {
            "period": self._period,
            "money": lambda: f"{make.symbol}{make.amount(50, 500_000):,.2f}",
            "percent": lambda: f"{rng.choice((rng.randint(1, 25), rng.randint(2, 240) / 10))}%",
            "days": lambda: f"{rng.choice((5, 7, 10, 14, 15, 20, 30, 45, 60, 90))} days",
            "state": lambda: rng.choice(STATES),
            "place": lambda: make.town(),
            "number": lambda: rng.choice((rng.choice(NUMBERS), str(rng.randint(2, 40)))),
            "ordinal": lambda: rng.choice(("1st", "3rd", "5th", "first", "fifth", "tenth", "15th")),
            "job": lambda: rng.choice(JOBS),
            "purpose": lambda: rng.choice(PURPOSES),
            "who": lambda: make.name() if rng.random() < 0.35 else make.company(),
        }

    def _period(self) -> str:
        number = self.rng.randint(2, 36)
        unit = self.rng.choice(("months", "months", "years", "weeks"))
        spelled = SPELLED.get(number)
        return f"{spelled} ({number}) {unit}" if spelled else f"{number} {unit}"

    def pieces(self, text: str) -> list[TextPiece]:
        """The text with its slots filled; what the parties are called becomes plain words."""
        text = text.replace("{a}", self.a).replace("{b}", self.b).replace("{kind}", self.kind)
        parts = SLOT.split(text)
        pieces = [TextPiece(parts[0])]
        for kind, name, after in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
            value = self.makers[kind]() if kind in self.makers else self.make.value(kind)
            pieces += [TextPiece(value.strip(), name), TextPiece(after)]
        return pieces

    def ask(
        self, wordings: Sequence[str], spans: list[TextSpan], near: list[TextSpan], field: str
    ) -> None:
        """Records a question answered by `spans` and supported by `near` as well."""
        if not spans:
            return
        question = answered(self.rng.choice(wordings), spans, near, field)
        self.canvas.questions.append(question)

    def title(self) -> None:
        """The agreement's name."""
        text = f"{self.kind} Agreement"
        text = text.upper() if self.rng.random() < 0.6 else text
        self.write(text, self.theme.title, "m", "title", 1.2)
        self.y += self.theme.label.height

    def preamble(self) -> None:
        """Who agrees, where they are, and since when."""
        theme = self.theme
        text = self.rng.choice(PREAMBLES)
        at = (self.left, self.y, self.width)
        pieces = []
        for piece in self.pieces(text):
            if piece.name:
                pieces.append(piece)
                continue
            # What the parties are called supports the questions about them.
            rest = piece.text
            for role in (self.a, self.b):
                head, found, tail = rest.partition(role)
                if found and f"role {role}" not in [p.name for p in pieces]:
                    pieces += [TextPiece(head), TextPiece(role, f"role {role}")]
                    rest = tail
            pieces.append(TextPiece(rest))
        found_spans, _, self.y = flow(
            self.canvas, at, pieces, theme.label, theme.ink, self.leading, theme.label.size * 2
        )
        for who, role in (("a", self.a), ("b", self.b)):
            near = found_spans.get(f"role {role}", [])
            said = role.lower() if self.rng.random() < 0.6 else role
            wordings = tuple(text.format(role=said) for text in PARTY)
            self.ask(wordings, found_spans.get(who, []), near, "party")
            if self.rng.random() < 0.5:
                wordings = tuple(text.format(role=said) for text in ADDRESS)
                self.ask(wordings, found_spans.get(f"{who}_address", []), near, "address")
        self.ask(MADE, found_spans.get("made", []), [], "date")
        self.y += theme.label.height * 0.7

    def clause(self, number: str, clause: Clause, room: float) -> bool:
        """One clause among sentences that every agreement has; False when it does not fit."""
        rng, theme, canvas = self.rng, self.theme, self.canvas
        before = rng.sample(BOILERPLATE, rng.choice((0, 0, 1, 2)))
        after = rng.sample(BOILERPLATE, rng.choice((0, 1, 1, 2)))
        pieces = self.pieces(" ".join([*before, clause.text, *after]))
        style = rng.random()
        head_text = f"{number} {clause.heading}"
        heading = head_text.upper() if style < 0.3 else head_text
        length = theme.label.width("".join(piece.text for piece in pieces))
        lines = length / (self.width) * 1.08 + 2
        if self.y + lines * theme.label.height * self.leading > room:
            return False
        apart = style < 0.55
        font = theme.bold if rng.random() < 0.8 else theme.label
        head = canvas.text(self.left, self.y, heading + ".", font, theme.ink, "title")
        indent = 0.0
        if apart:
            self.y += round(font.height * self.leading)
        else:
            indent = head.box[2] - self.left + theme.label.size * 0.5
        if indent > (self.width) * 0.6:
            self.y += round(font.height * self.leading)
            indent = 0.0
        at = (self.left, self.y, self.width)
        found, _, self.y = flow(canvas, at, pieces, theme.label, theme.ink, self.leading, indent)
        kinds = {name: kind for kind, name in SLOT.findall(clause.text)}
        for name, wordings in clause.questions.items():
            if rng.random() < 0.75:
                self.ask(
                    wordings, found.get(name, []), [head], FIELDS.get(kinds[name], kinds[name])
                )
        self.y += theme.label.height * rng.choice((0.3, 0.6))
        return True

    def signatures(self) -> None:
        """A block for each party: line, printed name, title, date."""
        self.write(
            "IN WITNESS WHEREOF, the parties have executed this Agreement as of the date above."
        )
        self.y += self.theme.label.height
        top = self.y
        for i, role in enumerate((self.a, self.b)):
            x = self.left + i * (self.width / 2 + 10)
            y = signature_line(self, (x, top, self.width / 2 - 30), role)
            _, low = self.label(x, y, f"Name: {self.make.name()}")
            self.y = max(self.y, low + self.theme.label.height)

    def initials(self) -> None:
        """Initials at the foot of the page."""
        rng, theme, canvas = self.rng, self.theme, self.canvas
        y = canvas.height - 2.4 * theme.label.height
        label = canvas.text(self.right - 120, y, "Initials", theme.small, theme.ink, "label", "r")
        box = (label.box[2] + 8, y - theme.label.height * 0.6, self.right, y + theme.label.height)
        canvas.rule(box[0], y + theme.small.ascent + 2, box[2], theme.rule)
        if rng.random() < 0.7:
            element = sign(rng, canvas, box, "".join(rng.choices(CAPITALS, k=2)))
        else:
            element = canvas.element(box, "signature", False)
        # Without a label: initials do not make a page signed, and nobody is asked for.
        canvas.labelled.append(LabelledElement(element, "", [label]))


FIELDS = {
    "money": "money",
    "state": "governing_law",
    "period": "term",
    "days": "notice_period",
    "who": "party",
    "name": "name",
    "company": "name",
    "job": "label",
    "purpose": "label",
    "place": "address",
    "ordinal": "label",
    "number": "label",
    "percent": "percent",
}


def draw(rng: Random) -> PageCanvas:
    """The first page of an agreement, or one in the middle of it; questions are in `asked`."""
    page = _Agreement(rng)
    first = rng.random() < 0.8
    signed = rng.random() < 0.5
    room = page.canvas.height - page.theme.label.height * (15 if signed else 4)
    if first:
        page.title()
        page.preamble()
    chosen = rng.sample(CLAUSES, len(CLAUSES))
    number = rng.randint(1, 1 if first else 9)
    numbering = rng.choice(("{}.", "{}.", "Section {}.", "{}.0", "Article {}"))
    while chosen and page.clause(numbering.format(number), chosen[0], room):
        number += 1
        del chosen[0]
    asked = page.canvas.questions
    page.canvas.questions = rng.sample(asked, min(len(asked), MAX_QUESTIONS))
    if signed:
        page.signatures()
    elif rng.random() < 0.5:
        page.initials()
    absent = [text for clause in chosen for texts in clause.questions.values() for text in texts]
    for text in rng.sample(absent, min(len(absent), rng.choice((0, 1, 1, 2)))):
        page.canvas.questions.append(SyntheticQuestion(text, [], [], [], "absent"))
    if rng.random() < 0.5:
        middle = page.canvas.width / 2
        text = f"Page {rng.randint(1, 9)} of {rng.randint(9, 14)}"
        y = page.canvas.height - 1.5 * page.theme.small.height
        page.canvas.text(middle, y, text, page.theme.small, page.theme.ink, anchor="m")
    return page.canvas
