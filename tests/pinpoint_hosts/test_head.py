"""The head learns to find planted evidence on a frozen random host; windows and rectangles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from pinpoint_edge.errors import DataError, OptionError
from pinpoint_hosts.head import Head, HeadShape
from pinpoint_hosts.host import WHOLE
from pinpoint_hosts.training import Asked, examples, fresh_head, top_one, train
from pinpoint_hosts.windows import (
    WindowSize,
    make_windows,
    merged,
    rectangles,
    relevant,
    select,
    to_pixels,
)
from pinpoint_train.training.run import TrainingRun
from tests.pinpoint_hosts import tiny

COLOURS = ("red", "green", "blue", "yellow", "black", "magenta")
SHAPE = HeadShape(48, 64, width=128)


def planted(seed: int, side: int = 256) -> tuple[Image.Image, list[Asked]]:
    """A page with four boxes of different colours, and a question for each."""
    random = np.random.default_rng(seed)
    page = Image.new("RGB", (side, side), "white")
    asked, step = [], side // 4
    for place, colour in zip(
        random.permutation(16)[:4], random.permutation(COLOURS)[:4], strict=True
    ):
        x, y = int(place) % 4 * step, int(place) // 4 * step
        box = (x + 4.0, y + 4.0, x + step - 4.0, y + step - 4.0)
        ImageDraw.Draw(page).rectangle(box, fill=str(colour))
        asked.append(Asked(f"What is in the {colour} box?", (box,)))
    return page, asked


@pytest.fixture(scope="module")
def host() -> Any:
    return tiny.host("smolvlm")


@pytest.fixture(scope="module")
def trained(host: Any, tmp_path_factory: pytest.TempPathFactory) -> Head:
    made = examples(host, (planted(seed) for seed in range(200)), SHAPE)
    run = TrainingRun(tmp_path_factory.mktemp("head"), steps=200, minutes=None, seed=0)
    return train(fresh_head(made, SHAPE), made, run)


def test_the_head_finds_planted_evidence(host: Any, trained: Head) -> None:
    held_out = examples(host, (planted(seed) for seed in range(1000, 1050)), SHAPE)
    torch.manual_seed(1)
    assert top_one(fresh_head(held_out, SHAPE), held_out) < 0.4
    assert top_one(trained, held_out) >= 0.95


def test_only_queries_and_projections_are_trained(trained: Head) -> None:
    names = {name.split(".")[0] for name, _ in trained.named_parameters()}
    assert names == {"queries", "vision", "text"}


def test_a_head_is_read_back(host: Any, trained: Head, tmp_path: Path) -> None:
    trained.save(tmp_path / "head.safetensors", {"host": "tiny"})
    again = Head.load(tmp_path / "head.safetensors", host)
    page, (asked, *_) = planted(7)
    look = host.look(page, small=True)
    before, windows = trained.score(host, look, asked.question)
    assert torch.equal(again.score(host, look, asked.question)[0], before)
    assert again.shape == SHAPE
    assert windows.rows == 8


def test_a_file_that_is_no_head_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"no tensors")
    with pytest.raises(DataError, match="no head"):
        Head.load(tmp_path / "x")


def test_the_host_labels_pages_without_boxes(host: Any) -> None:
    pages = [(planted(seed)[0], [Asked("What is in the red box?", ())]) for seed in range(2)]
    made = examples(host, pages, SHAPE)
    assert all(each.positive.any() and not each.positive.all() for each in made)
    assert not torch.equal(made[0].target, made[1].target)


def test_the_answer_is_weighed_from_each_window(host: Any) -> None:
    page, asked = planted(3)
    answered = [Asked(each.question, each.boxes, "12/03") for each in asked[:1]]
    made = examples(host, [(page, answered), (planted(4)[0], answered)], SHAPE, with_answers=True)
    nll = made[0].answer_nll
    assert nll is not None
    assert nll.shape == (len(made[0].windows.boxes),)
    assert nll.std() > 0


def test_windows_of_the_paper() -> None:
    windows = make_windows(32, 32)
    assert len(windows.boxes) == 25
    assert windows.boxes[:2] == [(0, 0, 10, 10), (0, 7, 10, 17)]
    assert windows.boxes[-1] == (22, 22, 32, 32)
    assert windows.cells[1, :2].tolist() == [7, 8]
    assert make_windows(2, 1).boxes == [(0, 0, 1, 1), (1, 0, 2, 1)]


def test_windows_with_gaps_are_refused() -> None:
    with pytest.raises(OptionError, match="gaps"):
        WindowSize(0.2, 0.3)


@pytest.mark.parametrize("coverage", [0.1, 0.6, 1.0])
def test_selection_goes_on_until_the_coverage(coverage: float) -> None:
    windows = make_windows(16, 12)
    scores = torch.randn(len(windows.boxes), generator=torch.Generator().manual_seed(0))
    chosen, covered = select(scores, windows, coverage)
    assert covered.float().mean() >= coverage
    _, before = select(scores, windows, float(covered.float().mean()) - 1e-6)
    assert torch.equal(before, covered)
    assert chosen[0] == int(scores.argmax())


def test_rectangles_are_the_covered_cells() -> None:
    random = torch.Generator().manual_seed(0)
    for _ in range(50):
        covered = torch.rand(7, 9, generator=random) < 0.5
        counts = torch.zeros(7, 9, dtype=torch.int)
        for top, left, bottom, right in rectangles(covered):
            counts[top:bottom, left:right] += 1
        assert torch.equal(counts, covered.int())
        few = merged(rectangles(covered), 3)
        assert len(few) == 3
        whole = torch.zeros(7, 9, dtype=torch.bool)
        for top, left, bottom, right in few:
            whole[top:bottom, left:right] = True
        assert (whole | ~covered).all()


def test_cells_of_a_padded_page_end_at_its_edge() -> None:
    windows = make_windows(4, 4)
    frame = (-0.5, 0.0, 1.5, 1.0)  # a page half as wide as high
    assert to_pixels((0, 0, 1, 2), windows, frame, (100, 200)) == (0, 0, 50, 50)
    assert to_pixels((1, 1, 2, 2), windows, WHOLE, (100, 200)) == (25, 50, 50, 100)
    assert relevant([(26.0, 51.0, 49.0, 99.0)], windows, WHOLE, (100, 200)).sum() == 1
