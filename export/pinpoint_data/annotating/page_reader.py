"""Lines of text read off a page by our own detector and recogniser: a bundle's or the shipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pinpoint_data.annotating.text_lines import TextLine
from pinpoint_edge.vision.crop import REFINE_WIDTHS
from pinpoint_edge.vision.detect import detect
from pinpoint_edge.vision.layout import lay_out
from pinpoint_edge.vision.page import load_pages
from pinpoint_edge.vision.refine import refine
from pinpoint_runtimes import Session

ReadPage = Callable[[str], list[TextLine]]


@contextmanager
def page_reader(bundle: Path | None = None, threads: int | None = None) -> Iterator[ReadPage]:
    """Give a function that reads the page of a path ("scan.pdf#3") with a bundle.

    Without one, the shipped detector and recogniser read it in torch. The function raises PageError
    for what cannot be opened.
    """
    with detect_and_refine(bundle, threads) as stages:
        yield _with(*stages)


@contextmanager
def detect_and_refine(
    bundle: Path | None = None, threads: int | None = None
) -> Iterator[tuple[Session, Session, Sequence[str], Sequence[int]]]:
    """Give the sessions of `detect` and `refine`, the latter's characters and widths of crops."""
    if bundle is not None:
        from pinpoint_edge import PinPoint

        with PinPoint.load(bundle, threads=threads) as reader:
            stages = reader.engine.stages
            characters = reader.engine.characters["refine"]
            widths = reader.engine.manifest.host.refine_widths
            yield stages.session("detect"), stages.session("refine"), characters, widths
        return
    import torch

    from pinpoint_models.paths import weights_folder
    from pinpoint_models.reference import load_program
    from pinpoint_models.weights import load_characters
    from pinpoint_runtimes.torch import TorchSession

    if threads is not None:
        torch.set_num_threads(threads)
    weights = weights_folder()
    programs = [load_program(name, weights) for name in ("detect", "refine")]
    detecting, refining = (TorchSession(p.module, p.inputs, p.outputs) for p in programs)
    yield detecting, refining, load_characters(weights), REFINE_WIDTHS


def _with(
    detecting: Session, refining: Session, characters: Sequence[str], widths: Sequence[int]
) -> ReadPage:
    def read(path: str) -> list[TextLine]:
        page = load_pages([path])[0]
        found, canvas = detect(detecting, page)
        regions, layout = lay_out(found, canvas, (page.width, page.height), "rows")
        refined = refine(refining, page, regions, layout.geometry, characters, widths)
        return [
            TextLine(seen.transcription.text, region.box, tuple(seen.transcription.spans))
            for region, seen in zip(regions, refined, strict=True)
        ]

    return read
