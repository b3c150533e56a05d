"""Reading pages once: annotated folders become shards, broken pages are named and skipped."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from pinpoint_edge.errors import DataError, OptionError
from pinpoint_models.glance import HEIGHT
from pinpoint_models.paths import weights_folder
from pinpoint_train.commands.prepare import command
from pinpoint_train.corpus import page_sources
from pinpoint_train.corpus.page_sources import ShardTask, annotated_pages, annotated_tasks
from pinpoint_train.corpus.prepare import make_shard
from pinpoint_train.corpus.shards import read_shard, shards

from ..drawn_page import drawn_page

PAGES = {
    "b.png": ["Shop of Ann", "Total: 60.30"],
    "a.png": ["Agency Smith", "Order 1234", "Gross 99.00"],
}


def annotation(image: str, number: int, **more: Any) -> dict[str, Any]:
    record = {"id": f"q{number}", "image": f"images/{image}", "question": "What is the total?"}
    record |= {"answers": [], "answer_boxes": [], "support_boxes": []}
    return record | {"page": 0, "width": 640, "height": 400} | more


def annotated(folder: Path, records: list[dict[str, Any]]) -> Path:
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for name, lines in PAGES.items():
        Image.fromarray(drawn_page(lines)[0]).save(folder / "images" / name)
    lines = [json.dumps(record) + "\n" for record in records]
    (folder / "qa.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


def tasks_of(folder: Path) -> list[ShardTask]:
    return annotated_tasks(folder)


def test_each_image_is_one_page_with_all_of_its_questions(tmp_path: Path) -> None:
    records = [annotation("b.png", 1), annotation("a.png", 2), annotation("b.png", 3, field="tax")]
    (task,) = tasks_of(annotated(tmp_path / "bills", records))
    assert (task.source, task.name, task.number) == ("annotated", "bills", 0)
    skipped: list[str] = []
    first, second = annotated_pages(task.items, task.name, skipped)
    assert (first.id, second.id, second.kind) == ("bills/a.png", "bills/b.png", "bills")
    assert np.array_equal(second.image, drawn_page(PAGES["b.png"])[0])
    assert [question["id"] for question in second.questions] == ["q1", "q3"]
    stored = json.loads(json.dumps(second.questions[1]))
    assert stored == {**stored, **records[2]}
    assert skipped == []


def test_shards_hold_fifty_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_sources, "SHARD_PAGES", 1)
    tasks = tasks_of(annotated(tmp_path, [annotation("b.png", 1), annotation("a.png", 2)]))
    assert [(task.number, task.items[0][1]) for task in tasks] == [
        (0, "images/a.png"),
        (1, "images/b.png"),
    ]


def test_a_page_of_a_document_is_opened_by_its_number(tmp_path: Path) -> None:
    folder = annotated(tmp_path / "bills", [annotation("scan.tif", 1, page=1)])
    first, second = (Image.fromarray(drawn_page(lines)[0]) for lines in PAGES.values())
    first.save(folder / "images" / "scan.tif", save_all=True, append_images=[second])
    (task,) = tasks_of(folder)
    (page,) = annotated_pages(task.items, task.name, [])
    assert page.id == "bills/scan.tif#2"
    assert np.array_equal(page.image, np.asarray(second))


def test_annotations_that_would_mislead_are_refused(tmp_path: Path) -> None:
    broken = annotated(tmp_path / "a", [annotation("b.png", 1) | {"answers": "60.30"}])
    with pytest.raises(DataError, match="answers: expected array"):
        tasks_of(broken)
    twice = annotated(tmp_path / "b", [annotation("b.png", 1), annotation("more/b.png", 2)])
    (twice / "images" / "more").mkdir()
    shutil.copy(twice / "images" / "a.png", twice / "images" / "more" / "b.png")
    with pytest.raises(DataError, match=r"2 images named b\.png"):
        tasks_of(twice)
    with pytest.raises(DataError, match="no such file"):
        tasks_of(tmp_path)


def test_what_is_for_measuring_only_is_no_training_set(tmp_path: Path) -> None:
    records = [annotation("b.png", 1) | {"use": "measure"}]
    with pytest.raises(DataError, match="is for measuring only"):
        tasks_of(annotated(tmp_path / "scans", records))
    (task,) = tasks_of(annotated(tmp_path / "funsd_test", records))
    assert task.items[0][2][0]["use"] == "measure"


def test_a_question_about_several_pages_is_kept_with_its_own(tmp_path: Path) -> None:
    other = {"image": "images/a.png", "page": 5, "width": 640, "height": 400}
    record = annotation("b.png", 1, other_pages=[other])
    (task,) = tasks_of(annotated(tmp_path / "a", [record]))
    ((_, image, (record,)),) = task.items
    assert (image, "other_pages" in record) == ("images/b.png", False)


def test_the_command_needs_something_to_read(tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "out")]
    with pytest.raises(OptionError, match="No pages to read"):
        CliRunner().invoke(command, out, catch_exceptions=False)
    with pytest.raises(DataError, match="holds no PDF"):
        CliRunner().invoke(command, [*out, "--irs", str(tmp_path)], catch_exceptions=False)


@pytest.mark.slow
def test_a_shard_is_read_and_a_truncated_image_named(tmp_path: Path, graphs: Path) -> None:
    total = drawn_page(PAGES["b.png"])[1]["Total: 60.30"]
    gold = {"answers": ["60.30"], "answer_boxes": [total], "support_boxes": [total]}
    records = [annotation("b.png", 1, **gold), annotation("a.png", 2), annotation("c.png", 3)]
    folder = annotated(tmp_path / "bills.v2", records)
    whole = (folder / "images" / "b.png").read_bytes()
    (folder / "images" / "c.png").write_bytes(whole[: len(whole) // 2])
    out = tmp_path / "corpus"
    shutil.copytree(graphs, out / "graphs")
    (task,) = annotated_tasks(folder)
    name, count, skipped = make_shard(task, weights_folder(), out)
    assert (name, count) == ("bills.v2-00000", 2)
    assert len(skipped) == 1
    assert "c.png" in skipped[0]
    assert sorted(path.name for path in out.iterdir()) == [
        "bills.v2-00000.jsonl",
        "bills.v2-00000.npz",
        "graphs",
    ]
    (path,) = shards(out, ["bills.v2"])
    first, second = read_shard(path)
    assert [first.texts[i] for row in first.layout.rows for i in row] == PAGES["a.png"]
    assert (second.id, second.kind, second.size) == ("bills.v2/b.png", "bills.v2", (640, 400))
    (question,) = second.questions
    assert question.target == "60.30"
    assert [second.texts[i] for i in question.answer] == ["Total: 60.30"]
    assert first.pooled.shape == (3, 160)
    assert all(crop.shape[0] == HEIGHT and crop.min() < 100 for crop in first.crops)
    # What is whole is not read again.
    arguments = ["--data", str(folder), "--out", str(out), "--workers", "1"]
    before = path.stat().st_mtime_ns
    told = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert "0 shards to read" in told.output
    assert path.stat().st_mtime_ns == before


@pytest.mark.slow
def test_a_turned_page_keeps_the_boxes_that_its_questions_point_at(
    tmp_path: Path, graphs: Path
) -> None:
    total = drawn_page(PAGES["b.png"])[1]["Total: 60.30"]
    gold = {"answers": ["60.30"], "answer_boxes": [total], "support_boxes": [total]}
    folder = annotated(tmp_path / "bills", [annotation("b.png", 1, **gold)])
    out = tmp_path / "corpus"
    shutil.copytree(graphs, out / "graphs")
    shards_made = []
    for degrees in (0, 20):
        (task,) = annotated_tasks(folder, degrees, seed=1)
        shards_made.append(make_shard(task, weights_folder(), out)[0])
    assert shards_made == ["bills-00000", "bills-turned-00000"]
    (upright,), (turned,) = (read_shard(out / f"{name}.jsonl") for name in shards_made)
    assert (turned.id, turned.kind) == ("bills-turned/b.png", "bills-turned")
    assert turned.size == upright.size
    moved = np.abs(turned.layout.geometry - upright.layout.geometry).max()
    assert moved > 0.01, "the page was read as it lies in the turned picture"
    assert [turned.texts[i] for row in turned.layout.rows for i in row] == PAGES["b.png"]
    (question,) = turned.questions
    assert (question.target, [turned.texts[i] for i in question.answer]) == (
        "60.30",
        ["Total: 60.30"],
    )
    for text in PAGES["b.png"]:
        there, here = (p.boxes[p.texts.index(text)] for p in (turned, upright))
        assert np.abs(there - here).max() < 8
