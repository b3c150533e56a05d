"""Evidence as the trained aligner chooses it, mistakes included, to train the language model on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pinpoint_edge.errors import DataError
from pinpoint_edge.retrieval.selection import select, with_companions
from pinpoint_models.aligner import load_aligner
from pinpoint_train.corpus.page import CorpusPage, CorpusQuestion
from pinpoint_train.corpus.page_features import PageFeatures, read_pages
from pinpoint_train.measuring.aligner_recall import relevance

COVERAGE = (0.6, 0.9)
BUDGET = 256


class AlignerEvidence:
    """Chooses regions of read pages with a trained aligner, at random coverages.

    aligner: folder of aligner.safetensors; features: folder of `pinpoint-train features`.
    """

    def __init__(self, aligner: Path, features: Path) -> None:
        self._model = load_aligner(aligner)
        self._pages: dict[str, PageFeatures] = {page.id: page for page in read_pages(features)}

    def knows(self, record: CorpusPage) -> bool:
        """Whether the page's features are there."""
        return record.id in self._pages

    def choose(
        self, record: CorpusPage, questions: Sequence[CorpusQuestion], random: np.random.Generator
    ) -> set[int]:
        """Regions of the record, as indices into its arrays, chosen for any of the questions."""
        page = self._pages[record.id]
        if len(record.texts) != len(page.readings):
            raise DataError(
                f"{record.id} has {len(record.texts)} regions in the corpus and "
                f"{len(page.readings)} in the features: run `pinpoint-train features` again."
            )
        chosen: set[int] = set()
        for logits in relevance(self._model, page, [question.text for question in questions]):
            picked = select(logits, page.tokens, float(random.uniform(*COVERAGE)), BUDGET)
            near = page.layout.companions
            chosen.update(with_companions(picked, logits, page.tokens, BUDGET, near))
        return chosen
