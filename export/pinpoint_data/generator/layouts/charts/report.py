"""Report pages: headings and running text in columns, tables and charts, captions, footnotes."""

from random import Random

from pinpoint_data.generator.layouts.charts.chart import Chart
from pinpoint_data.generator.layouts.charts.chart_page import draw_any
from pinpoint_data.generator.layouts.charts.data_table import draw_data_table
from pinpoint_data.generator.layouts.charts.look import Look
from pinpoint_data.generator.layouts.forms.table import random_table
from pinpoint_data.generator.page_builder import PageCanvas
from pinpoint_data.generator.questions import charts as chart_questions
from pinpoint_data.generator.synthetic_page import Box
from pinpoint_data.generator.text import prose
from pinpoint_data.generator.text.topic_maker import make_topic
from pinpoint_data.word_lists import words

TITLES = words("reports", "titles")
BY_LINES = words("reports", "by_lines")
DATE_LINES = ("{w}", "{w}", "Published {w}", "Date: {w}")


class _Report(prose.Writer):
    def __init__(self, rng: Random) -> None:
        width = rng.randint(800, 1200)
        super().__init__(
            rng,
            (width, width * rng.choice((1.294, 1.294, 1.414))),
            max(12, width / rng.uniform(60, 78)),
            ("serif serif sans sans narrow", "serif sans"),
            width * rng.uniform(0.06, 0.11),
            width * rng.uniform(0.04, 0.08),
        )
        # Running text of a report is not set in bold.
        self.theme.label = self.theme.small.resized(self.theme.label.size)
        self.bottom = self.canvas.height - 5.5 * self.theme.label.size
        self.charts: list[Chart] = []

    def top(self) -> None:
        """The running header, or the title with its author and date."""
        rng, canvas, theme, size = self.rng, self.canvas, self.theme, self.theme.label.size
        title = rng.choice(TITLES).format(
            year=rng.randint(1995, 2025),
            thing=rng.choice(prose.THINGS),
            place=rng.choice(prose.PLACES),
            company=self.make.company(),
            number=rng.randint(2, 400),
        )
        anchor = rng.choice("lm")
        if rng.random() < 0.55:
            if rng.random() < 0.6:
                x, y = self.place(anchor), self.y * 0.5
                span = canvas.text(x, y, title, theme.small, theme.ink, "text", anchor)
                self.note("running_header", [span], [])
                if rng.random() < 0.5:
                    canvas.rule(self.left, span.box[3] + 5, self.right, theme.rule)
                self.y = max(self.y, span.box[3] + 14)
            return
        font = theme.title.resized(round(size * rng.uniform(1.6, 2.4)))
        self.note("title", self.write(title, font, anchor, "title", 1.15), [])
        self.y += size * 0.4
        for forms, name, wording in (
            (BY_LINES, self.make.name(), "author"),
            (DATE_LINES, self.make.date(), "date"),
        ):
            if rng.random() < 0.7:
                form = rng.choice(forms)
                (span,) = self.write(form.format(w=name), anchor=anchor)
                at = form.index("{")
                self.note(wording, [canvas.parts(span, theme.label, at, at + len(name))], [span])
        self.y += size * 0.8

    def body(self) -> None:
        """Fills one column or two with headings, paragraphs, charts and tables."""
        rng, size, left, top = self.rng, self.theme.label.size, self.left, self.y
        columns, gap = rng.choice((1, 1, 2)), self.canvas.width * 0.035
        wide = (self.width - gap * (columns - 1)) / columns
        blocks = (self._chart, self._data_table, self._random_table)
        plan = rng.sample(blocks, rng.choice((1, 1, 2)))
        for column in range(columns):
            self.left = left + column * (wide + gap)
            self.right, self.y = self.left + wide, top
            if column == 0 or rng.random() < 0.4:
                self.heading()
            while self.y < self.bottom - 3 * size and self.can_go_on:
                room = self.bottom - self.y
                if plan and room > 0.5 * wide + 6 * size and rng.random() < 0.45:
                    self.y += size * 0.7
                    plan.pop()()
                else:
                    if rng.random() < 0.22 and room > 10 * size:
                        self.y += size * 0.7
                        self.heading()
                    self.paragraph(rng.randint(2, 6))
                self.y += size * 0.5
        self.left, self.right = left, self.canvas.width - left

    def _chart(self) -> None:
        size = self.theme.label.size
        look = Look.random(self.rng, self.theme, max(12, size - 1), self.canvas.paper)
        room = self.bottom - self.y - 6 * size

        def draw(box: Box) -> None:
            self.charts.append(draw_any(self.rng, self.canvas, look, box))

        self.figure(
            self.rng.randint(1, 9), draw, min(self.width * self.rng.uniform(0.5, 0.75), room)
        )

    def _data_table(self) -> None:
        rng = self.rng
        series = rng.choice((1, 2, 2, 3) if self.width > 26 * self.theme.label.size else (1, 2))
        topic = make_topic(rng, rng.random() < 0.4, 8, series)
        self.charts.append(draw_data_table(self, topic, rng.randint(1, 4)))

    def _random_table(self) -> None:
        self.caption("Table", self.rng.randint(5, 9))
        low, self.bottom = self.bottom, min(self.bottom, self.y + self.width * 0.6)
        random_table(self)
        self.bottom = low


def draw(rng: Random) -> PageCanvas:
    """A page of a report; asks about its text, its table and its chart."""
    report = _Report(rng)
    report.top()
    report.body()
    if rng.random() < 0.5:
        report.footnote()
    if rng.random() < 0.85:
        report.page_number()
    canvas = report.canvas
    if report.charts:
        canvas.questions += chart_questions.ask(rng, canvas, report.charts, 8, named=True)
    canvas.questions += report.ask(10)
    return canvas
