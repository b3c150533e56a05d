"""Groups of boxes to tick on forms: in a row, below one another, or in a grid of columns."""

from dataclasses import dataclass

from pinpoint_data.generator.composer import Composer
from pinpoint_data.generator.layouts.forms.ticks import TickLook
from pinpoint_data.generator.page_builder import LabelledElement, TextSpan
from pinpoint_data.generator.text.labels import CHECKS


def check_group(page: Composer, used: set[str], look: TickLook | None = None) -> None:
    """A labelled group with one option ticked, with none, or with several."""
    rng, theme = page.rng, page.theme
    label, options = rng.choice(CHECKS)
    room = theme.label.height * 2 * (len(options) + 1)
    if label.lower() in used or page.bottom - page.y < room:
        return
    used.add(label.lower())
    look = look or TickLook.random(rng, theme.ink)
    draw, most = rng.random(), 2 if len(options) > 2 else 0
    ticked = 1 if draw < 0.8 else 0 if draw < 0.9 else most
    chosen = set(rng.sample(range(len(options)), ticked))
    text = label if label.endswith("?") else label + rng.choice(("", ":", ":", "?"))
    name = page.canvas.text(page.left, page.y, text, theme.label, theme.ink, "label")
    group = _Group(page, look, label, name, options, chosen)
    rng.choice((group.in_row, group.in_row, group.in_row, group.in_columns, group.in_columns))()


@dataclass(frozen=True)
class _Group:
    """Options with their label, `name` where it is drawn; those in `chosen` are ticked."""

    page: Composer
    look: TickLook
    label: str
    name: TextSpan
    options: tuple[str, ...]
    chosen: set[int]

    def draw(self, number: int, x: float, y: float, after: bool = False) -> None:
        """Draws an option with its top left corner at `x`, `y`, its tick before or `after` it."""
        page, font = self.page, self.page.theme.label
        text, on = self.options[number], number in self.chosen
        text_x = x if after else x + self.look.room(font)
        span = page.canvas.text(text_x, y, text, font, page.theme.ink, "text")
        if self.look.shape == "ring":
            element = self.look.ring(page.rng, page.canvas, span.box, on)
        else:
            mark_x = x + font.width(text) + 6 if after else x
            element = self.look.draw(page.rng, page.canvas, mark_x, y, font, on)
        labelled = LabelledElement(element, text, [span], self.label, [self.name])
        page.canvas.labelled.append(labelled)

    def in_row(self) -> None:
        """Options behind their label, going on below it where they do not fit."""
        page, font = self.page, self.page.theme.label
        after = page.rng.random() < 0.25
        x = self.name.box[2] + font.size
        for number, option in enumerate(self.options):
            width = self.look.room(font) + font.width(option)
            if x + width > page.right:
                page.y += round(font.height * 1.4)
                x = page.left + font.size
            self.draw(number, x, page.y, after)
            x += width + font.size * 1.2
        page.y += round(font.height * 1.4)

    def in_columns(self) -> None:
        """One column or more, as wide as the longest option, below the label."""
        page, font, count = self.page, self.page.theme.label, len(self.options)
        room = self.look.room(font) + max(font.width(o) for o in self.options) + font.size
        most = max(1, int((page.width - font.size) // room))
        columns = min(most, page.rng.choice((1, 1, 2, 3, 4)), count)
        step = round(font.height * 1.5)
        page.y += step
        for number in range(count):
            x = page.left + font.size + (number % columns) * room
            self.draw(number, x, page.y + (number // columns) * step)
        page.y += step * -(-count // columns) + round(step * 0.3)
