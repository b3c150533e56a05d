"""Groups of boxes to tick on forms: in a row, below one another, or in a grid of columns."""

from random import Random

from pinpoint_export.data.labels import CHECKS
from pinpoint_export.data.layouts.blocks import Area
from pinpoint_export.data.layouts.ticks import TickLook
from pinpoint_export.data.page_builder import Canvas, Marked, Span, Theme


def check_group(
    rng: Random,
    canvas: Canvas,
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
    arrange(rng, canvas, theme, area, look, (label, name), options, chosen)
    area.y += step if arrange is _in_row else round(step * 0.3)


def _option(
    rng: Random,
    canvas: Canvas,
    theme: Theme,
    look: TickLook,
    at: tuple[float, float],
    text: str,
    on: bool,
    after: bool,
    group: tuple[str, Span],
) -> None:
    x, y = at
    room = look.room(theme.label)
    text_x = x if after else x + room
    span = canvas.text(text_x, y, text, theme.label, theme.ink, "text")
    if look.shape == "ring":
        mark = look.ring(rng, canvas, span.box, on)
    else:
        mark_x = x + theme.label.width(text) + 6 if after else x
        mark = look.draw(rng, canvas, mark_x, y, theme.label, on)
    canvas.marked.append(Marked(mark, text, [span], group[0], [group[1]]))


def _in_row(
    rng: Random,
    canvas: Canvas,
    theme: Theme,
    area: Area,
    look: TickLook,
    group: tuple[str, Span],
    options: list[str],
    chosen: set[int],
) -> None:
    after = rng.random() < 0.25
    x = group[1].box[2] + theme.label.size
    for i, option in enumerate(options):
        width = look.room(theme.label) + theme.label.width(option)
        if x + width > area.right:
            area.y += round(theme.label.height * 1.4)
            x = area.left + theme.label.size
        _option(rng, canvas, theme, look, (x, area.y), option, i in chosen, after, group)
        x += width + theme.label.size * 1.2


def _below(
    rng: Random,
    canvas: Canvas,
    theme: Theme,
    area: Area,
    look: TickLook,
    group: tuple[str, Span],
    options: list[str],
    chosen: set[int],
) -> None:
    x, step = area.left + theme.label.size, round(theme.label.height * 1.4)
    area.y += step
    for i, option in enumerate(options):
        _option(rng, canvas, theme, look, (x, area.y), option, i in chosen, False, group)
        area.y += step


def _in_grid(
    rng: Random,
    canvas: Canvas,
    theme: Theme,
    area: Area,
    look: TickLook,
    group: tuple[str, Span],
    options: list[str],
    chosen: set[int],
) -> None:
    """Columns as wide as the longest option."""
    room = look.room(theme.label) + max(theme.label.width(o) for o in options) + theme.label.size
    most = max(1, int((area.width - theme.label.size) // room))
    columns = min(most, rng.choice((2, 2, 3, 4)), len(options))
    step = round(theme.label.height * 1.5)
    area.y += step
    for i, option in enumerate(options):
        x = area.left + theme.label.size + (i % columns) * room
        y = area.y + (i // columns) * step
        _option(rng, canvas, theme, look, (x, y), option, i in chosen, False, group)
    area.y += step * -(-len(options) // columns)
