"""Filling AcroForm pages: values land in the fields and are asked for by the words beside them."""

from pathlib import Path

import numpy as np
import pytest

from pinpoint_data.generator import finishing, irs
from pinpoint_data.generator.geometry import PageMap
from pinpoint_data.generator.synthetic_page import BY_ELEMENTS, DERIVED, SynthPage
from pinpoint_edge.errors import DataError

# (label, x, y of its baseline from the bottom), (field rectangle): three rows and two cells.
ROWS = [
    ("Wages and salaries", 60, 600, (400, 597, 560, 611)),
    ("Taxable interest", 60, 570, (400, 567, 560, 581)),
    ("Date of birth", 60, 540, (400, 537, 560, 551)),
    ("Name of taxpayer", 60, 500, (60, 480, 300, 496)),
    ("Home address", 320, 500, (320, 480, 560, 496)),
]
# (words beside it, x, y of their baseline), (check box), whether a square is printed.
BOXES = [
    ("Head of household", 74, 440, (60, 439, 68, 447), True),
    ("Qualifying spouse", 214, 440, (200, 439, 208, 447), False),
    ("if you are self-employed", 374, 440, (360, 439, 368, 447), True),
    ("Yes", 74, 420, (60, 419, 68, 427), True),
    ("No", 114, 420, (100, 419, 108, 427), True),
    ("Child tax credit", 214, 420, (200, 419, 208, 427), True),
    ("Child tax credit", 374, 420, (360, 419, 368, 427), True),
    ("Somebody else can claim you or your spouse as a dependent person", 74, 400,
     (60, 399, 68, 407), True),
    ("Lived apart from a spouse", 74, 380, (60, 379, 68, 387), True),
    ("Married filing jointly", 230, 380, (200, 379, 208, 387), True),
]  # fmt: skip
UNLABELLED = {"absent", *BY_ELEMENTS}
GOES_ON = ("for the last six months", 74, 370)
OPTIONS = {"Head of household", "Qualifying spouse"}


def _pdf(boxes: bool = False) -> bytes:
    """A one-page PDF with a text layer and five text fields, written by hand; maybe with BOXES."""
    set_in = [row[:3] for row in ROWS] + [box[:3] for box in BOXES if boxes] + [GOES_ON] * boxes
    text = "".join(f"BT /F 10 Tf {x} {y} Td ({label}) Tj ET\n" for label, x, y in set_in)
    squares = [place for *_, place, printed in BOXES if boxes and printed]
    text += "0.5 w\n" + "".join(f"{x} {y} {x1 - x} {y1 - y} re S\n" for x, y, x1, y1 in squares)
    fields = [("/FT /Tx", row[3]) for row in ROWS] + [("/FT /Btn", b[3]) for b in BOXES if boxes]
    if boxes:
        # A radio button (bit 16), a push button (bit 17) and what is off the page are no elements.
        fields += [("/FT /Btn /Ff 32768", (300, 300, 308, 308))]
        fields += [("/FT /Btn /Ff 65536", (400, 300, 500, 312))]
        fields += [("/FT /Btn", (700, 300, 708, 308))]
    first = 6
    kids = " ".join(f"{first + i} 0 R" for i in range(len(fields)))
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [{kids}] >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        f" /Resources << /Font << /F 5 0 R >> >> /Annots [{kids}] >>",
        f"<< /Length {len(text)} >>\nstream\n{text}endstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for i, (kind, box) in enumerate(fields):
        rect = " ".join(str(v) for v in box)
        objects.append(
            f"<< /Type /Annot /Subtype /Widget {kind} /T (f{i}) /P 3 0 R /Rect [{rect}] >>"
        )
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    out += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\n".encode()
    return out + f"startxref\n{start}\n%%EOF\n".encode()


@pytest.fixture
def form(tmp_path: Path) -> Path:
    path = tmp_path / "form.pdf"
    path.write_bytes(_pdf())
    return path


@pytest.fixture
def filled(form: Path) -> list[SynthPage]:
    return [next(irs.pages(form, seed)) for seed in range(12)]


@pytest.fixture
def boxed(tmp_path: Path) -> Path:
    path = tmp_path / "form.pdf"
    path.write_bytes(_pdf(boxes=True))
    return path


@pytest.fixture
def ticked(boxed: Path) -> list[SynthPage]:
    return [next(irs.pages(boxed, seed)) for seed in range(16)]


def _straight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves pages as they were filled: not moved, not worn, not spoiled."""
    monkeypatch.setattr(finishing, "random_map", lambda _, *size: PageMap(size))
    monkeypatch.setattr(finishing, "wear", lambda _, image: image)
    monkeypatch.setattr(finishing.degrade, "spoil", lambda _, image, __: np.asarray(image))


def test_labels_come_from_the_left_or_from_above(filled: list[SynthPage]) -> None:
    printed = {label for label, *_ in ROWS}
    asked = {q.label for p in filled for q in p.questions if q.field not in UNLABELLED}
    assert asked == printed


def test_answers_stand_in_their_fields(filled: list[SynthPage]) -> None:
    places = {label: rect for label, _, _, rect in ROWS}
    seen = 0
    for page in filled:
        texts = {line.text: line.box for line in page.lines}
        scale = page.image.shape[1] / 612
        for question in (q for q in page.questions if q.answers and q.field not in DERIVED):
            seen += 1
            box = question.answer_boxes[0]
            assert texts[question.answers[0]] == box
            assert box in question.support_boxes
            assert len(question.support_boxes) >= 2
            x0, y0, x1, y1 = places[question.label]
            middle = ((box[0] + box[2]) / 2 / scale, (box[1] + box[3]) / 2 / scale)
            # The page may be skewed or photographed with a margin, which also makes it larger.
            assert x0 - 45 < middle[0] < x1 + 45
            assert 792 - y1 - 60 < middle[1] < 792 - y0 + 60
    assert seen > 10


def test_kind_of_value_follows_the_label(filled: list[SynthPage]) -> None:
    dates = [
        q.answers[0]
        for p in filled
        for q in p.questions
        if q.answers and q.field == "label" and q.label == "Date of birth"
    ]
    assert all(any(c.isdigit() for c in text) for text in dates)


def test_the_same_seed_fills_the_same_way(form: Path) -> None:
    first, second = next(irs.pages(form, 3)), next(irs.pages(form, 3))
    assert first.questions == second.questions
    np.testing.assert_array_equal(first.image, second.image)


def test_a_folder_is_read_whole(form: Path) -> None:
    (form.parent / "other.pdf").write_bytes(_pdf())
    assert len(list(irs.pages(form.parent, 0))) == 2


def test_bad_paths_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No PDF form"):
        list(irs.pages(tmp_path, 0))
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 but no more")
    with pytest.raises(DataError, match=r"broken\.pdf"):
        list(irs.pages(broken, 0))


def test_check_boxes_become_marks(ticked: list[SynthPage]) -> None:
    for page in ticked:
        assert [element.kind for element in page.elements] == ["check"] * len(BOXES)
    states = [element.state for page in ticked for element in page.elements]
    assert 0.1 < sum(map(bool, states)) / len(states) < 0.6


def test_marks_stand_on_their_squares(boxed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _straight(monkeypatch)
    widgets = sorted(BOXES, key=lambda row: (792 - row[3][3], row[3][0]))
    on, off = [], []
    for seed in range(8):
        page = next(irs.pages(boxed, seed))
        scale = page.image.shape[1] / 612
        for element, (*_, (x0, y0, x1, y1), printed) in zip(page.elements, widgets, strict=True):
            inset = 0 if printed else 1
            wanted = (x0 + inset, 792 - y1 + inset, x1 - inset, 792 - y0 - inset)
            np.testing.assert_allclose(np.array(element.box) / scale, wanted, atol=0.5)
            left, top, right, bottom = (round(v) for v in element.box)
            grey = page.image[top - 1 : bottom + 2, left - 1 : right + 2].mean(axis=2)
            # A line at each of the four edges of the square, printed or drawn.
            for edge in (grey[:, :3], grey[:, -4:], grey[:3].T, grey[-4:].T):
                assert edge.mean(axis=0).min() < 215
            (on if element.state else off).append(grey[4:-4, 3:-3].min())
    assert min(off) > 200
    assert max(on) < 128


def test_boxes_with_clear_words_are_asked_for(ticked: list[SynthPage]) -> None:
    beside = {box[0] for box in BOXES}
    answers = set()
    for page in ticked:
        states = {element.box: element.state for element in page.elements}
        words = {line.text: line.box for line in page.lines}
        for question in (q for q in page.questions if q.label in beside):
            (box,) = question.answer_boxes
            assert question.answers == ["yes" if states[box] else "no"]
            assert question.support_boxes == [words[question.label], box]
            answers.add((question.label, question.answers[0]))
    assert answers == {(label, answer) for label in OPTIONS for answer in ("yes", "no")}


def test_ticks_are_the_same_for_a_seed(boxed: Path) -> None:
    first, second = next(irs.pages(boxed, 5)), next(irs.pages(boxed, 5))
    assert first.elements == second.elements
    np.testing.assert_array_equal(first.image, second.image)


def test_ticks_leave_the_values_alone(
    form: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _straight(monkeypatch)
    other = tmp_path / "boxed" / form.name
    other.parent.mkdir()
    other.write_bytes(_pdf(boxes=True))
    for seed in range(4):
        plain, with_boxes = (
            [line for line in next(irs.pages(path, seed)).lines if line.kind != "text"]
            for path in (form, other)
        )
        assert plain == with_boxes
