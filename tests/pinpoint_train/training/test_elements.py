"""The mark head: what it is shown, how its loss counts, and a run from nothing to weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pinpoint_data.generator import stream
from pinpoint_data.generator.synthetic_page import (
    DrawnLine,
    PageElement,
    SyntheticQuestion,
    SynthPage,
)
from pinpoint_edge.vision.elements import PLANES, STRIDE
from pinpoint_edge.vision.geometry import text_quad
from pinpoint_edge.vision.regions import Region
from pinpoint_models.detector import Detector
from pinpoint_models.elements import ElementHead
from pinpoint_models.paths import weights_folder
from pinpoint_train.elements import windows as element_windows
from pinpoint_train.elements.samples import (
    UNSEEN,
    ElementSample,
    is_hidden,
    sample_of,
    shows_evidence,
    without_boxes,
)
from pinpoint_train.elements.windows import Sources, draws, pool_of, windows
from pinpoint_train.training import elements
from pinpoint_train.training.elements import folded, loss_of, matched, trainable
from pinpoint_train.training.run import TrainingRun

BOX = PLANES.index("box")


def page_of(*found: PageElement, lines: list[DrawnLine] | None = None) -> SynthPage:
    """A white page as large as a canvas, so that its pixels are the canvas's."""
    return SynthPage(np.full((960, 736, 3), 255, np.uint8), lines or [], elements=list(found))


def test_targets_stand_where_the_marks_are() -> None:
    page = page_of(
        PageElement((100, 200, 120, 220), "check", True), PageElement((10, 10, 60, 30), "stamp")
    )
    sample = sample_of(page)
    assert sample.target.shape == (4, 960 // STRIDE, 736 // STRIDE)
    assert sample.target[BOX, 100:110, 50:60].all()
    assert sample.target[BOX].sum() == 100
    assert sample.target[PLANES.index("stamp")].sum() == 25 * 10
    # Each mark weighs the root of its area, however large.
    assert sample.weight[BOX].sum() == pytest.approx(10)
    assert sample.image.shape == (3, 960, 736)


def test_an_unsigned_line_is_no_mark_and_a_word_to_circle_neither_mark_nor_ground() -> None:
    word = DrawnLine((100, 100, 140, 116), "Yes", "text")
    page = page_of(
        PageElement((10, 10, 90, 30), "signature", False),
        PageElement((96, 96, 144, 120), "check", True),
        lines=[word],
    )
    assert is_hidden(page.elements[1], page)
    sample = sample_of(page)
    assert not (sample.target > 0).any()
    assert (sample.target[BOX] == UNSEEN).sum() == 24 * 12
    assert sample.weight.sum() == 0
    brackets = DrawnLine((100, 100, 120, 116), "[X]", "text")
    ticked = page_of(PageElement((98, 98, 122, 118), "check", True), lines=[brackets])
    assert not is_hidden(ticked.elements[0], ticked)


def test_an_empty_blank_is_ground_and_a_ticked_one_neither_mark_nor_ground() -> None:
    empty, drawn = (
        DrawnLine((100, 100, 140, 116), "____", "text"),
        DrawnLine((300, 100, 340, 116), "____", "text"),
    )
    page = page_of(
        PageElement((98, 98, 142, 118), "check", False),
        PageElement((298, 98, 342, 118), "check", True),
        lines=[empty, drawn],
    )
    assert all(is_hidden(mark, page) for mark in page.elements)
    sample = sample_of(page)
    assert not (sample.target[BOX] > 0).any()
    assert (sample.target[BOX] == UNSEEN).sum() == 22 * 10


def test_the_loss_falls_with_what_is_right_and_takes_no_notice_of_what_is_unseen() -> None:
    target = torch.zeros(1, 4, 8, 8)
    target[0, 0, 2:4, 2:4], target[0, 1, 6, 6] = 1, UNSEEN
    weight = (target > 0) * 0.5
    blank = torch.full_like(target, -2.0)
    right, wrong, unseen = blank.clone(), blank.clone(), blank.clone()
    right[0, 0, 2:4, 2:4], wrong[0, 2, 5, 5], unseen[0, 1, 6, 6] = 2.0, 2.0, 2.0
    base = loss_of(blank, target, weight)
    assert loss_of(right, target, weight) < base < loss_of(wrong, target, weight)
    assert loss_of(unseen, target, weight) == base


def test_a_found_mark_is_counted_once() -> None:
    true = [(0.0, 0.0, 10.0, 10.0), (20.0, 0.0, 30.0, 10.0)]
    assert matched([(1.0, 0.0, 10.0, 10.0)], true) == 1
    assert matched([(1.0, 0.0, 11.0, 10.0)] * 2, true) == 1
    assert matched([(40.0, 0.0, 50.0, 10.0)], true) == 0


def test_a_question_is_kept_where_its_marks_were_found_as_they_are() -> None:
    box = (100.0, 100.0, 120.0, 120.0)
    page = page_of(PageElement(box, "check", True))
    asked = SyntheticQuestion("Is Yes ticked?", ["yes"], [box], [box], "yes_no")

    def found(kind: str) -> list[Region]:
        return [Region(text_quad(box), 0.9, kind=kind)]

    assert shows_evidence(found("ticked"), page, asked)
    assert not shows_evidence(found("unticked"), page, asked)
    assert not shows_evidence([], page, asked)
    line = (10.0, 300.0, 90.0, 320.0)
    unsigned = page_of(PageElement(line, "signature", False))
    signed = SyntheticQuestion("Is it signed?", ["no"], [line], [line], "signed")
    assert shows_evidence([], unsigned, signed)
    assert not shows_evidence([Region(text_quad(line), 0.9, kind="signature")], unsigned, signed)
    no_stamp = SyntheticQuestion("Is there a stamp?", ["no"], [], [], "stamp")
    assert shows_evidence([], page_of(), no_stamp)
    assert not shows_evidence(found("stamp"), page_of(), no_stamp)


def test_folding_the_norms_changes_nothing() -> None:
    head = trainable()
    generator = torch.Generator().manual_seed(1)
    maps = [torch.randn(1, c, 24, 24, generator=generator) * 5 for c in (64, 32)]
    head(*maps)  # moves the running statistics
    with torch.no_grad():
        torch.testing.assert_close(folded(head)(*maps), head.eval()(*maps), rtol=1e-4, atol=1e-5)


def test_draws_come_from_their_random_source_alone() -> None:
    draw = draws(3, Sources())
    samples: list[ElementSample] = [draw(np.random.default_rng(seed)) for seed in (0, 0, 1)]
    assert torch.equal(samples[0].image, samples[1].image)
    assert torch.equal(samples[0].target, samples[1].target)
    assert not torch.equal(samples[0].image, samples[2].image)


def test_a_plain_page_is_ground_for_boxes_and_tells_nothing_of_other_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = np.full((960, 736, 3), 200, np.uint8)
    target = without_boxes(image).target
    assert (target[BOX] == 0).all()
    assert (target[[PLANES.index(kind) for kind in ("signature", "stamp", "figure")]] == -1).all()
    monkeypatch.setattr(element_windows, "PLAIN_SHARE", 1.0)
    path = tmp_path / "plain.png"
    Image.fromarray(image).save(path)
    sample = draws(0, Sources(plain=[path]))(np.random.default_rng(0))
    assert torch.equal(sample.target, target)
    assert (sample.image == 200).all()


def test_windows_show_marks_as_they_are_on_their_page() -> None:
    text = Detector.load(weights_folder())
    page = page_of(PageElement((300, 400, 324, 424), "check", True))
    sample = sample_of(page)
    found = list(windows(text, sample, np.random.default_rng(0)))
    assert len(found) == element_windows.WINDOWS
    about = [window for window in found if (window.target[BOX] == 1).sum() == 12 * 12]
    assert len(about) >= element_windows.ABOUT_ELEMENTS
    with torch.no_grad():
        whole = torch.cat(text.features(sample.image[None]), 1)[0].half()
    window = about[0]
    rows, columns = np.nonzero(window.target[BOX])
    top, left = 200 // 2 - rows.min() // 2, 150 // 2 - columns.min() // 2
    part = whole[:, top : top + element_windows.SIDE, left : left + element_windows.SIDE]
    assert torch.equal(torch.from_numpy(window.maps), part)


def test_the_pool_does_not_depend_on_the_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(element_windows, "PART", 1)
    one, two = (pool_of(1, Sources(), weights_folder(), 2, workers) for workers in (1, 2))
    assert len(one) == len(two) == 2 * element_windows.WINDOWS
    assert all(np.array_equal(a.maps, b.maps) for a, b in zip(one, two, strict=True))


def test_a_short_run_lowers_the_loss_and_writes_a_head_that_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elements, "EVAL_PAGES", 2)
    text = Detector.load(weights_folder())
    sample = next(
        sample_of(page)
        for page in stream.pages("a short run", ["form"])
        if any(mark.kind == "check" for mark in page.elements)
    )
    pool = list(windows(text, sample, np.random.default_rng(0)))
    run = TrainingRun(tmp_path, steps=12, minutes=None, seed=0)
    head = elements.train(run, text, pool, [])
    with torch.no_grad():
        maps = text.features(sample.image[None])
        target, weight = sample.target[None], sample.weight[None]
        before = loss_of(trainable().eval().logits(*maps), target, weight)
        after = loss_of(head.logits(*maps), target, weight)
    assert after < 0.8 * before
    loaded = ElementHead.load(tmp_path)
    with torch.no_grad():
        assert torch.equal(loaded(*maps), head.half().float()(*maps))
    assert (tmp_path / "elements.safetensors").stat().st_size < 90_000
    assert "precision" in (tmp_path / "elements.md").read_text(encoding="utf-8")
