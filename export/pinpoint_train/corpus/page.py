"""A page of the corpus and its questions, as trainings see them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.vision.layout import Layout


@dataclass
class CorpusQuestion:
    """A question on a page: regions that support it, and the words to answer with."""

    text: str
    support: list[int]
    answer: list[int]
    target: str | None  # None: not on the page
    field: str = ""


@dataclass
class CorpusPage:
    """One page as detector and recogniser read it; arrays are those of `texts`, in reading order.

    pooled f16 (N,P): pooled features of the recogniser.
    """

    id: str
    kind: str
    size: tuple[int, int]
    texts: list[str]
    confidences: list[float]
    boxes: NDArray[np.float32]
    layout: Layout
    pooled: NDArray[np.float16]
    crops: list[NDArray[np.uint8]]
    questions: list[CorpusQuestion] = field(default_factory=list)
    dropped: int = 0
