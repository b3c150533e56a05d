"""Images as phones, scanners and offices write them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageDraw

from pinpoint_edge.errors import BackendError, PageError
from pinpoint_edge.vision.page import load_pages

from .page_files import BLACK, BLUE, HEIC, RED, WHITE, encoded, halves, two_tone


def load_one(path: Path, content: bytes) -> np.ndarray:
    path.write_bytes(content)
    (page,) = load_pages(path)
    return page.image


@pytest.mark.parametrize("kind", ["BMP", "GIF", "PPM", "JPEG2000", "AVIF"])
def test_kinds_of_scanners_and_phones(tmp_path: Path, kind: str) -> None:
    options = {"quality": 100, "subsampling": "4:4:4"} if kind == "AVIF" else {}
    image = load_one(tmp_path / "page", encoded(two_tone(), kind, **options))
    assert image.shape == (20, 40, 3)
    left, right = halves(image)
    assert np.abs(np.subtract(left, RED)).max() <= 4
    assert np.abs(np.subtract(right, BLUE)).max() <= 4


def test_heic_is_upright(tmp_path: Path) -> None:
    pytest.importorskip("pi_heif")
    image = load_one(tmp_path / "photo.heic", HEIC)
    assert image.shape == (32, 64, 3)
    left, right = halves(image)
    assert np.abs(np.subtract(left, RED)).max() <= 8
    assert np.abs(np.subtract(right, BLUE)).max() <= 8


def test_heic_without_its_extra_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    with pytest.raises(BackendError, match=r"pinpoint-edge\[heif\]"):
        load_one(tmp_path / "photo.heic", HEIC)


@pytest.mark.parametrize("kind", ["PPM", "BMP", "GIF", "JPEG2000"])
def test_grey_and_bilevel(tmp_path: Path, kind: str) -> None:
    for mode in ("1", "L"):
        image = two_tone(BLACK, WHITE).convert(mode)
        content = encoded(image.convert("L") if kind == "JPEG2000" else image, kind)
        assert halves(load_one(tmp_path / "page", content)) == (BLACK, WHITE)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_an_animation_gives_its_first_picture(tmp_path: Path, kind: str) -> None:
    frames = [Image.new("RGB", (40, 20), (v, v, v)) for v in (255, 120, 0)]
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    assert halves(load_one(tmp_path / "moving", content)) == (WHITE, WHITE)
    with pytest.raises(PageError, match="no page 2, the file has 1 page"):
        load_pages(f"{tmp_path / 'moving'}#2")


@pytest.mark.parametrize("bits", [8, 9, 10, 11, 12, 14, 16])
@pytest.mark.parametrize("white_is_zero", [False, True])
def test_grey_of_10_to_16_bits_has_black_and_white(
    tmp_path: Path, bits: int, white_is_zero: bool
) -> None:
    full = (1 << bits) - 1
    samples = np.array([[0, full // 2, full * 99 // 100]], np.uint16)
    content = encoded(Image.fromarray(samples), "TIFF", tiffinfo={262: int(not white_is_zero)})
    found = load_one(tmp_path / "scan.tif", content)[0, :, 0].astype(int)
    expected = np.array([0, 127, 252]) if not white_is_zero else np.array([255, 128, 3])
    assert np.abs(found - expected).max() <= 1


def test_pgm_of_12_bits(tmp_path: Path) -> None:
    content = b"P5 3 1 4095\n" + np.array([0, 2048, 4095], ">u2").tobytes()
    assert load_one(tmp_path / "scan.pgm", content)[0, :, 0].tolist() == [0, 128, 255]


def test_a_black_page_of_16_bits_stays_black(tmp_path: Path) -> None:
    content = encoded(Image.fromarray(np.zeros((4, 4), np.uint16)), "TIFF")
    assert load_one(tmp_path / "scan.tif", content).max() == 0


def deep_rgb_tiff(samples: np.ndarray) -> bytes:
    """An uncompressed TIFF of 16-bit RGB samples, which Pillow reads and does not write."""
    height, width, _ = samples.shape
    image = Image.frombytes("RGB", (width * 2, height), samples.astype("<u2").tobytes())
    content = bytearray(encoded(image, "TIFF"))
    first = int.from_bytes(content[4:8], "little")
    for at in range(first + 2, first + 2 + 12 * content[first], 12):
        tag = int.from_bytes(content[at : at + 2], "little")
        if tag == 256:
            content[at + 8 : at + 12] = width.to_bytes(4, "little")
        if tag == 258:
            place = int.from_bytes(content[at + 8 : at + 12], "little")
            content[place : place + 6] = b"\x10\0" * 3
    return bytes(content)


def test_12_bit_colour_in_16_bits_is_no_night(tmp_path: Path) -> None:
    samples = np.zeros((2, 2, 3), np.uint16)
    samples[:, 1] = 4080
    assert halves(load_one(tmp_path / "scan.tif", deep_rgb_tiff(samples))) == (BLACK, WHITE)
    samples[:, 1] = 65535
    assert halves(load_one(tmp_path / "scan.tif", deep_rgb_tiff(samples))) == (BLACK, WHITE)


def words(ink: tuple[int, ...], size: tuple[int, int] = (200, 60)) -> Image.Image:
    image = Image.new("RGBA", size, (*ink[:3], 0))
    ImageDraw.Draw(image).text((10, 15), "Total 12.50", fill=(*ink[:3], 255), font_size=28)
    return image


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "GIF", "AVIF"])
@pytest.mark.parametrize("ink", [WHITE, (255, 240, 120), (200, 200, 200)])
def test_light_ink_on_a_clear_ground_is_laid_over_black(
    tmp_path: Path, kind: str, ink: tuple[int, int, int]
) -> None:
    image = load_one(tmp_path / "dark-theme", encoded(words(ink), kind))
    assert image[0, 0].max() < 8
    assert image.max() >= max(ink) - 8


@pytest.mark.parametrize("ink", [BLACK, (120, 20, 20), (90, 90, 90)])
def test_dark_ink_on_a_clear_ground_is_laid_over_white(
    tmp_path: Path, ink: tuple[int, int, int]
) -> None:
    image = load_one(tmp_path / "page.png", encoded(words(ink), "PNG"))
    assert image[0, 0].min() == 255
    assert image[:, :, 1].min() <= ink[1] + 8


def test_a_card_with_clear_corners_keeps_a_white_ground(tmp_path: Path) -> None:
    card = Image.new("RGBA", (200, 120), (255, 255, 255, 0))
    ImageDraw.Draw(card).rounded_rectangle((0, 0, 199, 119), 30, fill=(250, 250, 250, 255))
    card.alpha_composite(words(BLACK), (0, 20))
    assert load_one(tmp_path / "card.png", encoded(card, "PNG"))[0, 0].tolist() == [255] * 3


@pytest.mark.parametrize(
    "compression", ["raw", "group3", "group4", "tiff_lzw", "packbits", "tiff_adobe_deflate"]
)
@pytest.mark.parametrize("photometric", [0, 1])
def test_bilevel_tiff(tmp_path: Path, compression: str, photometric: int) -> None:
    image = two_tone(BLACK, WHITE).convert("1")
    options = {"compression": compression, "tiffinfo": {262: photometric}}
    content = encoded(image, "TIFF", **options)
    assert halves(load_one(tmp_path / "fax.tif", content)) == (BLACK, WHITE)


@pytest.mark.parametrize("compression", ["jpeg", "tiff_lzw", "tiff_adobe_deflate"])
def test_tiff_with_colour_inside(tmp_path: Path, compression: str) -> None:
    content = encoded(two_tone(), "TIFF", compression=compression)
    left, right = halves(load_one(tmp_path / "scan.tif", content))
    assert np.abs(np.subtract(left, RED)).max() <= 4
    assert np.abs(np.subtract(right, BLUE)).max() <= 4


def test_tiff_of_mixed_sizes_and_resolutions(tmp_path: Path) -> None:
    path = tmp_path / "mixed.tif"
    first = Image.new("1", (40, 20), 1)
    others = [Image.new("RGB", (30, 50), RED), Image.new("L", (20, 20), 90)]
    others[1].encoderinfo = {"dpi": (204, 98)}
    first.save(path, save_all=True, append_images=others, dpi=(300, 300))
    sizes = [(page.width, page.height) for page in load_pages(path)]
    assert sizes == [(40, 20), (30, 50), (20, 42)]


@pytest.mark.parametrize("kind", ["TIFF", "PNG", "JPEG", "BMP"])
@pytest.mark.parametrize(
    ("dpi", "size"),
    [((204, 98), (40, 42)), ((100, 200), (80, 20)), ((204, 196), (40, 20)), ((300, 1), (40, 20))],
)
def test_a_fax_gets_square_pixels(
    tmp_path: Path, kind: str, dpi: tuple[int, int], size: tuple[int, int]
) -> None:
    path = tmp_path / "fax"
    path.write_bytes(encoded(two_tone(BLACK, WHITE).convert("L"), kind, dpi=dpi))
    (page,) = load_pages(path)
    assert (page.width, page.height) == size
    left, right = halves(page.image)
    assert max(left) < 8
    assert min(right) > 247
    with pytest.raises(PageError, match=f"at most {max(size) - 1}"):
        load_pages(path, max_side=max(size) - 1)


def test_previews_and_masks_of_a_tiff_are_no_pages(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    whole, preview, second = (Image.new("L", size, 9) for size in ((40, 20), (8, 4), (30, 20)))
    preview.encoderinfo = {"tiffinfo": {254: 1}}
    whole.save(path, save_all=True, append_images=[preview, second])
    found = [(page.width, page.source) for page in load_pages(path)]
    assert found == [(40, f"{path}#1"), (30, f"{path}#2")]


def profile(*, gamma: float) -> bytes:
    """An ICC profile of RGB with another gamma: sRGB's, its tone curves replaced."""
    raw = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for at in range(132, 132 + 12 * int.from_bytes(raw[128:132], "big"), 12):
        if raw[at : at + 4] in (b"rTRC", b"gTRC", b"bTRC"):
            place = int.from_bytes(raw[at + 4 : at + 8], "big")
            curve = (
                b"curv" + bytes(4) + (1).to_bytes(4, "big") + round(gamma * 256).to_bytes(2, "big")
            )
            raw[place : place + len(curve)] = curve
    return bytes(raw)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_profile_that_changes_darkness_is_applied(tmp_path: Path, kind: str) -> None:
    grey = Image.new("RGB", (16, 16), (60, 60, 60))
    plain = load_one(tmp_path / "plain", encoded(grey, kind, icc_profile=profile(gamma=2.2)))
    assert abs(int(plain[8, 8, 0]) - 60) <= 2
    linear = load_one(tmp_path / "linear", encoded(grey, kind, icc_profile=profile(gamma=1.0)))
    assert abs(int(linear[8, 8, 0]) - 133) <= 4


def test_a_damaged_profile_costs_no_page(tmp_path: Path) -> None:
    content = encoded(two_tone(), "PNG", icc_profile=b"no profile at all")
    assert halves(load_one(tmp_path / "page.png", content)) == (RED, BLUE)
