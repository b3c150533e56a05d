"""RapidOCR (PyPI `rapidocr`, PP-OCR small inside the wheel): a whole page read as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pinpoint_edge.errors import BackendError
from pinpoint_edge.vision.layout.order import estimate_skew, reading_order
from pinpoint_edge.vision.page import Page
from pinpoint_edge.vision.regions import Region
from pinpoint_export.baselines.llama_cpp import INSTALL


@dataclass(frozen=True)
class ReadPage:
    """The lines of a page in reading order, row by row, and where each stands."""

    rows: tuple[tuple[str, ...], ...]
    boxes: tuple[tuple[float, float, float, float], ...]

    @property
    def text(self) -> str:
        """A row a line."""
        return "\n".join(" ".join(row) for row in self.rows)


class RapidOcr:
    """The package's own models and thresholds; raises BackendError where it is not installed.

    It does not look for lines that stand on their head, which PinPoint does not do either and which
    would cost it time. Rows are ours: its own order knows no columns.
    """

    def __init__(self, threads: int) -> None:
        try:
            from rapidocr import RapidOCR
        except ImportError as error:
            raise BackendError(f"This needs RapidOCR from PyPI; run `{INSTALL}`.") from error
        self._engine: Any = RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_cls": False,
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )

    def read(self, page: Page) -> ReadPage:
        """Find and read every line of a page."""
        found = self._engine(np.ascontiguousarray(page.image[..., ::-1]))  # it expects BGR
        if found.boxes is None or not len(found.boxes):
            return ReadPage((), ())
        regions = [
            Region(np.asarray(quad, np.float32), float(score))
            for quad, score in zip(found.boxes, found.scores, strict=True)
        ]
        order = reading_order(regions, estimate_skew(regions))
        texts: Sequence[str] = found.txts
        return ReadPage(
            tuple(tuple(texts[index] for index in row) for row in order),
            tuple(regions[index].box for row in order for index in row),
        )
