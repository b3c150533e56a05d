"""Letters, memos and fax covers: To, From, Date, Re, paragraphs, a signature."""

from random import Random

from pinpoint_data.generator.layouts.forms.signatures import sign
from pinpoint_data.generator.page_builder import (
    FormField,
    LabelledElement,
    PageCanvas,
    TextSpan,
    Theme,
    wrap,
)
from pinpoint_data.generator.text.contacts import JOBS
from pinpoint_data.generator.text.vocabulary import Maker
from pinpoint_data.word_lists import groups, words

TITLES = words("letters", "titles")
HEADS = groups("letters", "labels")
CLOSINGS = words("letters", "closings")
FAX_ROWS = ("fax", "telephone", "pages", "company_to")


class _Letter:
    def __init__(self, rng: Random) -> None:
        self.rng, self.make = rng, Maker(rng)
        if rng.random() < 0.6:
            self.make.date_format = rng.choice(("%B %d, %Y", "%B %d, %Y", "%d %B %Y", "%b %d, %Y"))
        width = rng.randint(700, 1200)
        size = max(11, round(width / rng.uniform(48, 66)))
        self.theme = Theme.random(rng, size, "serif sans mono mono", "serif sans mono hand")
        self.canvas = PageCanvas(width, round(width * rng.choice((1.294, 1.414))))
        self.left = width * rng.uniform(0.07, 0.14)
        self.right = width - self.left
        self.y = float(rng.randint(30, 110))
        self.step = round(self.theme.label.height * rng.uniform(1.2, 1.6))

    def block(
        self, lines: list[str], x: float, anchor: str = "l", bold: bool = False
    ) -> list[TextSpan]:
        font = self.theme.bold if bold else self.theme.label
        spans, self.y = self.canvas.paragraph(
            x, self.y, lines, font, self.theme.ink, "text", anchor
        )
        return spans

    def field(
        self, role: str, values: list[TextSpan], label: str = "", at: TextSpan | None = None
    ) -> None:
        spans = [at] if at is not None else []
        self.canvas.fields.append(FormField(label, values, role, spans))

    def letterhead(self) -> None:
        """Company and address at the top, the letterhead's own phone."""
        rng = self.rng
        anchor, x = rng.choice((("m", self.canvas.width / 2), ("l", self.left), ("r", self.right)))
        name = wrap(self.make.company(), self.theme.title, self.right - self.left)
        spans, self.y = self.canvas.paragraph(
            x, self.y, name, self.theme.title, self.theme.ink, "title", anchor
        )
        self.field("letterhead", spans)
        if rng.random() < 0.7:
            self.field("letterhead_address", self.block(self.make.address(), x, anchor))
        self.y += self.step

    def value(self, role: str) -> str:
        make = self.make
        makers = {
            "recipient": make.name,
            "sender": make.name,
            "date": make.date,
            "subject": lambda: make.sentence(2, 14).rstrip(".,"),
            "copies": make.name,
            "fax": make.phone,
            "telephone": make.phone,
            "pages": lambda: str(self.rng.randint(1, 24)),
            "company_to": make.company,
            "reference": make.identifier,
        }
        text = makers[role]()
        if role in ("recipient", "sender") and self.rng.random() < 0.2:
            text += f", {self.rng.choice(JOBS)}"
        return text.upper() if make.upper else text

    def heads(self, roles: list[str]) -> None:
        """`To: …` rows at a tab, or in two columns."""
        rng, theme = self.rng, self.theme
        labels = {role: rng.choice(HEADS[role]) for role in roles}
        colon = rng.choice((":", ":", ":", ""))
        tab = max(theme.label.width(labels[r] + colon) for r in roles) + theme.label.size
        columns = 2 if rng.random() < 0.25 and self.right - self.left > 620 else 1
        step = (self.right - self.left) / columns
        ruled = rng.random() < 0.25
        lowest = self.y
        for i, role in enumerate(roles):
            x = self.left + (i % columns) * step
            name = self.canvas.text(
                x, self.y, labels[role] + colon, theme.label, theme.ink, "label"
            )
            lines = wrap(self.value(role), theme.value, step - tab - 10)
            shift = theme.label.ascent - theme.value.ascent
            kind = "hand" if theme.value.face.style == "hand" else "value"
            spans, low = self.canvas.paragraph(
                x + tab, self.y + shift, lines, theme.value, theme.value_ink, kind
            )
            if ruled:
                foot = self.y + theme.label.height + 3
                self.canvas.rule(x + tab, foot, x + step - 10, theme.rule)
            self.field(role, spans, labels[role], name)
            lowest = max(lowest, low, self.y + self.step)
            if i % columns == columns - 1 or i == len(roles) - 1:
                self.y = lowest + rng.choice((2, 8))
        self.y += self.step * 0.5

    def body(self) -> None:
        """Paragraphs of plain sentences, as many as fit."""
        for _ in range(self.rng.randint(1, 5)):
            lines = wrap(self.make.sentence(15, 90), self.theme.label, self.right - self.left)
            if self.y + len(lines) * self.step > self.canvas.height * 0.8:
                return
            self.block(lines, self.left)
            self.y += self.step * 0.7

    def signature(self) -> None:
        """Closing, signature (or room for it), printed name and title."""
        rng = self.rng
        x = rng.choice((self.left, self.canvas.width * 0.55))
        self.block([rng.choice(CLOSINGS)], x)
        name = self.make.name()
        place = (x, self.y, x + 8 * self.step, self.y + self.step * 1.8)
        if rng.random() < 0.8:
            element = sign(rng, self.canvas, place, name)
        else:
            element = self.canvas.element(place, "signature", False)
        self.y += self.step * 2
        spans = self.block([name], x)
        self.canvas.labelled.append(LabelledElement(element, name, spans))
        self.field("signer", spans)
        if rng.random() < 0.6:
            self.field("signer_title", self.block([rng.choice(JOBS)], x))


def _memo(letter: _Letter) -> None:
    rng = letter.rng
    title = rng.choice(TITLES)
    span = letter.canvas.text(
        letter.canvas.width / 2, letter.y, title, letter.theme.title, letter.theme.ink, "title", "m"
    )
    letter.y = span.box[3] + letter.step
    roles = ["recipient", "sender", "date", "subject"]
    roles += [r for r in FAX_ROWS if rng.random() < (0.7 if "FAX" in title.upper() else 0.08)]
    roles += [r for r in ("copies", "reference") if rng.random() < 0.3]
    if rng.random() < 0.5:
        rng.shuffle(roles)
    letter.heads(roles)
    letter.canvas.rule(letter.left, letter.y, letter.right, letter.theme.rule, weight=2)
    letter.y += letter.step
    letter.body()
    if rng.random() < 0.4:
        letter.signature()


def _business_letter(letter: _Letter) -> None:
    rng, make = letter.rng, letter.make
    x = rng.choice((letter.left, letter.left, letter.canvas.width * 0.6))
    letter.field("date", letter.block([make.date()], x))
    letter.y += letter.step
    name = make.name()
    first = letter.block([name], letter.left)
    letter.field("recipient", first)
    if rng.random() < 0.6:
        letter.block([make.company()], letter.left)
    letter.field("recipient_address", letter.block(make.address(), letter.left))
    letter.y += letter.step
    if rng.random() < 0.6:
        letter.heads(["subject", *(["reference"] if rng.random() < 0.4 else [])])
    letter.block([f"Dear {name.split(',')[0]}{rng.choice(':,')}"], letter.left)
    letter.y += letter.step * 0.6
    letter.body()
    letter.signature()


def draw(rng: Random) -> PageCanvas:
    """A memo, fax cover or letter; roles recipient, sender, date, subject, signer and more."""
    letter = _Letter(rng)
    if rng.random() < 0.75:
        letter.letterhead()
    if rng.random() < 0.6:
        _memo(letter)
    else:
        _business_letter(letter)
    return letter.canvas
