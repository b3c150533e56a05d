"""Pages: every file kind that is read, every one that is refused, made for real."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pinpoint_edge import page as page_module
from pinpoint_edge.errors import OptionError, PageError
from pinpoint_edge.page import load_pages

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def two_tone(left: tuple[int, int, int] = RED, right: tuple[int, int, int] = BLUE) -> Image.Image:
    """40x20 pixels: the left half one colour, the right half another."""
    image = Image.new("RGB", (40, 20), right)
    image.paste(left, (0, 0, 20, 20))
    return image


def pdf(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A PDF file of numbered objects, the first one its catalog."""
    out = io.BytesIO(b"")
    out.write(b"%PDF-1.6\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for offset in offsets:
        out.write(b"%010d 00000 n \n" % offset)
    size = len(objects) + 1
    out.write(b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (size, trailer))
    out.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()


def stream(content: bytes, head: bytes = b"") -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (head, len(content), content)


def pdf_pages(count: int, box: bytes = b"[0 0 72 36]") -> bytes:
    """`count` pages of 72x36 points; page k (0-based) has its left k/count painted black."""
    kids = b" ".join(b"%d 0 R" % (3 + 2 * k) for k in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
    ]
    for k in range(count):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox %s /Contents %d 0 R >>" % (box, 4 + 2 * k)
        )
        objects.append(stream(b"0 0 %d 36 re f" % (72 * k // count)))
    return pdf(objects)


def rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) & 255
        j = (j + state[i]) & 255
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) & 255])
    return bytes(out)


def encrypted_pdf(password: bytes) -> bytes:
    """The standard security handler, revision 2, 40-bit RC4 (PDF 32000-1:2008, 7.6.3)."""
    padding = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
    padded = (password + padding)[:32]
    owner = rc4(hashlib.md5(padded).digest()[:5], padded)
    identity = b"0123456789abcdef"
    digest = hashlib.md5(padded + owner + struct.pack("<i", -4) + identity).digest()
    user = rc4(digest[:5], padding)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 36] >>",
        b"<< /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >>"
        % (owner.hex().encode(), user.hex().encode()),
    ]
    return pdf(objects, b"/Encrypt 4 0 R /ID [<%s> <%s>]" % ((identity.hex().encode(),) * 2))


def png(width: int, height: int, rows: bytes = b"", depth: int = 1, color: int = 0) -> bytes:
    """A PNG file whose header says what it likes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def load_one(path: Path, content: bytes) -> np.ndarray:
    path.write_bytes(content)
    (page,) = load_pages(path)
    assert page.image.dtype == np.uint8
    assert page.image.flags.c_contiguous
    assert page.image.shape == (page.height, page.width, 3)
    return page.image


def halves(image: np.ndarray) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The colours at the middle of the left and of the right half."""
    height, width = image.shape[:2]
    left, right = image[height // 2, width // 4], image[height // 2, 3 * width // 4]
    return tuple(map(int, left)), tuple(map(int, right))


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


def cut(kind: str, part: float) -> Callable[[], bytes]:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    content = encoded(noise, kind)
    return lambda: content[: int(len(content) * part)]


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "is empty"),
    "not an image": (lambda: b"Dear Sir or Madam,\n" * 50, "not an image or PDF"),
    "gif": (lambda: encoded(two_tone(), "GIF"), "not an image or PDF"),
    "heic": (lambda: b"\0\0\0\x18ftypheic" + bytes(100), "save the photo as JPEG"),
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


def test_an_owner_password_alone_does_not_lock_a_pdf(tmp_path: Path):
    assert load_one(tmp_path / "restricted.pdf", encrypted_pdf(b"")).shape == (72, 144, 3)


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
    monkeypatch.setattr(page_module, "MAX_DOCUMENT_PIXELS", 2000)
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
