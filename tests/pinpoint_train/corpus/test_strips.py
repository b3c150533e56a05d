"""Strips: what stands in a line according to others, the cache, and the command that cuts them."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from pinpoint_data.splits import dev_images, is_kept
from pinpoint_data.transcriptions import Truth, is_torn, matched, with_case
from pinpoint_edge.errors import DataError, OptionError
from pinpoint_edge.vision.ctc import Transcription
from pinpoint_models.paths import weights_folder
from pinpoint_models.weights import load_characters
from pinpoint_train.corpus.rare_scripts import rare_strips
from pinpoint_train.corpus.strip_cache import pack, read_sets, read_strips, spread, write_strips
from pinpoint_train.corpus.strips import main
from pinpoint_train.training.teacher import accepted

from ..made_strips import drawn, made_strips


def test_a_region_takes_the_text_of_the_boxes_it_covers() -> None:
    truths = [
        Truth((100, 10, 160, 30), "Total"),
        Truth((170, 10, 200, 30), "due"),
        Truth((100, 50, 200, 70), "Name"),
        Truth((100, 90, 150, 110), "co"),
        Truth((151, 90, 200, 110), "py"),
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
    strips = made_strips(4)
    assert write_strips(tmp_path / "made", strips) == 4
    assert read_sets(tmp_path) == {"made": strips}
    assert np.array_equal(strips[0].crop(), drawn(strips[0].text))
    assert [strip.text for strip in spread(strips, 2)] == [strips[0].text, strips[2].text]
    (tmp_path / "made" / "strips.bin").write_bytes(b"cut off")
    with pytest.raises(DataError, match="no cache of strips"):
        read_strips(tmp_path / "made")
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
        CliRunner().invoke(main, arguments, catch_exceptions=False)
    told = CliRunner().invoke(main, [*arguments, "--corpus", str(corpus)], catch_exceptions=False)
    assert "sroie: 1 to train on, 1 kept (human 2)" in told.output
    (trained,) = read_strips(tmp_path / "out" / "train" / "sroie")
    (away,) = read_strips(tmp_path / "out" / "dev" / "sroie")
    assert (trained.page, trained.text) == (f"sroie/{free}", "Thank You")
    assert (away.page, away.text) == (f"sroie/{kept}", "THANK YOU")  # as people wrote it
    assert np.array_equal(trained.crop(), line)


def test_rare_lines_are_written_in_known_characters() -> None:
    characters = load_characters(weights_folder())
    made = rare_strips(characters, 3, seed=0)
    assert "accents" in made  # DejaVu comes with matplotlib
    for strips in made.values():
        assert all(set(strip.text) <= set(characters) for strip in strips)
        assert all(strip.crop().min() < 100 for strip in strips)
    assert rare_strips(characters, 3, seed=0) == made
