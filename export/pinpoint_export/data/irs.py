"""Real fillable forms (such as the IRS's, US Government works) filled with made-up values.

The fields' rectangles come from the PDF itself, their labels from the text layer: the words on the
same row to the left, or those just above. A field whose label is in doubt is filled, not asked for.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pypdfium2 as pdfium

from pinpoint_edge.errors import DataError
from pinpoint_export.data.finishing import finish
from pinpoint_export.data.fonts import Font, load, pick
from pinpoint_export.data.page_builder import Canvas, Colour, Field, Span
from pinpoint_export.data.pdf_layout import TextRun, open_pdf, takes_text, text_runs, widgets
from pinpoint_export.data.sample import Box, Line, SynthPage
from pinpoint_export.data.vocabulary import Maker

MIN_FIELDS = 4
_LEADERS = re.compile(r"(\s*[.▶►]\s*){3,}.*$|[\s.▶►:]+$")
_NUMBER = re.compile(r"^\d{1,2}[a-z]?$")
_HEAD = re.compile(r"^[▶►•\s]*(\d{1,2}[a-z]?|[a-z]|\([a-z]\))?\s+(?=[A-Z])|^[▶►•\s]+")
_WHOLE = re.compile(r"[A-Z].*[A-Za-z]{3}|[A-Z][A-Za-z]{2}")
_BROKEN = re.compile(r"([,—–(]|\b(and|or|if|the|of|to|from|a|your|for|in|on|with|page \d+))$", re.I)
_KIND_WORDS = (
    ("date", r"\bdate\b|day, year|mm/dd|birth"),
    ("id", r"\bssn\b|social security|\bein\b|\bno\.|number|account|\bid\b|\bpin\b|code"),
    ("phone", r"phone|fax"),
    ("email", r"e-?mail"),
    ("percent", r"percent|percentage|%|decimal|rate"),
    ("address", r"address|street|city|town"),
    ("name", r"name|preparer|spouse|proprietor|person"),
    (
        "phrase",
        r"describe|description|occupation|type|business|title|activity|country|explain|list",
    ),
)


def pages(path: Path, seed: int | str) -> Iterator[SynthPage]:
    """The fillable pages of a PDF, or of all PDFs of a folder, each filled once.

    Deterministic in `seed`, the file's name and the page number. DataError when `path` holds no
    PDF or one cannot be opened.
    """
    files = sorted(path.glob("*.pdf")) if path.is_dir() else [path]
    if not files or not all(file.is_file() for file in files):
        raise DataError(f"No PDF form was found at {path}; give a PDF file or a folder of them")
    for file in files:
        try:
            document = open_pdf(str(file))
        except pdfium.PdfiumError as error:
            raise DataError(f"{file} cannot be opened as a PDF ({error}); remove it") from error
        for number in range(len(document)):
            made = _fill(document[number], Random(f"{seed}:{file.name}:{number}"))
            if made is not None:
                yield made
        document.close()


def _fill(page: pdfium.PdfPage, rng: Random) -> SynthPage | None:
    fields = [box for box in widgets(page) if takes_text(box)]
    if len(fields) < MIN_FIELDS:
        return None
    runs = text_runs(page)
    scale = rng.uniform(1.3, 2.0)
    rendered = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    canvas = Canvas.over(rendered)
    for run in runs:
        canvas.lines.append(Line(_scaled(run.box, scale), run.text, "text"))
    make, share = Maker(rng), rng.uniform(0.35, 0.95)
    make.symbol = ""
    face = pick(rng, "sans mono mono hand serif narrow")
    ink: Colour = rng.choice(((0, 0, 0), (0, 0, 0), (20, 30, 120), (40, 40, 40)))
    labels = [_label(box, fields, runs) for box in fields]
    for box, label in zip(fields, labels, strict=True):
        spans: list[Span] = []
        if rng.random() < share:
            kind = _kind(box, " ".join(run.text for run in label))
            font = load(face, max(8, round(min(box[3] - box[1], 13.0) * 0.72 * scale)))
            spans = _write(canvas, _scaled(box, scale), kind, make, font, ink)
        _record(canvas, label, spans, scale)
    return finish(rng, canvas, "irs")


def _scaled(box: Box, scale: float) -> Box:
    x0, y0, x1, y1 = box
    return x0 * scale, y0 * scale, x1 * scale, y1 * scale


def _kind(box: Box, label: str) -> str:
    for kind, pattern in _KIND_WORDS:
        if re.search(pattern, label, re.I):
            return kind
    return "money" if box[2] - box[0] < 100 else "phrase"


def _write(canvas: Canvas, box: Box, kind: str, make: Maker, font: Font, ink: Colour) -> list[Span]:
    """Writes a value that fits into the field; gives nothing when none of some tries does."""
    room = box[2] - box[0] - 4
    for _ in range(6):
        text = make.value(kind)
        if kind == "money" and font.width(text) > room:
            text = text.split(".")[0]
        if font.width(text) <= room and text.isascii():
            break
    else:
        text = make.digits(1, 4)
        if font.width(text) > room:
            return []
    right = kind in ("money", "percent") and make.rng.random() < 0.7
    x, anchor = (box[2] - 2, "r") if right else (box[0] + 3, "l")
    y = (box[1] + box[3]) / 2 - font.ascent * 0.62
    kind_of_line = "hand" if font.face.style == "hand" else "value"
    return [canvas.text(x, y, text, font, ink, kind_of_line, anchor)]


def _label(box: Box, fields: list[Box], runs: list[TextRun]) -> list[TextRun]:
    """The runs that label a field: those above it in its cell, else its row to the left."""
    above = [
        run
        for run in runs
        if -3 <= box[1] - run.box[3] <= 6 or -6 <= box[1] - run.box[1] <= 4
        if run.box[0] >= box[0] - 5 and run.box[0] < box[2] - 8 and run.box[1] < box[1] + 3
        if run.box[2] <= box[2] + 25 and run.height < 12
    ]
    if above:
        return [max(above, key=lambda run: run.box[3] - abs(run.box[0] - box[0]) * 0.05)]
    others = [f for f in fields if f != box and _same_row(f, box) and f[2] <= box[0] + 1]
    fence = max((f[2] for f in others), default=0.0)
    row = [
        r
        for r in runs
        if _same_row(r.box, box) and fence - 1 <= r.box[0] and r.box[2] <= box[0] + 3
    ]
    return sorted(row, key=lambda run: run.box[0])


def _same_row(a: Box, b: Box) -> bool:
    overlap = min(a[3], b[3]) - max(a[1], b[1])
    return overlap > 0.5 * min(a[3] - a[1], b[3] - b[1])


def _record(canvas: Canvas, label: list[TextRun], spans: list[Span], scale: float) -> None:
    """Adds a field when its label reads like one."""
    words = [run for run in label if re.search(r"[A-Za-z]{3}", run.text)]
    if not words:
        return
    # The run nearest to the field: notes in the page's margin come before it in the same row.
    text = _HEAD.sub("", _LEADERS.sub("", words[-1].text)).strip()
    if not 3 <= len(text) <= 90 or not _WHOLE.match(text) or _BROKEN.search(text):
        return
    numbers = [run for run in label if _NUMBER.match(run.text)]
    marks = [Span(run.text, _scaled(run.box, scale)) for run in (words[-1], *numbers[-1:])]
    canvas.fields.append(Field(text, spans, "label", marks))
