"""`pinpoint-data whole`: PDFs that are asked what was asked about pictures of their pages."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from pinpoint_edge.evaluation.annotations import load_questions

from ...pinpoint_edge.vision import page_files
from .calls import Data, asked, write


def test_whole_asks_the_pdf_what_was_asked_about_a_picture_of_its_page(
    data: Data, tmp_path: Path
) -> None:
    sheets = [Image.new("RGB", (200, 100 + 50 * number), "white") for number in range(3)]
    (tmp_path / "pdfs").mkdir()
    sheets[0].save(
        tmp_path / "pdfs" / "a.pdf", save_all=True, append_images=sheets[1:], resolution=72
    )
    sheets[1].save(tmp_path / "a_p1.png")
    sheets[1].save(tmp_path / "b_p0.png")
    page = {"page": 1, "width": 200, "height": 150, "answers": ["48.75"], "question": "Total?"}
    boxes = {"answer_boxes": [[10, 20, 60, 40]], "support_boxes": [[10, 20, 60, 40]]}
    file = write(
        tmp_path / "qa.jsonl",
        {"id": "1", "image": "a_p1.png", **page, **boxes},
        {"id": "2", "image": "b_p0.png", **page, **boxes},
    )
    out = tmp_path / "made" / "whole.jsonl"
    out.parent.mkdir()
    call = ("whole", file, "--pdfs", tmp_path / "pdfs", "-o", out)
    code, said, _ = data(*call, "--json")
    assert code == 0
    assert json.loads(said) == {"out": str(out), "questions": 1, "documents": 1, "left_out": 1}
    (question,) = load_questions(out)
    # Pages are opened at 144 dots an inch, twice the size of the picture.
    assert [(s.image, s.page, s.width, s.height) for s in question.all_pages] == [
        ("../pdfs/a.pdf", 0, 400, 200),
        ("../pdfs/a.pdf", 1, 400, 300),
        ("../pdfs/a.pdf", 2, 400, 400),
    ]
    assert question.page == 1
    assert question.answer_boxes == question.support_boxes == ((20, 40, 120, 80),)
    assert data("validate", out, "--open")[0] == 0
    code, _, error = data(*call)
    assert code != 0
    assert "there already" in error


def test_whole_says_which_page_a_pdf_lacks_and_when_it_has_none(data: Data, tmp_path: Path) -> None:
    picture = Image.new("RGB", (200, 100), "white")
    picture.save(tmp_path / "a.pdf")
    picture.save(tmp_path / "a_p4.png")
    page = {"id": "1", "image": "a_p4.png", "page": 4, "width": 200, "height": 100}
    row = {**page, **asked(image="a_p4.png"), "answer_boxes": [], "support_boxes": []}
    file = write(tmp_path / "qa.jsonl", row)
    code, _, error = data("whole", file, "--pdfs", tmp_path, "-o", tmp_path / "out.jsonl")
    assert code != 0
    assert "a.pdf has no page 4" in error
    assert not (tmp_path / "out.jsonl").exists()
    (tmp_path / "a.pdf").unlink()
    code, _, error = data("whole", file, "--pdfs", tmp_path, "-o", tmp_path / "out.jsonl")
    assert code != 0
    assert "has no PDF of a page" in error


def text_pdf(*texts: str) -> bytes:
    """A PDF of pages of 72x72 points, each with a line of text at (10, 30) from its lower left."""
    font = 3 + 2 * len(texts)
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(len(texts)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(texts)} >>".encode(),
    ]
    for number, text in enumerate(texts):
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 72] /Contents {4 + 2 * number} 0 R"
            f" /Resources << /Font << /F {font} 0 R >> >> >>".encode(),
            page_files.stream(f"BT /F 8 Tf 10 30 Td ({text}) Tj ET".encode()),
        ]
    helvetica = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    return page_files.pdf([*objects, helvetica])


def test_whole_marks_where_other_pages_say_the_answer_too(data: Data, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(text_pdf("No 48.75", "No 48.751", "No 48.75"))
    Image.new("RGB", (144, 144), "white").save(tmp_path / "a_p0.png")
    page = {"id": "1", "image": "a_p0.png", "page": 0, "width": 144, "height": 144}
    boxes = {"answer_boxes": [[40, 68, 80, 84]], "support_boxes": [[40, 68, 80, 84]]}
    file = write(tmp_path / "qa.jsonl", {**page, **asked(image="a_p0.png"), **boxes})
    assert data("whole", file, "--pdfs", tmp_path, "-o", tmp_path / "out.jsonl")[0] == 0
    (question,) = load_questions(tmp_path / "out.jsonl")
    assert [len(sheet.alt_answer_boxes) for sheet in question.all_pages] == [0, 0, 1]
    ((x0, y0, x1, y1),) = question.all_pages[2].alt_answer_boxes
    assert 18 <= x0 < 24 < 70 < x1 < 110
    assert 60 < y0 < 76 < y1 < 92
