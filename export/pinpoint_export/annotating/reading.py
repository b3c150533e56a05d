"""Lines of text read off a page by our own detector and recogniser: a bundle's or the shipped."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pinpoint_edge.page import load_pages
from pinpoint_export.annotating.lines import TextLine

if TYPE_CHECKING:
    from pinpoint_edge.pipeline import PinPoint

ReadPage = Callable[[str], list[TextLine]]


@contextmanager
def page_reader(bundle: Path | None = None, threads: int | None = None) -> Iterator[ReadPage]:
    """Give a function that reads the page of a path ("scan.pdf#3") with a bundle.

    Without one, the shipped detector and recogniser are lowered first, which takes half a minute.
    The function raises PageError for what cannot be opened.
    """
    if bundle is not None:
        from pinpoint_edge import PinPoint

        with PinPoint.load(bundle, threads=threads) as reader:
            yield lambda path: _read_with(reader, path)
        return
    from pinpoint_export.distill.vision import PageReader
    from pinpoint_export.paths import weights_folder

    with tempfile.TemporaryDirectory() as graphs:
        shipped = PageReader(weights_folder(), Path(graphs), threads or 1)

        def read(path: str) -> list[TextLine]:
            seen = shipped.read(load_pages([path])[0].image)
            boxes = [region.box for region in seen.regions]
            return [TextLine(text, box) for text, box in zip(seen.texts, boxes, strict=True)]

        yield read


def _read_with(reader: PinPoint, path: str) -> list[TextLine]:
    document = reader.open(path)
    document.refine(range(len(document.regions)), {})
    lines = []
    for index, region in enumerate(document.regions):
        read = document.refined[index].transcription
        lines.append(TextLine(read.text, region.box, tuple(read.spans)))
    return lines
