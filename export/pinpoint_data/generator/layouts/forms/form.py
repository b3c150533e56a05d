"""Business, medical, laboratory and government forms: blocks of labelled fields in many styles."""

from dataclasses import dataclass
from random import Random

from pinpoint_data.generator.fonts import Font
from pinpoint_data.generator.layouts.forms import blocks, ruled_blocks
from pinpoint_data.generator.layouts.forms.blocks import Area, Block, FormEntry
from pinpoint_data.generator.layouts.forms.choices import check_group
from pinpoint_data.generator.layouts.forms.signatures import signature_row
from pinpoint_data.generator.layouts.forms.table import draw_grid
from pinpoint_data.generator.layouts.forms.ticks import TickLook
from pinpoint_data.generator.page_builder import PageCanvas, TextSpan, Theme, wrap
from pinpoint_data.generator.text import labels as domains
from pinpoint_data.generator.text.vocabulary import Maker
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
    "bars": ruled_blocks.bars,
    "typed": ruled_blocks.typed,
}
OFFICE = ("inline", "together", "typed", "typed", "above", "ledger", "grid")
"""The blocks of forms that a typewriter filled."""


@dataclass
class _Form:
    rng: Random
    canvas: PageCanvas
    theme: Theme
    make: Maker
    area: Area

    def title(self) -> None:
        """Company, title, form number, in one of several places."""
        rng, theme = self.rng, self.theme
        title = f"{self.make.phrase().title()} {rng.choice(TITLE_TAILS)}"
        title = title.upper() if rng.random() < 0.5 else title
        centre = rng.random() < 0.7
        x = self.canvas.width / 2 if centre else self.area.left
        anchor = "m" if centre else "l"
        if rng.random() < 0.4:
            self._row(self.make.company(), theme.bold, x, anchor)
        for piece in wrap(title, theme.title, self.area.right - self.area.left):
            self._row(piece, theme.title, x, anchor, "title")
        if rng.random() < 0.25:
            self._row(f"({self.make.phrase().lower()})", theme.small, x, anchor)
        if rng.random() < 0.3:
            text = f"Form {self.make.identifier()}"
            self.canvas.text(self.area.right, 18, text, theme.small, theme.ink, "text", "r")
        self.area.y += rng.randint(4, 30)

    def _row(self, text: str, font: Font, x: float, anchor: str, kind: str = "text") -> TextSpan:
        span = self.canvas.text(x, self.area.y, text, font, self.theme.ink, kind, anchor)
        self.area.y += round(font.height * 1.3)
        return span

    def section(self, text: str, style: str) -> list[TextSpan]:
        """A section heading: plain, underlined, in a bar."""
        theme, area = self.theme, self.area
        area.y += 6
        height = theme.bold.height + 6
        if style == "bar":
            self.canvas.frame(
                (area.left, area.y, area.right, area.y + height), theme.rule, (225, 225, 225)
            )
        if style == "black":
            self.canvas.frame(
                (area.left, area.y, area.right, area.y + height), (0, 0, 0), (0, 0, 0)
            )
        ink = (255, 255, 255) if style == "black" else theme.ink
        span = self.canvas.text(area.left + 4, area.y + 3, text, theme.bold, ink, "title")
        if style == "rule":
            self.canvas.rule(area.left, area.y + height, area.right, theme.rule, weight=2)
        area.y += height + 6
        return [span]

    def footer(self) -> None:
        """Instructions, bates numbers, copies: text that nobody asks for."""
        rng, theme, canvas = self.rng, self.theme, self.canvas
        room = canvas.height - 30 - self.area.y
        if room > 60 and rng.random() < 0.5:
            lines = wrap(self.make.sentence(8, 40), theme.small, self.area.right - self.area.left)
            canvas.paragraph(
                self.area.left,
                canvas.height - 40 - 18 * len(lines),
                lines[: int(room // 30)],
                theme.small,
                theme.ink,
            )
        if rng.random() < 0.5:
            x, anchor = rng.choice(((self.area.right, "r"), (self.area.left, "l")))
            canvas.text(
                x,
                canvas.height - 24,
                self.make.digits(6, 9),
                theme.small,
                theme.ink,
                "text",
                anchor,
            )


def _entries(rng: Random, make: Maker, domain: str, used: set[str], count: int) -> list[FormEntry]:
    pool = (
        domains.DOMAINS[domain]
        if rng.random() < 0.75
        else domains.DOMAINS["business"] + domains.DOMAINS[domain]
    )
    entries: list[FormEntry] = []
    for label, kind in rng.sample(pool, min(len(pool), count * 2)):
        if label.lower() in used or len(entries) == count:
            continue
        used.add(label.lower())
        entries.append(entry(rng, make, label, kind))
    return entries


def entry(rng: Random, make: Maker, label: str, kind: str) -> FormEntry:
    """A label as it might be printed, with a value for it, at times none."""
    if rng.random() < 0.1:
        label = f"{rng.randint(1, 30)}{rng.choice(('.', ')', ''))} {label}"
    value = "" if rng.random() < 0.09 else make.value(kind)
    if value and kind == "address" and rng.random() < 0.5:
        value = "\n".join(make.address())
    hint = rng.choice(HINTS) if rng.random() < 0.1 else ""
    return FormEntry(label.upper() if make.upper_labels else label, value, kind, hint)


def draw(rng: Random) -> PageCanvas:
    """A form of 700–1300 pixels' width with five to thirty fields; every field has its label."""
    width = rng.randint(700, 1300)
    height = round(width * rng.choice((1.294, 1.414, 1.25, 1.31)))
    size = max(11, round(width / rng.uniform(44, 68)))
    office = rng.random() < 0.3
    if office:
        theme = Theme.random(rng, size, "type type mono sans serif", "type type type mono hand")
    else:
        theme = Theme.random(
            rng, size, "sans sans serif narrow mono", "mono type sans serif hand hand"
        )
    canvas, make = PageCanvas(width, height), Maker(rng)
    margin = width * rng.uniform(0.04, 0.12)
    area = Area(margin, width - margin, rng.randint(24, 110), height - 50)
    form = _Form(rng, canvas, theme, make, area)
    form.title()
    domain = rng.choice(list(domains.DOMAINS))
    used: set[str] = set()
    style = rng.choice(("plain", "rule", "bar", "black"))
    names = OFFICE if office else tuple(BLOCKS)
    favourite = rng.choice(names)
    parties_at = rng.randint(0, 2) if rng.random() < 0.35 else -1
    budget = rng.choice((3, 5, 7, 10, 14))
    look = TickLook.random(rng, theme.ink)
    for number in range(budget):
        if area.bottom - area.y < size * 6:
            break
        if number == parties_at:
            _parties(form, favourite, domain, style)
            continue
        if rng.random() < 0.35:
            form.section(_heading(rng, make, domain), style)
        kind = rng.random()
        if kind < 0.14:
            for _ in range(rng.randint(1, 3)):
                check_group(rng, canvas, theme, area, used, look if rng.random() < 0.8 else None)
            continue
        if kind < 0.2 and area.bottom - area.y > size * 10:
            lowest = min(area.bottom, area.y + size * rng.randint(8, 22))
            area.y = size + draw_grid(
                rng, canvas, theme, make, (area.left, area.y, area.right, lowest)
            )
            continue
        name = favourite if rng.random() < 0.6 else rng.choice(names)
        entries = _entries(rng, make, domain, used, rng.choice((1, 2, 3, 4, 6, 8)))
        BLOCKS[name](rng, canvas, theme, area, entries)
        area.y += rng.randint(2, round(size * 1.6))
        if rng.random() < 0.12:
            canvas.rule(area.left, area.y, area.right, theme.rule, weight=rng.choice((1, 2)))
            area.y += 8
    if rng.random() < 0.4 and area.bottom - area.y > size * 7:
        area.y = signature_row(rng, canvas, theme, make, area.left, area.y, area.width)
    form.footer()
    return canvas


def _heading(rng: Random, make: Maker, domain: str) -> str:
    text = f"{rng.choice((domain, make.phrase()))} {rng.choice(SECTION_TAILS)}".strip().title()
    return rng.choice((text, text.upper(), f"Part {rng.choice(['I', 'II', 'III', 'IV'])} - {text}"))


def _parties(form: _Form, block: str, domain: str, style: str) -> None:
    """Two sections with the same labels, told apart by their headings."""
    rng, canvas = form.rng, form.canvas
    pool = [p for p in domains.DOMAINS[domain] + domains.DOMAINS["business"] if p[1] != "sentence"]
    chosen = dict(rng.sample(pool, rng.randint(2, 4)))
    side_by_side = rng.random() < 0.5
    area, top, lowest = form.area, form.area.y, form.area.y
    full = (area.left, area.right)
    middle = (area.left + area.right) / 2
    for i, party in enumerate(rng.choice(domains.PARTIES)):
        if side_by_side:
            area.left, area.right = ((full[0], middle - 12), (middle + 12, full[1]))[i]
            area.y = top
        if area.bottom - area.y < form.theme.label.size * 9:
            break
        spans = form.section(party, style)
        entries = [entry(rng, form.make, label, kind) for label, kind in chosen.items()]
        first = len(canvas.fields)
        BLOCKS[block](rng, canvas, form.theme, area, entries)
        for item in canvas.fields[first:]:
            item.section, item.section_spans = party, spans
        lowest = max(lowest, area.y)
    area.left, area.right = full
    area.y = lowest + 8
