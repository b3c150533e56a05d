"""The record of a drawn chart: where each of its words is on the page."""

from dataclasses import dataclass, field

from pinpoint_data.generator.page_builder import TextSpan
from pinpoint_data.generator.synthetic_page import Box
from pinpoint_data.generator.text.topics import Topic


@dataclass
class Chart:
    """The spans of all words of a chart or table; a part that is not printed is empty or None."""

    topic: Topic
    kind: str
    box: Box
    title: list[TextSpan] = field(default_factory=list)
    note: list[TextSpan] = field(default_factory=list)
    unit: list[TextSpan] = field(default_factory=list)
    labels: list[list[TextSpan]] = field(default_factory=list)
    legend: list[list[TextSpan]] = field(default_factory=list)
    values: list[list[TextSpan | None]] = field(default_factory=list)
    value_axis: list[TextSpan] = field(default_factory=list)
    category_axis: list[TextSpan] = field(default_factory=list)
    ticks: list[TextSpan] = field(default_factory=list)
    source: list[TextSpan] = field(default_factory=list)

    @property
    def heading(self) -> list[TextSpan]:
        """The words that name the chart's subject and unit."""
        return [*self.title, *self.note, *self.value_axis]
