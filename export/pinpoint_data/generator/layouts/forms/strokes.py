"""Strokes of a pen: curves through points, with the unsteadiness of a hand."""

from collections.abc import Sequence
from random import Random

from pinpoint_data.generator.page_builder import Colour, PageCanvas

Point = tuple[float, float]

PENS: tuple[Colour, ...] = (
    (20, 20, 30),
    (30, 30, 90),
    (20, 40, 140),
    (10, 60, 150),
    (60, 60, 70),
    (0, 0, 0),
)


def shaken(rng: Random, points: Sequence[Point], amount: float) -> list[Point]:
    """The points, each moved by up to `amount` pixels."""
    return [(x + rng.uniform(-amount, amount), y + rng.uniform(-amount, amount)) for x, y in points]


def curve(points: Sequence[Point], steps: int = 8) -> list[Point]:
    """A smooth curve through all points (Catmull-Rom), `steps` pieces between two of them."""
    if len(points) < 3:
        return list(points)
    padded = [points[0], *points, points[-1]]
    out: list[Point] = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for step in range(steps):
            t = step / steps
            out.append(
                (
                    _between(a[0], b[0], c[0], d[0], t),
                    _between(a[1], b[1], c[1], d[1], t),
                )
            )
    return [*out, points[-1]]


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))


def stroke(canvas: PageCanvas, points: Sequence[Point], ink: Colour, weight: int) -> None:
    """Draws one line through `points`."""
    canvas.draw.line(list(points), fill=ink, width=weight, joint="curve")
