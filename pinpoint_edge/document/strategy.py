"""Strategies: ways to choose the evidence for a question, from the pages that were looked at."""

from __future__ import annotations

from typing import Protocol

from pinpoint_edge.document.looked import LookedPages
from pinpoint_edge.retrieval.retrieve import Retrieved, retrieve, uniform
from pinpoint_edge.retrieval.selection import Limits
from pinpoint_edge.runtime.timings import Timings


class Strategy(Protocol):
    """A way to choose evidence; called with the document's lock held."""

    def __call__(
        self, document: LookedPages, question: str, limits: Limits, timings: Timings
    ) -> Retrieved:
        """Choose the regions to read for a question; time spent goes into `timings`."""


def relevant_regions(
    document: LookedPages, question: str, limits: Limits, timings: Timings
) -> Retrieved:
    """PinPoint's own strategy: the regions that the aligner finds relevant."""
    session = document.engine.stages.session("align")
    parameters = document.engine.manifest.host.selection
    return retrieve(question, document.pages, document.costs, session, limits, parameters, timings)


def every_region(
    document: LookedPages, question: str, limits: Limits, timings: Timings
) -> Retrieved:
    """The full-page strategy: everything that the context holds."""
    count = len(document.regions)
    return Retrieved(tuple(range(count)), uniform(count), count > 0)
