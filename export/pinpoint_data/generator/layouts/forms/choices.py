"""Groups of boxes to tick on forms: in a row, below one another, or in a grid of columns."""

from dataclasses import dataclass
from random import Random

from pinpoint_data.generator.layouts.forms.blocks import Area
from pinpoint_data.generator.layouts.forms.ticks import TickLook
from pinpoint_data.generator.page_builder import LabelledElement, PageCanvas, TextSpan, Theme
from pinpoint_data.generator.text.labels import CHECKS


def check_group(
    rng: Random,
    canvas: PageCanvas,
    theme: Theme,
    area: Area,
    used: set[str],
    look: TickLook | None = None,
) -> None:
    """A labelled group with one option ticked, with none, or with several."""
    label, options = rng.choice(CHECKS)
    if label.lower() in used or area.bottom - area.y < theme.label.height * 2 * (len(options) + 1):
        return
    used.add(label.lower())
    look = look or TickLook.random(rng, theme.ink)
    draw = rng.random()
    if draw < 0.8:
        chosen = {rng.randrange(len(options))}
    elif draw < 0.9 or len(options) < 3:
        chosen = set()
    else:
        chosen = set(rng.sample(range(len(options)), 2))
    text = label if label.endswith("?") else label + rng.choice(("", ":", ":", "?"))
    name = canvas.text(area.left, area.y, text, theme.label, theme.ink, "label")
    arrange = rng.choice((_in_row, _in_row, _in_row, _below, _in_grid))
    step = round(theme.label.height * 1.4)
    arrange(_Group(rng, canvas, theme, look, label, name, options, chosen), area)
    area.y += step if arrange is _in_row else round(step * 0.3)


@dataclass(frozen=True)
class _Group:
    """Options with their label, `name` where it is drawn; those in `chosen` are ticked."""

    rng: Random
    canvas: PageCanvas
    theme: Theme
    look: TickLook
    label: str
    name: TextSpan
    options: tuple[str, ...]
    chosen: set[int]

    def draw(self, number: int, x: float, y: float, after: bool = False) -> None:
        """Draws an option with its top left corner at `x`, `y`, its tick before or `after` it."""
        text, on, font = self.options[number], number in self.chosen, self.theme.label
        text_x = x if after else x + self.look.room(font)
        span = self.canvas.text(text_x, y, text, font, self.theme.ink, "text")
        if self.look.shape == "ring":
            element = self.look.ring(self.rng, self.canvas, span.box, on)
        else:
            mark_x = x + font.width(text) + 6 if after else x
            element = self.look.draw(self.rng, self.canvas, mark_x, y, font, on)
        self.canvas.labelled.append(LabelledElement(element, text, [span], self.label, [self.name]))


def _in_row(group: _Group, area: Area) -> None:
    font = group.theme.label
    after = group.rng.random() < 0.25
    x = group.name.box[2] + font.size
    for number, option in enumerate(group.options):
        width = group.look.room(font) + font.width(option)
        if x + width > area.right:
            area.y += round(font.height * 1.4)
            x = area.left + font.size
        group.draw(number, x, area.y, after)
        x += width + font.size * 1.2


def _below(group: _Group, area: Area) -> None:
    font = group.theme.label
    step = round(font.height * 1.4)
    area.y += step
    for number in range(len(group.options)):
        group.draw(number, area.left + font.size, area.y)
        area.y += step


def _in_grid(group: _Group, area: Area) -> None:
    """Columns as wide as the longest option."""
    font, count = group.theme.label, len(group.options)
    room = group.look.room(font) + max(font.width(o) for o in group.options) + font.size
    most = max(1, int((area.width - font.size) // room))
    columns = min(most, group.rng.choice((2, 2, 3, 4)), count)
    step = round(font.height * 1.5)
    area.y += step
    for number in range(count):
        x = area.left + font.size + (number % columns) * room
        group.draw(number, x, area.y + (number // columns) * step)
    area.y += step * -(-count // columns)
