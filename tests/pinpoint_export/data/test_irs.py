"""Filling AcroForm pages: values land in the fields and are asked for by the words beside them."""

from pathlib import Path

import numpy as np
import pytest

from pinpoint_edge.errors import DataError
from pinpoint_export.data import irs
from pinpoint_export.data.sample import DERIVED, SynthPage

# (label, x, y of its baseline from the bottom), (field rectangle): three rows and two cells.
ROWS = [
    ("Wages and salaries", 60, 600, (400, 597, 560, 611)),
    ("Taxable interest", 60, 570, (400, 567, 560, 581)),
    ("Date of birth", 60, 540, (400, 537, 560, 551)),
    ("Name of taxpayer", 60, 500, (60, 480, 300, 496)),
    ("Home address", 320, 500, (320, 480, 560, 496)),
]


def _pdf() -> bytes:
    """A one-page PDF with a text layer and five text fields, written by hand."""
    text = "".join(f"BT /F 10 Tf {x} {y} Td ({label}) Tj ET\n" for label, x, y, _ in ROWS)
    first = 6
    kids = " ".join(f"{first + i} 0 R" for i in range(len(ROWS)))
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [{kids}] >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        f" /Resources << /Font << /F 5 0 R >> >> /Annots [{kids}] >>",
        f"<< /Length {len(text)} >>\nstream\n{text}endstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for i, (_, _, _, box) in enumerate(ROWS):
        rect = " ".join(str(v) for v in box)
        objects.append(
            f"<< /Type /Annot /Subtype /Widget /FT /Tx /T (f{i}) /P 3 0 R /Rect [{rect}] >>"
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


def test_labels_come_from_the_left_or_from_above(filled: list[SynthPage]) -> None:
    printed = {label for label, *_ in ROWS}
    asked = {q.label for p in filled for q in p.questions if q.field != "absent"}
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
