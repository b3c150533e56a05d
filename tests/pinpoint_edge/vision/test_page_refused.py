"""Pages that are refused: each file with the reason, the place and what to do."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pinpoint_edge.errors import OptionError, PageError
from pinpoint_edge.vision.page import limits as page_limits
from pinpoint_edge.vision.page import load_pages

from .page_files import HEIC, encoded, encrypted_pdf, pdf_pages, png, two_tone


def cut(kind: str, part: float) -> Callable[[], bytes]:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    content = encoded(noise, kind)
    return lambda: content[: int(len(content) * part)]


def wide_gif() -> bytes:
    content = encoded(two_tone(), "GIF")
    return content[:6] + struct.pack("<HH", 30_000, 9) + content[10:]


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "is empty"),
    "not an image": (lambda: b"Dear Sir or Madam,\n" * 50, "not an image or PDF"),
    "word file": (lambda: b"PK\3\4" + bytes(100), "Office files .* export it as PDF"),
    "old word file": (lambda: b"\xd0\xcf\x11\xe0" + bytes(100), "Office files .* export it as PDF"),
    "video": (lambda: b"\0\0\0\x18ftypisom" + bytes(100), "video files are not read"),
    "half a heic": (lambda: HEIC[:300], "truncated or damaged"),
    "half an avif": (cut("AVIF", 0.5), "truncated or damaged"),
    "half a bmp": (cut("BMP", 0.5), "truncated or damaged"),
    "half a gif": (cut("GIF", 0.5), "truncated or damaged"),
    "half a pnm": (cut("PPM", 0.5), "truncated or damaged"),
    "half a jpeg 2000": (cut("JPEG2000", 0.5), "truncated or damaged"),
    "wide gif": (wide_gif, "at most 20000"),
    "pnm bomb": (lambda: b"P5 19000 9000 255\n", "decompression bomb"),
    "half a jpeg": (cut("JPEG", 0.5), "truncated or damaged"),
    "half a png": (cut("PNG", 0.5), "truncated or damaged"),
    "half a webp": (cut("WEBP", 0.5), "truncated or damaged"),
    "half a tiff": (cut("TIFF", 0.5), "truncated or damaged"),
    "jpeg header alone": (lambda: b"\xff\xd8\xff\xe0\0\x10JFIF", "truncated or damaged"),
    "zero wide": (lambda: png(0, 10), "zero pixels"),
    "zero high": (lambda: png(10, 0), "zero pixels"),
    "40000 wide": (lambda: png(40_000, 10), "40000x10 pixels and a side may have at most 20000"),
    "bomb": (lambda: png(19_000, 9_000), "decompression bomb"),
    "big bomb": (lambda: png(19_999, 19_999), "decompression bomb"),
    "32-bit float": (lambda: encoded(Image.new("F", (4, 4), 0.5), "TIFF"), "no fixed black"),
    "encrypted pdf": (lambda: encrypted_pdf(b"secret"), "asks for a password"),
    "half a pdf": (lambda: b"%PDF-1.7\n" + bytes(range(256)) * 4, "PDF is broken or"),
    "pdf without pages": (lambda: pdf_pages(0), "no pages"),
    "pdf of 501 pages": (lambda: pdf_pages(501), "has 501 pages and a document may have at most"),
    "huge pdf page": (lambda: pdf_pages(1, b"[0 0 14400 72]"), "28800x144 pixels"),
    "pdf bomb": (lambda: pdf_pages(1, b"[0 0 8000 8000]"), "decompression bomb"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_files_are_refused_with_the_reason(tmp_path: Path, name: str):
    make, reason = REFUSED[name]
    path = tmp_path / "page"
    path.write_bytes(make())
    with pytest.raises(PageError, match=reason) as failure:
        load_pages(path)
    message = str(failure.value)
    assert message.startswith(str(path))  # where
    assert ";" in message  # what to do
    assert failure.value.code == "page"


def test_missing_folder_and_pipe(tmp_path: Path):
    with pytest.raises(PageError, match="no such file"):
        load_pages(tmp_path / "gone.png")
    with pytest.raises(PageError, match="no such file"):
        load_pages(tmp_path / "gone.pdf#2")
    with pytest.raises(PageError, match="this is a folder"):
        load_pages(tmp_path)
    with pytest.raises(PageError, match=r"cannot be read|no such file"):
        load_pages("nul\0byte.png")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PageError, match="no regular file"):
        load_pages(tmp_path / "pipe")


@pytest.mark.parametrize("number", [0, 4, -1])
def test_page_out_of_range_names_how_many_there_are(tmp_path: Path, number: int):
    path = tmp_path / "form.pdf"
    path.write_bytes(pdf_pages(3))
    with pytest.raises(PageError, match=f"no page {number}, the file has 3 pages"):
        load_pages(f"{path}#{number}")


def test_the_size_is_checked_before_decoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def decode(self: Image.Image) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    (tmp_path / "wide.png").write_bytes(png(40_000, 10))
    with pytest.raises(PageError, match="at most 20000"):
        load_pages(tmp_path / "wide.png")


def test_many_small_files_cannot_pass_the_document_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "a.png"
    two_tone().save(path)
    assert len(load_pages([path] * 500)) == 500
    with pytest.raises(PageError, match="at most 500 pages"):
        load_pages([path] * 501)
    monkeypatch.setattr(page_limits, "MAX_DOCUMENT_PIXELS", 2000)
    with pytest.raises(PageError, match="holds more than 2000 pixels"):
        load_pages([path] * 3)


def test_limits_can_be_lowered_and_must_be_positive(tmp_path: Path):
    path = tmp_path / "a.png"
    two_tone().save(path)
    with pytest.raises(PageError, match="at most 39"):
        load_pages(path, max_side=39)
    with pytest.raises(PageError, match="more than the 799"):
        load_pages(path, max_pixels=799)
    with pytest.raises(OptionError, match="dpi is 0"):
        load_pages(path, dpi=0)
    with pytest.raises(PageError, match="no page was given"):
        load_pages([])
