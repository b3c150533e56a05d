"""Real fillable forms (such as the IRS's, US Government works) filled with made-up values.

The fields' rectangles come from the PDF itself, their labels from the text layer: the words on the
same row to the left, or those just above. A field whose label is in doubt is filled, not asked for.
Check boxes become elements, some of them ticked; a box is asked for by the words right of it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium

from pinpoint_data.generator.finishing import finish
from pinpoint_data.generator.fonts import Font, load, pick
from pinpoint_data.generator.layouts.forms.ticks import TickLook
from pinpoint_data.generator.page_builder import (
    Colour,
    FormField,
    LabelledElement,
    PageCanvas,
    TextSpan,
)
from pinpoint_data.generator.pdf_layout import TextRun, open_pdf, text_runs, widgets
from pinpoint_data.generator.synthetic_page import Box, DrawnLine, SynthPage
from pinpoint_data.generator.text.vocabulary import Maker
from pinpoint_edge.errors import DataError

MIN_FIELDS = 4
TICKED_SHARE = (0.15, 0.5)
"""The least and the largest share of a page's check boxes to be ticked."""
LABEL_GAP = 15.0
"""Points between a check box and its label at most."""
LABEL_LENGTH = (4, 60)
"""Letters of a check box's label; shorter ones ("Yes") answer a question somewhere else."""
_LEADERS = re.compile(r"(\s*[.▶►]\s*){3,}.*$|[\s.▶►:]+$")
_NUMBER = re.compile(r"^\d{1,2}[a-z]?$")
_HEAD = re.compile(r"^[▶►•\s]*(\d{1,2}[a-z]?|[a-z]|\([a-z]\))?\s+(?=[A-Z])|^[▶►•\s]+")
_WHOLE = re.compile(r"[A-Z].*[A-Za-z]{3}|[A-Z][A-Za-z]{2}")
_BROKEN = re.compile(r"([,—–(]|\b(and|or|if|the|of|to|from|a|your|for|in|on|with|page \d+))$", re.I)
_OPTION = re.compile(r"[A-Z](?=.*[A-Za-z]{3})")
# Options that go on with a sentence begun left of the box, answers to a question elsewhere, and
# letters that the text layer sets apart.
_DOUBTFUL = re.compile(r"(And|Or|If|Are|Is|Was|Were|Has|Have|Yes|No)\b|.*(\b\w ){3}")
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
            made = _fill(document[number], f"{seed}", f"{file.name}:{number}")
            if made is not None:
                yield made
        document.close()


def _fill(page: pdfium.PdfPage, seed: str, name: str) -> SynthPage | None:
    rng = Random(f"{seed}:{name}")
    found = widgets(page)
    fields = [widget.box for widget in found if widget.takes_text]
    if len(fields) < MIN_FIELDS:
        return None
    runs = text_runs(page)
    scale = rng.uniform(1.3, 2.0)
    rendered = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    printed = np.asarray(rendered.convert("L"), dtype=np.float64)
    canvas = PageCanvas.over(rendered)
    for run in runs:
        canvas.lines.append(DrawnLine(_scaled(run.box, scale), run.text, "text"))
    make, share = Maker(rng), rng.uniform(0.35, 0.95)
    make.symbol = ""
    face = pick(rng, "sans mono mono hand serif narrow")
    ink: Colour = rng.choice(((0, 0, 0), (0, 0, 0), (20, 30, 120), (40, 40, 40)))
    labels = [_label(box, fields, runs) for box in fields]
    for box, label in zip(fields, labels, strict=True):
        spans: list[TextSpan] = []
        if rng.random() < share:
            kind = _kind(box, " ".join(run.text for run in label))
            font = load(face, max(8, round(min(box[3] - box[1], 13.0) * 0.72 * scale)))
            spans = _write(canvas, _scaled(box, scale), kind, make, font, ink)
        _record(canvas, label, spans, scale)
    wide, high = page.get_size()
    boxes = [widget.box for widget in found if widget.kind == "check"]
    boxes = [box for box in boxes if min(box) >= 0 and box[2] <= wide and box[3] <= high]
    # Draws of their own: the values stay what they are without ticks.
    _tick_boxes(Random(f"{seed}:ticks:{name}"), canvas, boxes, runs, printed, scale)
    return finish(rng, canvas, "irs")


def _scaled(box: Box, scale: float) -> Box:
    x0, y0, x1, y1 = box
    return x0 * scale, y0 * scale, x1 * scale, y1 * scale


def _kind(box: Box, label: str) -> str:
    for kind, pattern in _KIND_WORDS:
        if re.search(pattern, label, re.I):
            return kind
    return "money" if box[2] - box[0] < 100 else "phrase"


def _write(
    canvas: PageCanvas, box: Box, kind: str, make: Maker, font: Font, ink: Colour
) -> list[TextSpan]:
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


def _record(canvas: PageCanvas, label: list[TextRun], spans: list[TextSpan], scale: float) -> None:
    """Adds a field when its label reads like one."""
    words = [run for run in label if re.search(r"[A-Za-z]{3}", run.text)]
    if not words:
        return
    # The run nearest to the field: notes in the page's margin come before it in the same row.
    text = _HEAD.sub("", _LEADERS.sub("", words[-1].text)).strip()
    if not 3 <= len(text) <= 90 or not _WHOLE.match(text) or _BROKEN.search(text):
        return
    numbers = [run for run in label if _NUMBER.match(run.text)]
    parts = [TextSpan(run.text, _scaled(run.box, scale)) for run in (words[-1], *numbers[-1:])]
    canvas.fields.append(FormField(text, spans, "label", parts))


def _tick_boxes(
    rng: Random,
    canvas: PageCanvas,
    boxes: list[Box],
    runs: list[TextRun],
    printed: npt.NDArray[np.float64],
    scale: float,
) -> None:
    """Ticks some of the check boxes; `printed` is the grey page before anything was filled in."""
    look, share = TickLook.random(rng, (0, 0, 0), "box"), rng.uniform(*TICKED_SHARE)
    for box in boxes:
        place = _scaled(box, scale)
        if not _prints_square(printed, place, scale):
            x0, y0, x1, y1 = box
            # A little smaller: such fields reach to the rules of their row.
            place = _scaled((x0 + 1, y0 + 1, x1 - 1, y1 - 1), scale)
            canvas.frame(place)
        element = look.over(rng, canvas, place, rng.random() < share)
        run = _option(box, boxes, runs)
        if run is not None:
            spans = [TextSpan(run.text, _scaled(run.box, scale))]
            canvas.labelled.append(LabelledElement(element, _option_text(run), spans))


def _prints_square(printed: npt.NDArray[np.float64], box: Box, scale: float) -> bool:
    """Whether the page has a dark line at the left and at the right edge of a box.

    Those above and below may be rules of a table.
    """
    x0, y0, x1, y1 = (round(v) for v in box)
    inset, reach = (y1 - y0) // 5, max(1, round(scale))
    rows = printed[y0 + inset : y1 - inset]
    paper = float(np.median(rows[:, x0 + inset : x1 - inset]))
    edges = (rows[:, max(0, x - reach) : x + reach + 1].mean(axis=0) for x in (x0, x1))
    return all(bool(edge.min() < paper - 40) for edge in edges)


def _option(box: Box, boxes: list[Box], runs: list[TextRun]) -> TextRun | None:
    """The run right of a check box that labels it; none when in doubt."""
    right = [
        run for run in runs if _same_row(run.box, box) and -1 <= run.box[0] - box[2] <= LABEL_GAP
    ]
    if len(right) != 1:
        return None
    run, text = right[0], _option_text(right[0])
    least, most = LABEL_LENGTH
    if not least <= len(text) <= most or not _OPTION.match(text) or _DOUBTFUL.match(text):
        return None
    if _BROKEN.search(text) or text.count("(") != text.count(")"):
        return None
    if any(_same_row(other, run.box) and run.box[0] < other[0] < run.box[2] for other in boxes):
        return None
    times = sum(_option_text(other).lower() == text.lower() for other in runs)
    return None if times > 1 or _goes_on(run, boxes, runs) else run


def _option_text(run: TextRun) -> str:
    return _LEADERS.sub("", run.text).strip()


def _goes_on(label: TextRun, boxes: list[Box], runs: list[TextRun]) -> bool:
    """Whether the label goes on below, on a line that has no check box of its own."""
    x0, _, _, y1 = label.box
    below = [
        run.box
        for run in runs
        if abs(run.box[0] - x0) < 4 and -0.3 < (run.box[1] - y1) / label.height < 0.5
    ]
    return any(
        not any(_same_row(box, line) and 0 < line[0] - box[2] <= LABEL_GAP for box in boxes)
        for line in below
    )
