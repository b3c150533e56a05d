"""Readers of lines: RapidOCR (PP-OCRv6 small) where it is installed, else our own stages."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_data.annotating.page_reader import detect_and_refine
from pinpoint_data.templates.page_lines import Line, LineReader
from pinpoint_edge.vision import regions
from pinpoint_edge.vision.crop import REFINE_HEIGHT, REFINE_WIDTHS, crop_quad, crop_width
from pinpoint_edge.vision.detect import detect
from pinpoint_edge.vision.layout import order
from pinpoint_edge.vision.page import Page, load_pages
from pinpoint_edge.vision.refine import refine
from pinpoint_runtimes import Session

FINE = 2  # times the resolution of the page at which PDF lines are read


@contextmanager
def line_reader(bundle: Path | None = None, threads: int | None = None) -> Iterator[LineReader]:
    """Give the most accurate reader there is: of the bundle if one is named, else RapidOCR's."""
    if bundle is None and importlib.util.find_spec("rapidocr") is not None:
        yield RapidLines(threads)
        return
    with detect_and_refine(bundle, threads) as stages:
        yield StageLines(*stages, name=str(bundle or "shipped weights"))


class StageLines:
    """Our detector and recogniser."""

    def __init__(
        self,
        detecting: Session,
        refining: Session,
        characters: Sequence[str],
        widths: Sequence[int],
        name: str,
    ) -> None:
        self.name = name
        self._detecting, self._refining = detecting, refining
        self._characters, self._widths = characters, widths

    def find(self, page: Page) -> list[Line]:
        """Find the lines of text."""
        found, _ = detect(self._detecting, page)
        return [_line(region.quad) for region in found]

    def read(self, page: Page, lines: Sequence[Line]) -> list[Line]:
        """Read lines of a page."""
        found = [regions.Region(np.array(line.quad, np.float32), 1.0) for line in lines]
        geometry = order.geometry(found, (page.width, page.height), order.estimate_skew(found))
        refined = refine(self._refining, page, found, geometry, self._characters, self._widths)
        result = []
        for line, seen in zip(lines, refined, strict=True):
            text = seen.transcription
            sure = float(np.mean(text.probabilities)) if text.text else 0.0
            result.append(Line(line.quad, text.text, sure, tuple(text.spans)))
        return result


class RapidLines:
    """PP-OCRv6 small, which comes inside the PyPI package `rapidocr` (Apache-2.0)."""

    def __init__(self, threads: int | None) -> None:
        from rapidocr import RapidOCR

        self.name = f"rapidocr {importlib.metadata.version('rapidocr')}"
        self._engine: Any = RapidOCR(
            params={
                "Global.log_level": "critical",
                "EngineConfig.onnxruntime.intra_op_num_threads": threads or -1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )

    def find(self, page: Page) -> list[Line]:
        """Find the lines of text."""
        found = self._engine(
            np.ascontiguousarray(page.image[..., ::-1]), use_cls=False, use_rec=False
        )
        return [] if found.boxes is None else [_line(quad) for quad in found.boxes]

    def read(self, page: Page, lines: Sequence[Line]) -> list[Line]:
        """Read lines of a page; those of a PDF are drawn anew at twice the resolution."""
        from rapidocr.ch_ppocr_rec.typings import TextRecInput

        image = fine_image(page)
        scale = image.shape[1] / page.width
        crops = []
        for line in lines:
            quad = np.array(line.quad, np.float32) * scale
            width = min(max(crop_width(quad, REFINE_HEIGHT), 8), REFINE_WIDTHS[-1])
            crop = crop_quad(image, quad, REFINE_HEIGHT, width)
            crops.append(np.ascontiguousarray(crop[..., ::-1]))
        out = self._engine._load_rec_model()(TextRecInput(img=crops, return_word_box=True))
        result = zip(lines, out.txts, out.scores, out.word_results, strict=True)
        return [
            Line(line.quad, text, float(score), _spans(text, words))
            for line, text, score, words in result
        ]


def _spans(text: str, words: Any) -> tuple[tuple[float, float], ...]:
    """Ends of each character along its line, from the steps at which words were recognised."""
    steps = float(words.line_txt_len) if words is not None else 0.0
    places = [
        (character, column)
        for word, columns in zip(words.words, words.word_cols, strict=True)
        for character, column in zip(word, columns, strict=False)
    ] if steps else []  # fmt: skip
    centres: list[float] = []
    at = 0
    for character in text:
        if at < len(places) and places[at][0] == character:
            centres.append((places[at][1] + 0.5) / steps)
            at += 1
        else:
            centres.append(float("nan"))
    known = [index for index, centre in enumerate(centres) if centre == centre]
    if at < len(places) or not known:
        return ()
    filled = np.interp(range(len(text)), known, [centres[index] for index in known])
    edges = np.concatenate([[0.0], (filled[1:] + filled[:-1]) / 2, [1.0]]).clip(0, 1)
    return tuple((float(a), float(b)) for a, b in pairwise(edges))


def fine_image(page: Page) -> NDArray[np.uint8]:
    """A page u8 (H, W, 3); of a PDF at FINE times the resolution of a page."""
    path = page.source.partition("#")[0]
    if not path.lower().endswith(".pdf"):
        return page.image
    return load_pages([page.source], dpi=144 * FINE)[0].image


def _line(quad: Any) -> Line:
    return Line(tuple((float(x), float(y)) for x, y in quad))
