"""Report pages: headings and running text in columns, tables and charts, captions, footnotes."""

from random import Random

from pinpoint_data.generator.layouts.charts.chart import Chart
from pinpoint_data.generator.layouts.charts.chart_page import draw_any
from pinpoint_data.generator.layouts.charts.data_table import draw_data_table
from pinpoint_data.generator.layouts.charts.look import Look
from pinpoint_data.generator.layouts.forms.table import draw_grid
from pinpoint_data.generator.page_builder import PageCanvas, Theme, wrap
from pinpoint_data.generator.questions import charts as chart_questions
from pinpoint_data.generator.text import prose
from pinpoint_data.generator.text.prose import Writer, answered
from pinpoint_data.generator.text.topic_maker import make_topic
from pinpoint_data.generator.text.vocabulary import Maker
from pinpoint_data.word_lists import groups, words

TITLES = words("reports", "titles")
BY_LINES = words("reports", "by_lines")
WORDINGS = groups("reports", "questions")


class _Report:
    def __init__(self, rng: Random) -> None:
        self.rng, self.make = rng, Maker(rng)
        width = rng.randint(800, 1200)
        self.canvas = PageCanvas(width, round(width * rng.choice((1.294, 1.294, 1.414))))
        self.columns = rng.choice((1, 1, 2))
        size = max(12, round(width / rng.uniform(60, 78)))
        self.theme = Theme.random(rng, size, "serif serif sans sans narrow", "serif sans")
        # Running text of a report is not set in bold.
        self.theme.label = self.theme.small.resized(size)
        self.margin = width * rng.uniform(0.06, 0.11)
        self.right = width - self.margin
        self.y = width * rng.uniform(0.04, 0.08)
        self.writer = Writer(rng, self.canvas, self.theme)
        self.charts: list[Chart] = []
        self.table = rng.randint(1, 9)
        self.figure = rng.randint(1, 9)

    def top(self) -> None:
        """The running header, or the title with its author and date."""
        rng, canvas, theme = self.rng, self.canvas, self.theme
        title = rng.choice(TITLES).format(
            year=rng.randint(1995, 2025),
            thing=rng.choice(prose.THINGS),
            place=rng.choice(prose.PLACES),
            company=self.make.company(),
            number=rng.randint(2, 400),
        )
        if rng.random() < 0.55:
            if rng.random() < 0.6:
                x, anchor = (self.margin, "l") if rng.random() < 0.5 else (canvas.width / 2, "m")
                span = canvas.text(x, self.y * 0.5, title, theme.small, theme.ink, "text", anchor)
                self.writer.note(rng.choice(WORDINGS["running_header"]), [span], [], "text")
                if rng.random() < 0.5:
                    canvas.rule(self.margin, span.box[3] + 5, self.right, theme.rule)
                self.y = max(self.y, span.box[3] + 14)
            return
        font = theme.title.resized(round(theme.label.size * rng.uniform(1.6, 2.4)))
        anchor = rng.choice("lm")
        x = self.margin if anchor == "l" else canvas.width / 2
        lines = wrap(title, font, self.right - self.margin)
        spans, self.y = canvas.paragraph(x, self.y, lines, font, theme.ink, "title", anchor, 1.15)
        canvas.questions.append(answered(rng.choice(WORDINGS["title"]), spans, spans, "text"))
        self.y += theme.label.size * 0.4
        self._by_line(x, anchor)
        self.y += theme.label.size * 0.8

    def _by_line(self, x: float, anchor: str) -> None:
        rng, canvas, theme = self.rng, self.canvas, self.theme
        for forms, name, wordings in (
            (BY_LINES, self.make.name(), WORDINGS["author"]),
            (("{w}", "{w}", "Published {w}", "Date: {w}"), self.make.date(), WORDINGS["date"]),
        ):
            if rng.random() < 0.3:
                continue
            form = rng.choice(forms)
            span = canvas.text(
                x, self.y, form.format(w=name), theme.label, theme.ink, "text", anchor
            )
            at = form.index("{")
            answer = canvas.parts(span, theme.label, at, at + len(name))
            self.writer.note(rng.choice(wordings), [answer], [span], "text")
            self.y += round(theme.label.height * 1.3)

    def body(self) -> None:
        """Fills the columns with headings, paragraphs, charts and tables."""
        rng, writer, size = self.rng, self.writer, self.theme.label.size
        gap = self.canvas.width * 0.035
        wide = (self.right - self.margin - gap * (self.columns - 1)) / self.columns
        writer.bottom = self.canvas.height - 5.5 * size
        plan = ["chart", "table", "grid"]
        rng.shuffle(plan)
        plan = plan[: rng.choice((1, 1, 2))]
        for column in range(self.columns):
            left, y = self.margin + column * (wide + gap), self.y
            if column == 0 or rng.random() < 0.4:
                y = writer.heading(left, y, left + wide)
            while y < writer.bottom - 3 * size:
                room = writer.bottom - y
                if plan and room > 0.5 * wide + 6 * size and rng.random() < 0.45:
                    y = self._block(plan.pop(), left, y, left + wide)
                elif rng.random() < 0.22 and room > 10 * size:
                    y = writer.heading(left, y + size * 0.7, left + wide)
                    y = writer.paragraph(left, y, left + wide, rng.randint(2, 5))
                else:
                    y = writer.paragraph(left, y, left + wide, rng.randint(2, 6))
                y += size * 0.5
                if not writer.can_go_on:
                    break

    def _block(self, what: str, left: float, y: float, right: float) -> float:
        rng, theme, canvas, writer = self.rng, self.theme, self.canvas, self.writer
        size, wide = theme.label.size, right - left
        y += size * 0.7
        if what == "chart":
            look = Look.random(rng, theme, max(12, size - 1), canvas.paper)
            over = rng.random() < 0.3
            if over:
                y = writer.caption(left, y, right, "Figure", self.figure) + size * 0.4
            high = min(wide * rng.uniform(0.5, 0.75), writer.bottom - y - 3 * size)
            self.charts.append(draw_any(rng, canvas, look, (left, y, right, y + high)))
            y += high + size * 0.8
            if not over:
                y = writer.caption(left, y, right, "Figure", self.figure)
            return y + size * 0.5
        if what == "table":
            series = rng.choice((1, 2, 2, 3)) if wide > 26 * size else rng.choice((1, 2))
            topic = make_topic(rng, rng.random() < 0.4, 8, series)
            box = (left, y, right, writer.bottom)
            chart, y = draw_data_table(rng, canvas, theme, topic, box, self.table)
            self.charts.append(chart)
            return y + size * 0.7
        y = writer.caption(left, y, right, "Table", self.table + 1)
        bottom = min(writer.bottom, y + wide * 0.6)
        return draw_grid(rng, canvas, theme, self.make, (left, y, right, bottom)) + size


def draw(rng: Random) -> PageCanvas:
    """A page of a report; asks about its text, its table and its chart."""
    report = _Report(rng)
    report.top()
    report.body()
    if rng.random() < 0.5:
        report.writer.footnote(report.margin, report.right)
    if rng.random() < 0.85:
        report.writer.page_number()
    canvas = report.canvas
    if report.charts:
        canvas.questions += chart_questions.ask(rng, canvas, report.charts, 8, named=True)
    canvas.questions += report.writer.ask(10)
    return canvas
