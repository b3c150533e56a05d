"""Which pages may calibrate: never one that is kept for measuring, whatever it is called."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from pinpoint_edge.errors import DataError
from pinpoint_quantization.calibration.pages import QUESTIONS, sample

DEMO = Path(__file__).parents[3] / "demo"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of five pages of one's own."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(5):
        Image.new("RGB", (64, 48 + number), "white").save(folder / f"{number}.png")
    (folder / "notes.txt").write_text("no page")
    return folder


def test_pages_of_a_folder_are_asked_general_questions(own: Path) -> None:
    pages = sample(own, 3)
    assert len(pages) == 3
    assert [question for question, _ in pages[0].questions] == list(QUESTIONS)
    assert all(answer is None for _, answer in pages[0].questions)
    assert sample(own, 3) == pages
    assert len(sample(own, 99)) == 5


def test_annotated_pages_bring_their_true_answers(own: Path) -> None:
    row = {
        "id": "1", "image": "0.png", "question": "What is the date?", "answers": ["1/2/2020"],
        "answer_boxes": [[1, 1, 9, 9]], "support_boxes": [], "page": 0, "width": 64, "height": 48,
    }  # fmt: skip
    unanswerable = row | {"id": "2", "answers": [], "answer_boxes": []}
    (own / "qa.jsonl").write_text(json.dumps(row) + "\n" + json.dumps(unanswerable) + "\n")
    (page,) = sample(own / "qa.jsonl", 9)
    assert page.questions == (("What is the date?", "1/2/2020"), ("What is the date?", ""))
    (own / "qa.jsonl").write_text(json.dumps(row | {"use": "measure"}) + "\n")
    with pytest.raises(DataError, match="measured only, as its annotations say"):
        sample(own / "qa.jsonl", 9)


def test_a_page_kept_for_measuring_is_known_under_any_name(own: Path) -> None:
    kept = sorted((DEMO / "documents").glob("sroie-*.jpg"))[0]
    shutil.copy(kept, own / "renamed.jpg")
    with pytest.raises(DataError, match=r"renamed\.jpg is kept for measuring \(sroie dev\)"):
        sample(own, 3)
    assert len(sample(own, 99, skip_held_out=True)) == 5


def test_a_page_kept_for_measuring_is_known_by_its_set_and_name(tmp_path: Path) -> None:
    folder = tmp_path / "sroie" / "images"
    folder.mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(folder / "007.jpg")  # other pixels: it was scaled, say
    with pytest.raises(DataError, match="kept for measuring"):
        sample(folder, 1)
    funsd = tmp_path / "funsd_dev"
    funsd.mkdir()
    Image.new("RGB", (8, 8)).save(funsd / "any.png")
    with pytest.raises(DataError, match="measured only"):
        sample(funsd, 1)


def test_nothing_to_calibrate_on_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no pages to calibrate on"):
        sample(tmp_path, 3)
    with pytest.raises(DataError, match="no such file or folder"):
        sample(tmp_path / "none", 3)
    (tmp_path / "qa.jsonl").write_text("")
    with pytest.raises(DataError, match="there are no questions"):
        sample(tmp_path / "qa.jsonl", 3)
