"""OCR files in the annotators of the sets that they come with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pinpoint_data.annotating.ocr_files import read_line_file, read_ocr
from pinpoint_edge.errors import DataError

from .sample_ocr import chart, microsoft, textract


def written(folder: Path, value: Any) -> Path:
    path = folder / "page.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_microsoft_read_in_pixels_of_another_size(tmp_path: Path):
    content = microsoft([("Total:", (20, 20, 80, 40)), ("48.75", (100, 20, 180, 40))], (400, 200))
    (line,) = read_ocr(written(tmp_path, content), (200, 100))
    assert line.text == "Total: 48.75"
    assert line.box == (10, 10, 90, 20)
    assert line.part(7, 12) == pytest.approx((50, 10, 90, 20))


@pytest.mark.parametrize("grouped", [True, False])
def test_textract_grouped_and_as_it_comes(tmp_path: Path, grouped: bool):
    content = textract(
        [[("Total:", (10, 10, 40, 20)), ("48.75", (50, 10, 90, 20))]], (200, 100), grouped=grouped
    )
    (line,) = read_ocr(written(tmp_path, content), (200, 100))
    assert line.text == "Total: 48.75"
    assert line.part(7, 12) == pytest.approx((50, 10, 90, 20))


def test_the_elements_of_a_chart(tmp_path: Path):
    lines = {line.text: line.box for line in read_ocr(written(tmp_path, chart()), (300, 200))}
    assert lines["Sales by year"] == (60, 5, 160, 20)
    assert lines["2019"] == (60, 180, 90, 190)
    assert lines["41.5"] == (60, 80, 90, 170)
    assert {"Year", "Online"} <= lines.keys()


def test_sroie_lines_hold_commas_and_latin_1(tmp_path: Path):
    path = tmp_path / "X1.txt"
    path.write_bytes(
        "10,20,110,20,110,40,10,40,CAF\xc9 RM1,250.00\r\n\r\nbroken\r\n".encode("latin-1")
    )
    (line,) = read_ocr(path, (200, 100))
    assert (line.text, line.box) == ("CAFÉ RM1,250.00", (10, 20, 110, 40))


@pytest.mark.parametrize(
    "value",
    [
        *({}, [], 7, None, {"recognitionResults": [{}]}, {"LINE": [{"Text": "a"}]}, {"models": 3}),
        {"models": [{"bboxes": [1], "y": [1]}]},
    ],
)
def test_json_of_no_known_kind_is_refused(tmp_path: Path, value: Any):
    with pytest.raises(DataError, match=r"page\.json: this is no OCR file of a known kind"):
        read_ocr(written(tmp_path, value), (200, 100))


def test_files_that_are_none(tmp_path: Path):
    with pytest.raises(DataError, match="cannot be read"):
        read_ocr(tmp_path / "gone.json", (1, 1))
    (tmp_path / "half.json").write_text('{"LINE": [')
    with pytest.raises(DataError, match="no OCR file"):
        read_ocr(tmp_path / "half.json", (1, 1))


def test_a_file_of_lines(tmp_path: Path):
    path = tmp_path / "lines.jsonl"
    row = {
        "image": "a.png",
        "lines": [{"box": [0, 0, 40, 9], "text": "ab", "spans": [[0, 0.1], [0.1, 1]]}],
    }
    path.write_text(json.dumps(row) + "\n\n")
    assert read_line_file(path)["a.png"][0].part(1, 2) == (4, 0, 40, 9)
    path.write_text(json.dumps(row) + '\n{"image": "b.png"}\n')
    with pytest.raises(DataError, match=r"lines\.jsonl, line 2: this is no page of lines"):
        read_line_file(path)
