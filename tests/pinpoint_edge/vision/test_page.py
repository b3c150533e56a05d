"""Pages: every file kind that is read, made for real."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pinpoint_edge.vision.page import load_pages

from .page_files import (
    BLUE,
    RED,
    WHITE,
    encoded,
    encrypted_pdf,
    halves,
    pdf,
    pdf_pages,
    png,
    stream,
    two_tone,
)


def load_one(path: Path, content: bytes) -> np.ndarray:
    path.write_bytes(content)
    (page,) = load_pages(path)
    assert page.image.dtype == np.uint8
    assert page.image.flags.c_contiguous
    assert page.image.shape == (page.height, page.width, 3)
    return page.image


@pytest.mark.parametrize(
    ("kind", "options"), [("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True})]
)
def test_lossless_kinds_come_back_exactly(tmp_path: Path, kind: str, options: dict[str, object]):
    image = load_one(tmp_path / "page", encoded(two_tone(), kind, **options))
    assert np.array_equal(image, np.asarray(two_tone()))


def test_jpeg_is_close(tmp_path: Path):
    image = load_one(tmp_path / "page.jpg", encoded(two_tone(), "JPEG", quality=95))
    assert np.abs(image[:, :16].astype(int) - RED).max() <= 4


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_undone(tmp_path: Path, kind: str, orientation: int):
    upright = np.full((30, 50, 3), 255, np.uint8)
    upright[:10, :10] = RED  # top left
    upright[:10, 40:] = BLUE  # top right
    # How a camera stores an upright scene under each orientation (EXIF 2.3, tag 0x0112).
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}
    content = encoded(Image.fromarray(np.ascontiguousarray(stored)), kind, exif=exif, **options)
    image = load_one(tmp_path / "page", content)
    assert image.shape == upright.shape
    assert np.abs(image[5, 5].astype(int) - RED).max() <= 8
    assert np.abs(image[5, 45].astype(int) - BLUE).max() <= 8


def test_16_bit_grey_is_scaled_not_clipped(tmp_path: Path):
    ramp = np.array([[0, 256, 32768, 40000, 65535]], np.uint16)
    for kind in ("PNG", "TIFF"):
        image = load_one(tmp_path / "page", encoded(Image.fromarray(ramp), kind))
        assert image[0, :, 0].tolist() == [0, 1, 128, 156, 255]
        assert (image[..., 0] == image[..., 2]).all()


def test_16_bit_tiff_with_white_at_zero_is_inverted(tmp_path: Path):
    ramp = Image.fromarray(np.array([[0, 32768, 65535]], np.uint16))
    image = load_one(tmp_path / "page.tif", encoded(ramp, "TIFF", tiffinfo={262: 0}))
    assert image[0, :, 0].tolist() == [255, 127, 0]


def test_16_bit_rgb_png_is_scaled(tmp_path: Path):
    row = b"\0" + struct.pack(">6H", 65535, 32768, 0, 256, 65535, 65535)
    image = load_one(tmp_path / "page.png", png(2, 1, row, depth=16, color=2))
    assert image[0].tolist() == [[255, 128, 0], [1, 255, 255]]


def test_cmyk(tmp_path: Path):
    cmyk = Image.new("CMYK", (40, 20), (0, 0, 0, 255))
    cmyk.paste((0, 255, 255, 0), (0, 0, 20, 20))
    for kind in ("TIFF", "JPEG"):
        left, right = halves(load_one(tmp_path / "page", encoded(cmyk, kind)))
        assert np.abs(np.subtract(left, RED)).max() <= 3
        assert max(right) <= 3


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_alpha_is_laid_over_white(tmp_path: Path, mode: str, kind: str):
    image = Image.new("RGBA", (40, 20), (0, 0, 0, 0))  # transparent black
    image.paste((0, 0, 0, 255), (0, 0, 20, 20))
    got = halves(load_one(tmp_path / "page", encoded(image.convert(mode), kind)))
    assert got == ((0, 0, 0), WHITE)


def test_half_transparent_black_is_mid_grey(tmp_path: Path):
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 128))
    assert load_one(tmp_path / "page.png", encoded(image, "PNG"))[0, 0].tolist() == [127] * 3


def test_palette_with_and_without_transparency(tmp_path: Path):
    palette = two_tone().convert("P", palette=Image.Palette.ADAPTIVE)
    assert halves(load_one(tmp_path / "a.png", encoded(palette, "PNG"))) == (RED, BLUE)
    blue = palette.getpixel((30, 10))
    content = encoded(palette, "PNG", transparency=blue)
    assert halves(load_one(tmp_path / "b.png", content)) == (RED, WHITE)


@pytest.mark.parametrize("compression", ["raw", "group4", "tiff_lzw"])
def test_bilevel_fax_pages(tmp_path: Path, compression: str):
    image = two_tone((0, 0, 0), WHITE).convert("1")
    content = encoded(image, "TIFF", compression=compression)
    assert halves(load_one(tmp_path / "fax.tif", content)) == ((0, 0, 0), WHITE)


def test_tiff_gives_all_frames_and_one_by_number(tmp_path: Path):
    path = tmp_path / "scan.tif"
    frames = [Image.new("RGB", (10 + k, 8), (k, k, k)) for k in range(3)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    pages = load_pages(path)
    assert [(p.width, p.number, int(p.image[0, 0, 0])) for p in pages] == [
        (10, 0, 0),
        (11, 1, 1),
        (12, 2, 2),
    ]
    assert [p.source for p in pages] == [f"{path}#{k}" for k in (1, 2, 3)]
    (second,) = load_pages(f"{path}#2")
    assert (second.width, second.number, second.source) == (11, 0, f"{path}#2")


def test_pdf_pages_render_at_the_dpi_asked_for(tmp_path: Path):
    path = tmp_path / "form.pdf"
    path.write_bytes(pdf_pages(3))
    pages = load_pages(path)
    assert [(p.width, p.height) for p in pages] == [(144, 72)] * 3
    dark = [float((p.image[36, :, 0] < 128).mean()) for p in pages]
    assert dark == pytest.approx([0, 1 / 3, 2 / 3], abs=0.02)
    (third,) = load_pages(f"{path}#3", dpi=72)
    assert (third.width, third.height, third.number) == (72, 36, 0)
    assert (third.image[18, :, 0] < 128).mean() == pytest.approx(2 / 3, abs=0.03)


def test_pdf_colours_are_rgb(tmp_path: Path):
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 36] /Rotate 180 /Contents 4 0 R >>",
        stream(b"0 0 1 rg 0 0 36 36 re f 1 0 0 rg 36 0 36 36 re f"),
    ]
    assert halves(load_one(tmp_path / "turned.pdf", pdf(objects))) == (RED, BLUE)


def test_filled_form_fields_are_drawn(tmp_path: Path):
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 36] /Annots [4 0 R] >>",
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (x) /F 4 /Rect [0 0 36 36]"
        b" /P 3 0 R /AP << /N 5 0 R >> >>",
        stream(b"1 0 0 rg 0 0 36 36 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 36 36]"),
    ]
    assert halves(load_one(tmp_path / "filled.pdf", pdf(objects))) == (RED, WHITE)


def test_several_files_are_one_document(tmp_path: Path):
    two_tone().save(tmp_path / "a.png")
    (tmp_path / "b.pdf").write_bytes(pdf_pages(2))
    pages = load_pages([tmp_path / "a.png", str(tmp_path / "b.pdf")])
    assert [p.number for p in pages] == [0, 1, 2]
    assert pages[0].source == str(tmp_path / "a.png")
    assert pages[2].source == f"{tmp_path / 'b.pdf'}#2"


def test_a_real_hash_in_a_name_is_kept(tmp_path: Path):
    two_tone().save(tmp_path / "receipt#2", "PNG")
    (page,) = load_pages(tmp_path / "receipt#2")
    assert page.source.endswith("receipt#2")


def test_the_kind_is_told_by_content_not_by_name(tmp_path: Path):
    assert load_one(tmp_path / "photo.pdf", encoded(two_tone(), "PNG")).shape == (20, 40, 3)


def test_damaged_exif_costs_no_page(tmp_path: Path):
    content = encoded(two_tone(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f", quality=95)
    assert load_one(tmp_path / "page.jpg", content).shape == (20, 40, 3)


def test_an_owner_password_alone_does_not_lock_a_pdf(tmp_path: Path):
    assert load_one(tmp_path / "restricted.pdf", encrypted_pdf(b"")).shape == (72, 144, 3)
