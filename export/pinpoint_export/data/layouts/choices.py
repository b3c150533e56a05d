"""Groups of boxes to tick on forms, in a row or below one another."""

from random import Random

from pinpoint_export.data.labels import CHECKS
from pinpoint_export.data.layouts.blocks import Area
from pinpoint_export.data.page_builder import Canvas, Field, Theme


def check_group(rng: Random, canvas: Canvas, theme: Theme, area: Area, used: set[str]) -> None:
    """A labelled group with one option ticked, or none; role `choice`, value the option's text."""
    label, options = rng.choice(CHECKS)
    size = round(theme.label.size * rng.uniform(0.7, 0.95))
    step = round(theme.label.height * 1.4)
    in_row = rng.random() < 0.65
    if label.lower() in used or area.bottom - area.y < step * (len(options) + 1):
        return
    used.add(label.lower())
    chosen = rng.randrange(len(options)) if rng.random() < 0.85 else -1
    style = rng.choice(("box", "box", "box", "blank", "brackets"))
    mark = rng.choice(("x", "v", "fill"))
    after = rng.random() < 0.3
    text = label + rng.choice(("", ":", ":", "?"))
    name = canvas.text(area.left, area.y, text, theme.label, theme.ink, "label")
    x = name.box[2] + theme.label.size if in_row else area.left + theme.label.size
    value = []
    if not in_row:
        area.y += step
    for i, option in enumerate(options):
        width = theme.label.width(option)
        room = size + 10 if style == "box" else theme.label.width("[ X ]") + 8
        if in_row and x + room + width > area.right:
            area.y += step
            x = area.left + theme.label.size
        mark_x, text_x = (x + width + 6, x) if after else (x, x + room)
        top = area.y + max(0, (theme.label.ascent - size) // 2 + 1)
        if style == "box":
            canvas.check_box(mark_x, top, size, i == chosen, theme.ink, mark)
        else:
            sign = {"blank": ("___", "_X_"), "brackets": ("[  ]", "[ X ]")}[style][i == chosen]
            canvas.text(mark_x, area.y, sign, theme.label, theme.ink, "text")
        span = canvas.text(text_x, area.y, option, theme.label, theme.ink, "text")
        if i == chosen:
            value = [span]
        x += room + width + theme.label.size * 1.2
        if not in_row:
            area.y += step
            x = area.left + theme.label.size
    area.y += step if in_row else round(step * 0.3)
    canvas.fields.append(Field(label, value, "choice", [name]))
