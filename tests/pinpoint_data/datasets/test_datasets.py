"""Official data sets become rows of the annotation format; broken records are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pinpoint_data.commands.import_ import NAMES
from pinpoint_data.datasets import MODULES, load_reader
from pinpoint_data.datasets.item import Item, Skipped
from pinpoint_data.datasets.to_annotations import to_annotation
from pinpoint_edge.errors import DataError, OptionError, PageError
from pinpoint_edge.evaluation.annotations import Question, parse

from . import sample_sets


def items_of(name: str, folder: Path, split: str | None = None) -> tuple[list[Item], list[Skipped]]:
    found = list(load_reader(name).items(folder, split))
    return (
        [item for item in found if isinstance(item, Item)],
        [item for item in found if isinstance(item, Skipped)],
    )


def row_of(item: Item, out: Path, use: str = "train") -> tuple[dict[str, Any], Question]:
    row = to_annotation(item, out, use)
    question, problems = parse(row, out)
    assert question is not None, problems
    assert all(sheet.file.is_file() for sheet in question.all_pages)
    return row, question


def test_docvqa_proposes_boxes_from_its_ocr(tmp_path: Path):
    items, skipped = items_of("docvqa", sample_sets.docvqa(tmp_path / "docvqa"))
    assert [item.id for item in items] == ["docvqa-val-1", "docvqa-val-2", "docvqa-val-3"]
    assert skipped[0].reason == "the question is empty"
    assert "broken (KeyError: 'image')" in skipped[1].reason
    assert "keeps those of this split to itself" in skipped[2].reason
    row, question = row_of(items[0], tmp_path, "measure")
    assert row["image"] == "docvqa/spdocvqa_images/xnbl0037_1.png"
    assert (row["use"], row["field"], row["answers"]) == ("measure", "form", ["48.75", "$48.75"])
    assert question.answer_boxes == ((100, 120, 150, 140),)
    assert question.support_boxes[0][:2] == (20, 120)
    assert row["confidence"] > 0.9
    nowhere, _ = row_of(items[1], tmp_path)
    assert (nowhere["answer_boxes"], nowhere["confidence"]) == ([], 0.1)
    with pytest.raises(PageError, match=r"gone_1\.png: the image is missing"):
        to_annotation(items[2], tmp_path, "measure")


def test_mp_docvqa_names_all_pages(tmp_path: Path):
    (item,), (skipped,) = items_of("mp-docvqa", sample_sets.mp_docvqa(tmp_path))
    assert "answer_page_idx 9 is none of its 3 pages" in skipped.reason
    row, question = row_of(item, tmp_path)
    assert (row["image"], row["page"]) == ("images/snbx0223_p4.jpg", 4)
    assert [sheet.page for sheet in question.all_pages] == [3, 4, 5]
    assert question.answer_boxes == ((100, 120, 150, 140),)


def test_an_unknown_page_is_looked_for(tmp_path: Path):
    (item,), _ = items_of("mp-docvqa", sample_sets.mp_docvqa(tmp_path))
    anywhere = Item(item.id, item.question, item.answers, item.pages, place=None)
    assert row_of(anywhere, tmp_path)[1].page == 4


def test_infographicvqa(tmp_path: Path):
    (item, bare), skipped = items_of("infographicvqa", sample_sets.infographicvqa(tmp_path), "val")
    assert skipped == []
    row, question = row_of(item, tmp_path)
    assert question.answer_boxes == ((100, 120, 150, 140),)
    assert row["field"] == "single span"
    without, _ = row_of(bare, tmp_path)
    assert (without["answer_boxes"], without["confidence"]) == ([], 0.0)
    assert "no OCR file" in without["note"]


def test_chartqa_finds_bars_axis_and_legend(tmp_path: Path):
    (value, grew, year), (skipped,) = items_of("chartqa", sample_sets.chartqa(tmp_path))
    assert "label is empty" in skipped.reason
    row, question = row_of(value, tmp_path)
    assert question.answer_boxes == ((60, 80, 90, 170),)
    assert (60, 180, 90, 190) in question.support_boxes
    assert (200, 20, 240, 30) in question.support_boxes
    assert row["id"] == "chartqa-val-human-0"
    assert "on the axis" in row["note"]
    assert row_of(grew, tmp_path)[0]["answer_boxes"] == []
    assert row_of(year, tmp_path)[1].answer_boxes == ((120, 180, 150, 190),)


def test_funsd_has_boxes_and_is_for_measuring(tmp_path: Path):
    items, skipped = items_of("funsd", sample_sets.funsd(tmp_path))
    assert [item.question.split('"')[1] for item in items] == ["Date", "To"]
    row, question = row_of(items[1], tmp_path, load_reader("funsd").use)
    assert row["answers"] == ["Ann Bert"]
    assert question.answer_boxes == ((100, 120, 150, 140), (100, 150, 150, 170))
    assert question.support_boxes[0] == (20, 120, 80, 140)
    assert (row["use"], "confidence" in row) == ("measure", False)
    assert [s.what for s in skipped] == ["funsd-train-0000971160-7", "0000999999.json"]
    with pytest.raises(DataError, match="FUNSD has the splits train and test"):
        items_of("funsd", tmp_path, "val")


@pytest.mark.parametrize("layout", ["official", "entities", "key"])
def test_sroie_in_each_of_its_layouts(tmp_path: Path, layout: str):
    items, skipped = items_of("sroie", sample_sets.sroie(tmp_path, layout))
    assert [item.field for item in items] == ["company", "date", "total"]
    assert len(skipped) == 2
    assert "broken" in skipped[0].reason
    assert "has no image" in skipped[1].reason
    row, question = row_of(items[2], tmp_path)
    assert row["id"] == "sroie-train-X51005255805-total"
    assert len(question.support_boxes) == 2
    assert row_of(items[0], tmp_path)[0]["confidence"] > 0.5


MAKERS: dict[str, Callable[[Path], Path]] = {
    "docvqa": sample_sets.docvqa,
    "mp-docvqa": sample_sets.mp_docvqa,
    "infographicvqa": sample_sets.infographicvqa,
    "chartqa": sample_sets.chartqa,
    "funsd": sample_sets.funsd,
    "sroie": lambda folder: sample_sets.sroie(folder, "official"),
}


def test_the_command_knows_every_set():
    assert tuple(MODULES) == NAMES == tuple(MAKERS)


@pytest.mark.parametrize("name", MAKERS)
def test_a_folder_of_another_layout_is_refused(tmp_path: Path, name: str):
    (tmp_path / "readme.txt").write_text("nothing")
    with pytest.raises(DataError, match=r"holds|FUNSD"):
        items_of(name, tmp_path)


@pytest.mark.parametrize("name", MAKERS)
def test_only_the_named_split_is_read(tmp_path: Path, name: str):
    whole = items_of(name, MAKERS[name](tmp_path))[0]
    split = whole[0].id.split("-")[1 if name != "mp-docvqa" else 2]
    assert items_of(name, tmp_path, split)[0] == whole


def test_files_that_are_no_json(tmp_path: Path):
    folder = sample_sets.docvqa(tmp_path)
    sample_sets.write(folder / "spdocvqa_qas/val_v1.0_withQT.json", "{")
    with pytest.raises(DataError, match="cannot be read as JSON"):
        items_of("docvqa", folder, "val")
    sample_sets.write(folder / "spdocvqa_qas/val_v1.0_withQT.json", {"questions": []})
    with pytest.raises(DataError, match="no list 'data'"):
        items_of("docvqa", folder, "val")


def test_an_unknown_set():
    with pytest.raises(OptionError, match="'squad' is no data set"):
        load_reader("squad")
