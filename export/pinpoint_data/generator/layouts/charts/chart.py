"""The record of a drawn chart: where each of its words is on the page."""

from dataclasses import dataclass, field

from pinpoint_data.generator.page_builder import Span
from pinpoint_data.generator.sample import Box
from pinpoint_data.generator.text.topics import Topic


@dataclass
class Chart:
    """The spans of all words of a chart or table; a part that is not printed is empty or None."""

    topic: Topic
    kind: str
    box: Box
    title: list[Span] = field(default_factory=list)
    note: list[Span] = field(default_factory=list)
    unit: list[Span] = field(default_factory=list)
    labels: list[list[Span]] = field(default_factory=list)
    legend: list[list[Span]] = field(default_factory=list)
    values: list[list[Span | None]] = field(default_factory=list)
    value_axis: list[Span] = field(default_factory=list)
    category_axis: list[Span] = field(default_factory=list)
    ticks: list[Span] = field(default_factory=list)
    source: list[Span] = field(default_factory=list)

    @property
    def heading(self) -> list[Span]:
        """The words that name the chart's subject and unit."""
        return [*self.title, *self.note, *self.value_axis]
