"""Line crops: the texts of a line, the cache, and the command that cuts them."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from pinpoint_data.reference_lines import ReferenceLine, is_torn, matched, with_case
from pinpoint_data.splits import dev_images, is_kept
from pinpoint_edge.errors import DataError, OptionError
from pinpoint_edge.vision.ctc import Transcription
from pinpoint_models.paths import weights_folder
from pinpoint_models.weights import load_characters
from pinpoint_train.commands.line_crops import command
from pinpoint_train.lines.line_crops import (
    pack,
    read_line_crops,
    read_sets,
    spread,
    write_line_crops,
)
from pinpoint_train.lines.ocr_teacher import accepted
from pinpoint_train.lines.other_scripts import other_script_crops

from ..drawn_line_crops import drawn, drawn_line_crops


def test_a_region_takes_the_text_of_the_boxes_it_covers() -> None:
    truths = [
        ReferenceLine((100, 10, 160, 30), "Total"),
        ReferenceLine((170, 10, 200, 30), "due"),
        ReferenceLine((100, 50, 200, 70), "Name"),
        ReferenceLine((100, 90, 150, 110), "co"),
        ReferenceLine((151, 90, 200, 110), "py"),
    ]
    line, wide, part, torn = (
        (96, 8, 206, 32),
        (40, 48, 206, 72),
        (96, 8, 130, 32),
        (98, 88, 202, 112),
    )
    assert matched([line], truths) == [(0, "Total due")]
    assert matched([wide, part], truths) == []  # wider than its text; cut through a word
    assert matched([torn, (98, 48, 204, 72)], truths) == [(1, "Name")]  # "co py" or "copy"?
    assert matched([], truths) == matched([line], []) == []


@pytest.mark.parametrize(
    ("text", "reading", "result"),
    [
        ("THANK YOU FOR COMING", "ThankYou for coming", "Thank You for coming"),
        ("TEL: 07-3507405", "Tel:07-3507405", "Tel: 07-3507405"),
        ("CASHLER", "Cashier", "Cashler"),
        ("GST ID", "", "GST ID"),
    ],
)
def test_capitals_take_the_case_of_a_reading(text: str, reading: str, result: str) -> None:
    assert with_case(text, reading) == result


def test_a_torn_text_layer_is_noticed() -> None:
    assert is_torn("Weekl y /Irre g ular")
    assert not is_torn("Page 1 of 4")
    assert not is_torn("A b")


def test_a_teacher_must_be_sure_and_agree() -> None:
    assert accepted(Transcription("Total due", [0.95] * 9), "Totaldue") == ""
    assert accepted(Transcription("Total due", [0.5] * 9), "Total due") == "unsure"
    assert accepted(Transcription("Total due", [0.99] * 9), "Tax id") == "disagrees"
    assert accepted(Transcription(" ", [0.99]), "") == "empty"


def test_pages_of_a_kept_document_are_kept_in_any_set() -> None:
    listed = sorted(dev_images()["fcc_adbuy"])[0]
    document = listed.rpartition("_p")[0]
    assert is_kept(f"fcc_adbuy/{listed}")
    assert is_kept(f"pdfs/{document}.pdf#7")
    assert is_kept(f"sroie/{sorted(dev_images()['sroie'])[0]}")
    assert is_kept("funsd_dev/1.png")
    assert not is_kept("sroie/no such receipt.jpg")


def test_a_cache_comes_back_to_the_pixel(tmp_path: Path) -> None:
    lines = drawn_line_crops(4)
    assert write_line_crops(tmp_path / "made", lines) == 4
    assert read_sets(tmp_path) == {"made": lines}
    assert np.array_equal(lines[0].pixels(), drawn(lines[0].text))
    assert [line.text for line in spread(lines, 2)] == [lines[0].text, lines[2].text]
    (tmp_path / "made" / "line_crops.bin").write_bytes(b"cut off")
    with pytest.raises(DataError, match="no cache of line crops"):
        read_line_crops(tmp_path / "made")
    with pytest.raises(DataError, match="not uint8"):
        pack(np.zeros((16, 9, 3), np.uint8), "", "", "")


def test_the_command_parts_receipts_by_the_dev_list(tmp_path: Path) -> None:
    """One receipt of each side whose regions are known: the kept one goes to dev alone."""
    kept, free = sorted(dev_images()["sroie"])[0], "no such receipt.jpg"
    folder, corpus = tmp_path / "sroie", tmp_path / "corpus"
    (folder / "images").mkdir(parents=True)
    corpus.mkdir()
    line = drawn("Thank You")
    page = np.full((200, 400, 3), 255, np.uint8)
    page[80:128, 100 : 100 + line.shape[1]] = line
    box = [100, 80, 100 + line.shape[1], 128]
    x0, y0, x1, y1 = box
    region = {"quad": [[x0, y0], [x1, y0], [x1, y1], [x0, y1]], "box": box, "text": "ThankYou"}
    with (
        (folder / "lines.jsonl").open("w") as lines,
        (corpus / "sroie-00000.jsonl").open("w") as shard,
    ):
        for name in (kept, free):
            Image.fromarray(page).save(folder / "images" / name, "PNG")
            text = {"box": box, "text": "THANK YOU"}
            lines.write(json.dumps({"image": f"images/{name}", "lines": [text]}) + "\n")
            shard.write(json.dumps({"id": f"sroie/{name}", "regions": [region]}) + "\n")
    (folder / "qa.jsonl").touch()
    arguments = ["--data", str(folder), "--out", str(tmp_path / "out")]
    with pytest.raises(OptionError, match="--corpus"):
        CliRunner().invoke(command, arguments, catch_exceptions=False)
    told = CliRunner().invoke(
        command, [*arguments, "--corpus", str(corpus)], catch_exceptions=False
    )
    assert "sroie: 1 to train on, 1 held out (human 2)" in told.output
    (trained,) = read_line_crops(tmp_path / "out" / "train" / "sroie")
    (away,) = read_line_crops(tmp_path / "out" / "dev" / "sroie")
    assert (trained.page, trained.text) == (f"sroie/{free}", "Thank You")
    assert (away.page, away.text) == (f"sroie/{kept}", "THANK YOU")  # as people wrote it
    assert np.array_equal(trained.pixels(), line)


def test_lines_of_other_scripts_are_written_in_known_characters() -> None:
    characters = load_characters(weights_folder())
    made = other_script_crops(characters, 3, seed=0)
    assert "accents" in made  # DejaVu comes with matplotlib
    for lines in made.values():
        assert all(set(line.text) <= set(characters) for line in lines)
        assert all(line.pixels().min() < 100 for line in lines)
    assert other_script_crops(characters, 3, seed=0) == made
