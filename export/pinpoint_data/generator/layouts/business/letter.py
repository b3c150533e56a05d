"""Letters, memos and fax covers: To, From, Date, Re, paragraphs, a signature."""

from random import Random

from pinpoint_data.generator.composer import Composer, FormEntry
from pinpoint_data.generator.layouts.forms.blocks import RowLook, rows
from pinpoint_data.generator.layouts.forms.signatures import sign
from pinpoint_data.generator.page_builder import FormField, LabelledElement, PageCanvas, TextSpan
from pinpoint_data.generator.text.contacts import JOBS
from pinpoint_data.word_lists import groups, words

TITLES = words("letters", "titles")
HEADS = groups("letters", "labels")
CLOSINGS = words("letters", "closings")
FAX_ROWS = ("fax", "telephone", "pages", "company_to")


class _Letter(Composer):
    def __init__(self, rng: Random) -> None:
        width = rng.randint(700, 1200)
        super().__init__(
            rng,
            (width, width * rng.choice((1.294, 1.414))),
            width / rng.uniform(48, 66),
            ("serif sans mono mono", "serif sans mono hand"),
            width * rng.uniform(0.07, 0.14),
            float(rng.randint(30, 110)),
        )
        if rng.random() < 0.6:
            self.make.date_format = rng.choice(("%B %d, %Y", "%B %d, %Y", "%d %B %Y", "%b %d, %Y"))
        self.step = round(self.theme.label.height * rng.uniform(1.2, 1.6))

    def block(self, lines: list[str], role: str = "", anchor: str = "l") -> list[TextSpan]:
        """Writes lines without a label, as a field when they have a role."""
        spans = self.write("\n".join(lines), anchor=anchor)
        if role:
            self.canvas.fields.append(FormField("", spans, role))
        return spans

    def letterhead(self) -> None:
        """Company and address at the top, the letterhead's own phone."""
        anchor = self.rng.choice("mlr")
        spans = self.write(self.make.company(), self.theme.title, anchor, "title")
        self.canvas.fields.append(FormField("", spans, "letterhead"))
        if self.rng.random() < 0.7:
            self.block(self.make.address(), "letterhead_address", anchor)
        self.y += self.step

    def heads(self, roles: list[str]) -> None:
        """`To: …` rows at a tab, or in two columns."""
        rng, make, font = self.rng, self.make, self.theme.label
        makers = {
            "recipient": make.name,
            "sender": make.name,
            "date": make.date,
            "subject": lambda: make.sentence(2, 14).rstrip(".,"),
            "copies": make.name,
            "fax": make.phone,
            "telephone": make.phone,
            "pages": lambda: str(rng.randint(1, 24)),
            "company_to": make.company,
            "reference": make.identifier,
        }
        entries = []
        for role in roles:
            text = makers[role]()
            if role in ("recipient", "sender") and rng.random() < 0.2:
                text += f", {rng.choice(JOBS)}"
            text = text.upper() if make.upper else text
            entries.append(FormEntry(rng.choice(HEADS[role]), text, role=role))
        tab = max(font.width(f"{entry.label}:") for entry in entries) + font.size + 8
        columns = 2 if rng.random() < 0.25 and self.width > 620 else 1
        colon, rule = rng.choice((":", ":", ":", "")), "under" if rng.random() < 0.25 else ""
        gap = rng.choice((2, 8)) + self.step - font.height
        rows(self, entries, RowLook(columns, tab, colon=colon, gap=gap, rule=rule))
        self.y += self.step * 0.5

    def body(self) -> None:
        """Paragraphs of plain sentences, as many as fit."""
        for _ in range(self.rng.randint(1, 5)):
            text = self.make.sentence(15, 90)
            lines = self.theme.label.width(text) / self.width + 1
            if self.y + lines * self.step > self.canvas.height * 0.8:
                return
            self.write(text)
            self.y += self.step * 0.7

    def signature(self) -> None:
        """Closing, signature (or room for it), printed name and title."""
        rng, left = self.rng, self.left
        self.left = rng.choice((left, self.canvas.width * 0.55))
        self.block([rng.choice(CLOSINGS)])
        name = self.make.name()
        place = (self.left, self.y, self.left + 8 * self.step, self.y + self.step * 1.8)
        if rng.random() < 0.8:
            element = sign(rng, self.canvas, place, name)
        else:
            element = self.canvas.element(place, "signature", False)
        self.y += self.step * 2
        spans = self.block([name], "signer")
        self.canvas.labelled.append(LabelledElement(element, name, spans))
        if rng.random() < 0.6:
            self.block([rng.choice(JOBS)], "signer_title")
        self.left = left

    def memo(self) -> None:
        """A title, the heads and a rule over the text."""
        rng, title = self.rng, self.rng.choice(TITLES)
        self.write(title, self.theme.title, "m", "title")
        self.y += self.step
        fax = 0.7 if "FAX" in title.upper() else 0.08
        roles = ["recipient", "sender", "date", "subject"]
        roles += [role for role in FAX_ROWS if rng.random() < fax]
        roles += [role for role in ("copies", "reference") if rng.random() < 0.3]
        if rng.random() < 0.5:
            rng.shuffle(roles)
        self.heads(roles)
        self.canvas.rule(self.left, self.y, self.right, self.theme.rule, weight=2)
        self.y += self.step
        self.body()
        if rng.random() < 0.4:
            self.signature()

    def business_letter(self) -> None:
        """Date, addressee, text and signature."""
        rng, make, left = self.rng, self.make, self.left
        self.left = rng.choice((left, left, self.canvas.width * 0.6))
        self.block([make.date()], "date")
        self.left, name = left, make.name()
        self.y += self.step
        self.block([name], "recipient")
        if rng.random() < 0.6:
            self.block([make.company()])
        self.block(make.address(), "recipient_address")
        self.y += self.step
        if rng.random() < 0.6:
            self.heads(["subject", *(["reference"] if rng.random() < 0.4 else [])])
        self.block([f"Dear {name.split(',')[0]}{rng.choice(':,')}"])
        self.y += self.step * 0.6
        self.body()
        self.signature()


def draw(rng: Random) -> PageCanvas:
    """A memo, fax cover or letter; roles recipient, sender, date, subject, signer and more."""
    letter = _Letter(rng)
    if rng.random() < 0.75:
        letter.letterhead()
    if rng.random() < 0.6:
        letter.memo()
    else:
        letter.business_letter()
    return letter.canvas
