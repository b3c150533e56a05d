"""Frames of a form: what did not change is not read again, and answers are those of the frame."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pinpoint_edge import OptionError, PageError, PinPoint

from ...conftest import Counts

Pixels = NDArray[np.uint8]
QUESTION = "What is the date on the receipt?"


@pytest.fixture(scope="module")
def reader(forms_bundle: Path) -> PinPoint:
    return PinPoint.load(forms_bundle)


@pytest.fixture(scope="module")
def form(demo_questions: list[dict[str, Any]]) -> Pixels:
    row = next(row for row in demo_questions if row["question"] == QUESTION)
    return np.asarray(Image.open(row["image"]).convert("RGB"))


@pytest.fixture(scope="module")
def date_box(reader: PinPoint, form: Pixels) -> tuple[int, ...]:
    (box,) = reader.open(form).ask(QUESTION).boxes
    return tuple(map(int, box))


def other_date(form: Pixels, box: tuple[int, ...]) -> Pixels:
    """The form with the last two of its date's eight characters exchanged."""
    x0, y0, x1, y1 = box
    wide = (x1 - x0) // 8
    changed = form.copy()
    changed[y0:y1, x1 - 2 * wide : x1 - wide] = form[y0:y1, x1 - wide : x1]
    changed[y0:y1, x1 - wide : x1] = form[y0:y1, x1 - 2 * wide : x1 - wide]
    return changed


def test_a_still_form_is_looked_at_once(
    reader: PinPoint, form: Pixels, counting: Callable[[PinPoint], Counts]
) -> None:
    counts = counting(reader)
    frames = [*reader.watch([form] * 20, QUESTION)]
    assert [frame.path for frame in frames] == ["looked"] + ["kept"] * 19
    once = dict(counts.rows), dict(counts.runs)
    counts.reset()
    alone = reader.open(form).ask(QUESTION)
    assert (dict(counts.rows), dict(counts.runs)) == once  # a twentieth of frame by frame
    assert {frame.answer.text for frame in frames} == {alone.text}


def test_a_region_that_changes_is_read_alone(
    reader: PinPoint, form: Pixels, date_box: tuple[int, ...], counting: Callable[..., Counts]
) -> None:
    counts = counting(reader)
    other = other_date(form, date_box)
    clip = [form, other, other, form]
    frames = [*reader.watch(clip, QUESTION, change=0.0)]
    assert [frame.path for frame in frames] == ["looked", "read", "kept", "read"]
    assert 1 <= frames[1].changed <= 3
    assert counts.runs["detect"] == 1
    alone = [reader.open(image).ask(QUESTION).text for image in clip]
    assert [frame.answer.text for frame in frames] == alone
    assert alone[0] != alone[1]


def test_noise_is_no_change(reader: PinPoint, form: Pixels) -> None:
    random = np.random.default_rng(0)
    noisy = np.clip(form + random.integers(-1, 2, form.shape), 0, 255).astype(np.uint8)
    assert [f.path for f in reader.watch([form, noisy], QUESTION)] == ["looked", "kept"]
    assert [f.path for f in reader.watch([form, noisy], QUESTION, change=0)][1] != "kept"


def test_cuts_moves_and_new_lines_are_looked_at(reader: PinPoint, form: Pixels) -> None:
    moved = np.roll(form, 40, axis=0)
    smaller = np.ascontiguousarray(form[:-10])
    assert [f.path for f in reader.watch([form, moved, smaller], QUESTION)] == ["looked"] * 3
    assert [f.path for f in reader.watch([form] * 3, QUESTION, every=2)][2] == "looked"
    seen = reader.open(form).pages[0]
    free = np.zeros(form.shape[:2], bool)
    free[20:-20, 20:-20] = True
    for region in seen.regions:
        x0, y0, x1, y1 = (int(value) for value in region.box)
        free[max(0, y0 - 40) : y1 + 40, max(0, x0 - 40) : x1 + 40] = False
    rows, columns = np.nonzero(free)
    written = form.copy()
    y, x = rows[len(rows) // 2], columns[len(rows) // 2]
    written[y - 15 : y + 15, x - 15 : x + 15] //= 4
    assert [f.path for f in reader.watch([form, written], QUESTION)] == ["looked", "looked"]


@pytest.mark.parametrize("wrong", [{"every": 0}, {"change": -1.0}])
def test_options_that_make_no_sense(reader: PinPoint, wrong: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        reader.watch([], QUESTION, **wrong)


def test_what_is_no_frame(reader: PinPoint) -> None:
    with pytest.raises(PageError):
        next(reader.watch([np.zeros((3, 3, 3, 3), np.uint8)], QUESTION))


def write_video(path: Path, images: list[Pixels], rate: int) -> None:
    av = pytest.importorskip("av")
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=rate)  # lossless
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = "bgr0"
        for image in images:
            for packet in stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


def test_the_command(
    forms_bundle: Path,
    form: Pixels,
    date_box: tuple[int, ...],
    tmp_path: Path,
    pinpoint: Callable[..., tuple[int, str, str]],
) -> None:
    video = tmp_path / "clip.mkv"
    write_video(video, [form] * 4 + [other_date(form, date_box)] * 4, rate=4)
    code, out, err = pinpoint(
        "watch", forms_bundle, video, QUESTION, "--per-second", 2, "--check", "--json"
    )
    assert code == 0, err
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["time"] for line in lines] == [0.0, 0.5, 1.0, 1.5]
    assert [line["path"] for line in lines] == ["looked", "kept", "read", "kept"]
    assert "4 frames: 1 looked, 1 read, 2 kept; 4 like the frame read alone" in err


@pytest.mark.parametrize("content", [b"", b"no video at all", b"\x1aE\xdf\xa3" + b"\0" * 50])
def test_what_is_no_video(
    forms_bundle: Path, tmp_path: Path, content: bytes, pinpoint: Callable[..., Any]
) -> None:
    pytest.importorskip("av")
    (tmp_path / "clip.mkv").write_bytes(content)
    code, _, err = pinpoint("watch", forms_bundle, tmp_path / "clip.mkv", QUESTION)
    assert code == 3
    assert "clip.mkv" in err
    assert pinpoint("watch", forms_bundle, tmp_path / "none.mkv", QUESTION)[0] == 3
    assert pinpoint("watch", forms_bundle, "https://e.org/a.mp4", QUESTION)[0] == 3
