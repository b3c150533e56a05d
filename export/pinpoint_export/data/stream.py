"""The endless stream of synthetic pages, each one reproducible from a seed and its index."""

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from random import Random

from pinpoint_edge.errors import OptionError
from pinpoint_export.data import degrade, questions
from pinpoint_export.data.crops import line_crops
from pinpoint_export.data.layouts import form, invoice, receipt
from pinpoint_export.data.page_builder import Canvas, Field, Span
from pinpoint_export.data.sample import Line, Question, SynthPage

LAYOUTS: dict[str, Callable[[Random], Canvas]] = {
    "form": form.draw,
    "receipt": receipt.draw,
    "invoice": invoice.draw,
}
"""Document kind → the function that draws one page of it."""

WEIGHTS = {"form": 5, "receipt": 3, "invoice": 3}


def page(seed: int | str, index: int, kinds: Iterable[str] | None = None) -> SynthPage:
    """The page of `index` in the stream of `seed`; OptionError names an unknown kind."""
    chosen = list(kinds) if kinds is not None else list(LAYOUTS)
    unknown = [kind for kind in chosen if kind not in LAYOUTS]
    if unknown or not chosen:
        raise OptionError(
            f"Unknown document kinds {unknown} for the page stream; choose from {sorted(LAYOUTS)}"
        )
    rng = Random(f"{seed}:{index}")
    kind = rng.choices(chosen, [WEIGHTS[k] for k in chosen])[0]
    canvas = LAYOUTS[kind](rng)
    skew = degrade.random_skew(rng, canvas.width, canvas.height)
    lines = [Line(skew.box(n.box), n.text, n.kind, skew.quad(n.box)) for n in canvas.lines]
    fields = [_turn(field, skew) for field in canvas.fields]
    asked = questions.ask(rng, kind, fields, lines)
    heights = sorted(line.box[3] - line.box[1] for line in canvas.lines)
    letter = heights[len(heights) // 3] if heights else 14.0
    image = degrade.spoil(rng, skew.image(canvas.image, canvas.paper), letter)
    return SynthPage(image, lines, asked, kind)


def pages(
    seed: int | str,
    kinds: Iterable[str] | None = None,
    indices: Iterable[int] | None = None,
) -> Iterator[SynthPage]:
    """Pages of the given kinds (all by default) for `indices` (0, 1, 2 … by default).

    A page depends on `seed`, its index and `kinds` alone, so that workers can share a stream.
    """
    chosen = list(kinds) if kinds is not None else None
    for index in count() if indices is None else indices:
        yield page(seed, index, chosen)


def _turn(field: Field, skew: degrade.Skew) -> Field:
    def turn(spans: list[Span]) -> list[Span]:
        return [Span(span.text, skew.box(span.box)) for span in spans if span.text]

    return Field(
        field.label,
        turn(field.value),
        field.role,
        turn(field.label_spans),
        field.section,
        turn(field.section_spans),
    )


__all__ = ["LAYOUTS", "Line", "Question", "SynthPage", "line_crops", "page", "pages"]
