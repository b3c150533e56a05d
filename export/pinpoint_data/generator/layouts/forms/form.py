"""Business, medical, laboratory and government forms: blocks of labelled fields in many styles."""

from random import Random

from pinpoint_data.generator.composer import Composer, FormEntry
from pinpoint_data.generator.layouts.forms import blocks, ruled_blocks, strips
from pinpoint_data.generator.layouts.forms.blocks import Block
from pinpoint_data.generator.layouts.forms.choices import check_group
from pinpoint_data.generator.layouts.forms.parties import address_blocks
from pinpoint_data.generator.layouts.forms.permissions import permissions
from pinpoint_data.generator.layouts.forms.signatures import signature_row
from pinpoint_data.generator.layouts.forms.table import random_table
from pinpoint_data.generator.layouts.forms.ticks import TickLook
from pinpoint_data.generator.page_builder import Colour, PageCanvas, TextSpan, wrap
from pinpoint_data.generator.text import labels as domains
from pinpoint_data.word_lists import words

TITLE_TAILS = words("forms", "title_tails")
SECTION_TAILS = words("forms", "section_tails")

HINTS = words("forms", "hints")
BLOCKS: dict[str, Block] = {
    "inline": blocks.inline,
    "inline_again": blocks.inline,
    "together": blocks.together,
    "grid": blocks.grid,
    "grid_again": blocks.grid,
    "above": blocks.above,
    "ledger": blocks.ledger,
    "comb": ruled_blocks.comb,
    "numbered_lines": ruled_blocks.numbered_lines,
    "bars": blocks.bars,
    "typed": blocks.typed,
    "header_strip": strips.header_strip,
    "header_strip_again": strips.header_strip,
    "packed": strips.packed,
}
OFFICE = ("inline", "together", "typed", "typed", "above", "ledger", "grid")
"""The blocks of forms that a typewriter filled."""
FONTS = ("sans sans serif narrow mono", "mono type sans serif hand hand")
OFFICE_FONTS = ("type type mono sans serif", "type type type mono hand")
FILLS: dict[str, tuple[Colour, Colour]] = {
    "bar": ((225, 225, 225), (0, 0, 0)),
    "black": ((0, 0, 0), (255, 255, 255)),
}
"""Ground and ink of a section's heading by its style."""


class _Form(Composer):
    unfilled = 0.09
    """How many fields are left empty."""

    def title(self) -> None:
        """Company, title, form number, in one of several places."""
        rng, theme = self.rng, self.theme
        title = f"{self.make.phrase().title()} {rng.choice(TITLE_TAILS)}"
        anchor = "m" if rng.random() < 0.7 else "l"
        if rng.random() < 0.4:
            self.write(self.make.company(), theme.bold, anchor)
        title = title.upper() if rng.random() < 0.5 else title
        self.write(title, theme.title, anchor, "title")
        if rng.random() < 0.25:
            self.write(f"({self.make.phrase().lower()})", theme.small, anchor)
        if rng.random() < 0.3:
            text = f"Form {self.make.identifier()}"
            self.canvas.text(self.right, 18, text, theme.small, theme.ink, "text", "r")
        self.y += rng.randint(4, 30)

    def section(self, text: str, style: str) -> list[TextSpan]:
        """A section heading: plain, underlined, in a bar."""
        theme, canvas = self.theme, self.canvas
        top, height = self.y + 6, theme.bold.height + 6
        if style in FILLS:
            fill, ink = FILLS[style]
            canvas.frame((self.left, top, self.right, top + height), theme.rule, fill)
        else:
            ink = theme.ink
        span = canvas.text(self.left + 4, top + 3, text, theme.bold, ink, "title")
        if style == "rule":
            canvas.rule(self.left, top + height, self.right, theme.rule, weight=2)
        self.y = top + height + 6
        return [span]

    def parties(self, block: str, domain: str, style: str) -> None:
        """Two sections with the same labels, told apart by their headings."""
        rng, canvas = self.rng, self.canvas
        pool = domains.DOMAINS[domain] + domains.DOMAINS["business"]
        chosen = dict(rng.sample([p for p in pool if p[1] != "sentence"], rng.randint(2, 4)))
        side_by_side, top, lowest = rng.random() < 0.5, self.y, self.y
        left, right, middle = self.left, self.right, (self.left + self.right) / 2
        for i, party in enumerate(rng.choice(domains.PARTIES)):
            if side_by_side:
                self.left, self.right = ((left, middle - 12), (middle + 12, right))[i]
                self.y = top
            if self.bottom - self.y < self.theme.label.size * 9:
                break
            spans = self.section(party, style)
            first = len(canvas.fields)
            BLOCKS[block](self, [self.entry(*pair) for pair in chosen.items()])
            for field in canvas.fields[first:]:
                field.section, field.section_spans = party, spans
            lowest = max(lowest, self.y)
        self.left, self.right, self.y = left, right, lowest + 8

    def entries(self, domain: str, used: set[str], count: int) -> list[FormEntry]:
        """Up to `count` entries with labels that were not used before."""
        pool = domains.DOMAINS[domain]
        if self.rng.random() < 0.25:
            pool = domains.DOMAINS["business"] + pool
        pool = [pair for pair in pool if pair[0].lower() not in used]
        chosen = dict(self.rng.sample(pool, min(len(pool), count)))
        used.update(label.lower() for label in chosen)
        return [self.entry(label, kind) for label, kind in chosen.items()]

    def entry(self, label: str, kind: str) -> FormEntry:
        """A label as it might be printed, with a value for it, at times none."""
        rng, make = self.rng, self.make
        if rng.random() < 0.1:
            label = f"{rng.randint(1, 30)}{rng.choice(('.', ')', ''))} {label}"
        value = "" if rng.random() < self.unfilled else make.value(kind)
        if value and kind == "address" and rng.random() < 0.5:
            value = "\n".join(make.address())
        hint = rng.choice(HINTS) if rng.random() < 0.1 else ""
        return FormEntry(label.upper() if make.upper_labels else label, value, kind, hint)

    def heading(self, domain: str) -> str:
        """The words of a section heading."""
        rng = self.rng
        text = f"{rng.choice((domain, self.make.phrase()))} {rng.choice(SECTION_TAILS)}"
        text = text.strip().title()
        part = f"Part {rng.choice(['I', 'II', 'III', 'IV'])} - {text}"
        return rng.choice((text, text.upper(), part))

    def footer(self) -> None:
        """Instructions, bates numbers, copies: text that nobody asks for."""
        rng, small, ink, canvas = self.rng, self.theme.small, self.theme.ink, self.canvas
        room = canvas.height - 30 - self.y
        if room > 60 and rng.random() < 0.5:
            lines = wrap(self.make.sentence(8, 40), small, self.width)[: int(room // 30)]
            canvas.paragraph(self.left, canvas.height - 40 - 18 * len(lines), lines, small, ink)
        if rng.random() < 0.5:
            anchor = rng.choice("lr")
            number = self.make.digits(6, 9)
            canvas.text(self.place(anchor), canvas.height - 24, number, small, ink, "text", anchor)


def draw(rng: Random) -> PageCanvas:
    """A form of 700–1300 pixels' width with five to thirty fields; every field has its label."""
    width = rng.randint(700, 1300)
    office = rng.random() < 0.3
    form = _Form(
        rng,
        (width, width * rng.choice((1.294, 1.414, 1.25, 1.31))),
        width / rng.uniform(44, 68),
        OFFICE_FONTS if office else FONTS,
        width * rng.uniform(0.04, 0.12),
        rng.randint(24, 110),
    )
    size, theme = form.theme.label.size, form.theme
    form.unfilled = rng.choice((0.05, 0.08, 0.08, 0.15, 0.3, 0.7))
    form.title()
    domain, used = rng.choice(list(domains.DOMAINS)), set[str]()
    style = rng.choice(("plain", "rule", "bar", "black"))
    names = OFFICE if office else tuple(BLOCKS)
    favourite, look = rng.choice(names), TickLook.random(rng, theme.ink)
    parties_at = rng.randint(0, 2) if rng.random() < 0.35 else -1
    for number in range(rng.choice((3, 5, 7, 10, 14))):
        if form.bottom - form.y < size * 6:
            break
        if number == parties_at:
            form.parties(favourite, domain, style)
            continue
        if rng.random() < 0.35:
            form.section(form.heading(domain), style)
        kind = rng.random()
        if kind < 0.14:
            for _ in range(rng.randint(1, 3)):
                check_group(form, used, look if rng.random() < 0.8 else None)
            continue
        if kind < 0.2 and form.bottom - form.y > size * 10:
            low, form.bottom = form.bottom, min(form.bottom, form.y + size * rng.randint(8, 22))
            random_table(form)
            form.bottom = low
            form.y += size
            continue
        if kind < 0.25:
            rng.choice((address_blocks, address_blocks, permissions))(form)
            continue
        name = favourite if rng.random() < 0.6 else rng.choice(names)
        BLOCKS[name](form, form.entries(domain, used, rng.choice((1, 2, 3, 4, 6, 8))))
        form.y += rng.randint(2, round(size * 1.6))
        if rng.random() < 0.12:
            form.canvas.rule(form.left, form.y, form.right, theme.rule, weight=rng.choice((1, 2)))
            form.y += 8
    if rng.random() < 0.4 and form.bottom - form.y > size * 7:
        signature_row(form)
    form.footer()
    return form.canvas
