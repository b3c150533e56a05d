"""The endless stream of synthetic pages, each one reproducible from a seed and its index."""

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from random import Random

from pinpoint_data.generator.crops import line_crops
from pinpoint_data.generator.finishing import finish
from pinpoint_data.generator.layouts.business import agreement, invoice, letter, order, receipt
from pinpoint_data.generator.layouts.charts import chart_page, infographic, report
from pinpoint_data.generator.layouts.forms import foreign, form, table
from pinpoint_data.generator.layouts.two_documents import together
from pinpoint_data.generator.page_builder import PageCanvas
from pinpoint_data.generator.synthetic_page import DrawnLine, SyntheticQuestion, SynthPage
from pinpoint_edge.errors import OptionError


def _two_receipts(rng: Random) -> PageCanvas:
    return together(rng, receipt.draw(rng), receipt.draw(rng))


LAYOUTS: dict[str, Callable[[Random], PageCanvas]] = {
    "form": form.draw,
    "receipt": receipt.draw,
    "invoice": invoice.draw,
    "letter": letter.draw,
    "table": table.draw,
    "chart": chart_page.draw,
    "infographic": infographic.draw,
    "report": report.draw,
    "agreement": agreement.draw,
    "order": order.draw,
    "two_receipts": _two_receipts,
    "foreign": foreign.draw,
}
"""Document kind → the function that draws one page of it."""

WEIGHTS = {
    "form": 8,
    "receipt": 5,
    "invoice": 4,
    "letter": 3,
    "table": 2,
    "chart": 3,
    "infographic": 2,
    "report": 2,
    "agreement": 3,
    "order": 2,
    "two_receipts": 1,
    "foreign": 6,
}
"""How often each kind is drawn when several are asked for."""


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
    return finish(rng, canvas, kind)


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


__all__ = ["LAYOUTS", "DrawnLine", "SynthPage", "SyntheticQuestion", "line_crops", "page", "pages"]
