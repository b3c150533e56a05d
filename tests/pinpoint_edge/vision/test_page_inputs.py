"""Inputs of `load_pages` that are no path: bytes, streams, PIL images, arrays, pages."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pinpoint_edge.errors import OptionError, PageError
from pinpoint_edge.vision.page import Page, limits, load_pages

from .page_files import encoded, pdf_pages, two_tone

EXPECTED = np.asarray(two_tone())
PNG = encoded(two_tone(), "PNG")


@pytest.mark.parametrize(
    ("given", "source"),
    [
        (lambda: PNG, "bytes"),
        (lambda: bytearray(PNG), "bytes"),
        (lambda: memoryview(PNG), "bytes"),
        (lambda: io.BytesIO(PNG), "stream"),
        (lambda: two_tone(), "PIL image"),
        (lambda: EXPECTED, "array"),
        (lambda: EXPECTED[:, ::-1][:, ::-1], "array"),
        (lambda: Page(EXPECTED, "made", 3), "made"),
    ],
)
def test_one_input(given, source: str) -> None:
    (page,) = load_pages(given())
    assert (page.source, page.number) == (source, 0)
    assert np.array_equal(page.image, EXPECTED)
    assert page.image.flags.c_contiguous


def test_mixed_inputs_are_one_document(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf_pages(2))
    pages = load_pages(iter([path, PNG, EXPECTED, path.read_bytes()]))  # type: ignore[arg-type]
    assert [page.number for page in pages] == list(range(6))
    assert pages[1].source == f"{path}#2"
    assert pages[5].source == "bytes#2"


def test_an_open_file_is_named_and_a_pipe_read(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    with path.open("rb") as file:
        assert load_pages(file)[0].source == str(path)
    with Image.open(path) as image:
        assert load_pages(image)[0].source == str(path)
    out, into = os.pipe()
    writer = threading.Thread(target=lambda: (os.write(into, PNG), os.close(into)))
    writer.start()
    with os.fdopen(out, "rb") as pipe:
        assert np.array_equal(load_pages(pipe)[0].image, EXPECTED)
    writer.join()


def test_a_pil_image_is_turned_and_laid_over_a_ground() -> None:
    image = Image.new("LA", (20, 10), (0, 0))
    exif = image.getexif()
    exif[0x0112] = 6
    (page,) = load_pages(image)
    assert (page.width, page.height) == (10, 20)
    assert page.image.min() == 255


@pytest.mark.parametrize(
    "array",
    [
        np.full((2, 3), True),
        np.full((2, 3), 255, np.uint8),
        np.full((2, 3, 1), 255, np.uint8),
        np.full((2, 3), 4095, np.uint16),
        np.full((2, 3, 4), 255, np.uint8),
    ],
    ids=["bool", "grey", "grey of one channel", "12 bits", "rgba"],
)
def test_arrays(array: np.ndarray) -> None:
    (page,) = load_pages(array)
    assert page.image.shape == (2, 3, 3)
    assert page.image.min() == 255


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 3, 3)),
        np.zeros((2, 3, 2), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((0, 3), np.uint8),
    ],
    ids=["floats", "two channels", "a line", "empty"],
)
def test_arrays_that_are_no_page(array: np.ndarray) -> None:
    with pytest.raises(PageError, match=r"array: .*;"):
        load_pages(array)


@pytest.mark.parametrize("given", [None, 3, [3], {"a": 1}.values()])
def test_objects_that_hold_no_page(given: object) -> None:
    with pytest.raises(OptionError, match="is not read; pass a path"):
        load_pages(given)  # type: ignore[arg-type]


def test_streams_of_text_closed_or_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OptionError, match='mode "rb"'):
        load_pages(io.StringIO("x"))  # type: ignore[arg-type]
    closed = io.BytesIO(PNG)
    closed.close()
    with pytest.raises(PageError, match="cannot be read"):
        load_pages(closed)
    with pytest.raises(PageError, match="bytes: the file is empty"):
        load_pages(b"")
    monkeypatch.setattr(limits, "MAX_STREAM_BYTES", 50)
    with pytest.raises(PageError, match="more than 50 bytes"):
        load_pages(io.BytesIO(PNG))


def test_limits_hold_for_every_input() -> None:
    for given in (PNG, two_tone(), EXPECTED, Page(EXPECTED, "made", 0)):
        with pytest.raises(PageError, match="at most 39"):
            load_pages(given, max_side=39)
        with pytest.raises(PageError, match="more than the 799"):
            load_pages(given, max_pixels=799)
