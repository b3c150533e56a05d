"""PDF pages: every kind of image inside, page boxes, forms, annotations, layers, passwords."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pinpoint_edge.errors import PageError
from pinpoint_edge.vision.page import load_pages

from .page_files import (
    BLACK,
    BLUE,
    RED,
    WHITE,
    encoded,
    encrypted_pdf,
    fax_data,
    halves,
    jbig2_data,
    pdf_image,
    pdf_page,
    stream,
    two_tone,
)

LEFT_RED = b"1 0 0 rg 0 0 36 36 re f"


def load_one(content: bytes, **options: object) -> np.ndarray:
    (page,) = load_pages(content, **options)  # type: ignore[arg-type]
    return page.image


def test_images_of_every_coding() -> None:
    colour = two_tone()
    ink = two_tone(WHITE, BLACK).convert("1")
    rgb = b"/ColorSpace /DeviceRGB /BitsPerComponent 8"
    bilevel = b"/ColorSpace /DeviceGray /BitsPerComponent 1"
    fax = b"/Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns 40 /Rows 20 >>"
    size = colour.size
    jpeg = encoded(colour, "JPEG", quality=95)
    found = {
        "plain": pdf_image(colour.tobytes(), rgb, size),
        "jpeg": pdf_image(jpeg, rgb + b" /Filter /DCTDecode", size),
        "jpeg 2000": pdf_image(encoded(colour, "JPEG2000"), b"/Filter /JPXDecode", size),
        "g4": pdf_image(fax_data(ink), bilevel + fax, size),
        "jbig2": pdf_image(jbig2_data(ink), bilevel + b" /Filter /JBIG2Decode", size),
    }
    for name, content in found.items():
        expected = (BLACK, WHITE) if name in ("g4", "jbig2") else (RED, BLUE)
        error = np.subtract(halves(load_one(content)), expected)
        assert np.abs(error).max() <= 4, name


@pytest.mark.parametrize(
    ("turn", "size", "red"),
    [
        (0, (144, 72), "left"),
        (90, (72, 144), "top"),
        (180, (144, 72), "right"),
        (270, (72, 144), "bottom"),
    ],
)
def test_rotate(turn: int, size: tuple[int, int], red: str) -> None:
    image = load_one(pdf_page(LEFT_RED, b"/Rotate %d" % turn))
    assert image.shape[1::-1] == size
    places = {"left": (36, 8), "right": (36, 136), "top": (8, 36), "bottom": (136, 36)}
    assert tuple(image[places[red]]) == RED


def test_crop_box() -> None:
    image = load_one(pdf_page(LEFT_RED, b"/CropBox [18 0 54 36]"))
    assert image.shape[:2] == (72, 72)
    assert halves(image) == (RED, WHITE)


@pytest.mark.parametrize(
    ("unit", "size"), [(b"10", (1440, 720)), (b"2.5", (360, 180)), (b"0", (144, 72))]
)
def test_user_unit(unit: bytes, size: tuple[int, int]) -> None:
    image = load_one(pdf_page(LEFT_RED, b"/UserUnit " + unit))
    assert image.shape[1::-1] == size
    assert halves(image) == (RED, WHITE)


def test_a_user_unit_beyond_the_limits_is_refused() -> None:
    with pytest.raises(PageError, match="144000x72000 pixels and a side may have at most"):
        load_one(pdf_page(LEFT_RED, b"/UserUnit 1000"))


def scan(width: int, page: bytes = b"") -> bytes:
    image = Image.new("L", (width, width // 2), 128)
    jpeg = encoded(image, "JPEG")
    return pdf_image(
        jpeg, b"/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode", image.size, page
    )


def test_a_small_page_is_drawn_at_the_resolution_of_its_scan() -> None:
    assert load_one(scan(600)).shape[1::-1] == (600, 300)
    assert load_one(scan(600, b"/Rotate 90")).shape[1::-1] == (300, 600)
    assert load_one(scan(100)).shape[1::-1] == (144, 72)  # a coarse scan
    assert load_one(scan(6000)).shape[1] == 1684  # no more than A4 has
    # A4 is drawn as ever, whatever its scan has.
    assert load_one(scan(6000, b"/MediaBox [0 0 595 842]")).shape[1::-1] == (1190, 1684)
    logo = scan(600, b"/MediaBox [0 0 200 200]")
    assert load_one(logo).shape[1::-1] == (400, 400)


WIDGET = (
    b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (x) /F %d /Rect [0 0 36 36] /P 3 0 R"
    b" /AP << /N 6 0 R >> >>"
)
APPEARANCE = stream(LEFT_RED, b"/Type /XObject /Subtype /Form /BBox [0 0 36 36]")


@pytest.mark.parametrize(
    "catalog",
    [b"/AcroForm << /Fields [5 0 R] >>", b"/AcroForm << /Fields [] >>", b""],
    ids=["whole", "without fields", "lost"],
)
def test_form_fields_are_drawn(catalog: bytes) -> None:
    content = pdf_page(b"", b"/Annots [5 0 R]", WIDGET % 4, APPEARANCE, catalog=catalog)
    assert halves(load_one(content)) == (RED, WHITE)
    hidden = pdf_page(b"", b"/Annots [5 0 R]", WIDGET % 2, APPEARANCE, catalog=catalog)
    assert halves(load_one(hidden)) == (WHITE, WHITE)


def test_fields_without_appearance_are_drawn() -> None:
    field = (
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (MMMM) /F 4 /Rect [0 0 72 36] /P 3 0 R"
        b" /DA (/Helv 20 Tf 0 g) >>"
    )
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    catalog = (
        b"/AcroForm << /Fields [5 0 R] /NeedAppearances true /DA (/Helv 20 Tf 0 g)"
        b" /DR << /Font << /Helv 6 0 R >> >> >>"
    )
    image = load_one(pdf_page(b"", b"/Annots [5 0 R]", field, font, catalog=catalog))
    assert image.min() < 60


@pytest.mark.parametrize("kind", [b"Stamp", b"FreeText", b"Square"])
def test_annotations_are_drawn(kind: bytes) -> None:
    note = b"<< /Type /Annot /Subtype /%s /F 4 /Rect [0 0 36 36] /AP << /N 6 0 R >> >>" % kind
    assert halves(load_one(pdf_page(b"", b"/Annots [5 0 R]", note, APPEARANCE))) == (RED, WHITE)


def test_optional_content_follows_its_default() -> None:
    content = b"/OC /On BDC 1 0 0 rg 0 0 36 36 re f EMC /OC /Off BDC 0 g 36 0 36 36 re f EMC"
    resources = b"/Resources << /Properties << /On 5 0 R /Off 6 0 R >> >>"
    layers = b"/OCProperties << /OCGs [5 0 R 6 0 R] /D << /ON [5 0 R] /OFF [6 0 R] >> >>"
    group = b"<< /Type /OCG /Name (layer) >>"
    assert halves(load_one(pdf_page(content, resources, group, group, catalog=layers))) == (
        RED,
        WHITE,
    )


XFA = b"/AcroForm << /Fields [%s] /XFA [(template) 5 0 R] >> %s"
TEMPLATE = stream(b"<template/>")
TEXT = b"BT /F 6 Tf 2 10 Td (%s) Tj ET"
FONT = b"/Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"


@pytest.mark.parametrize(
    ("text", "needs"),
    [(b"The form", b"/NeedsRendering true"), (b"Please wait...", b""), (b"Get Adobe Reader", b"")],
)
def test_a_dynamic_xfa_form_is_told(text: bytes, needs: bytes) -> None:
    with pytest.raises(PageError, match="dynamic XFA form"):
        load_one(pdf_page(TEXT % text, FONT, TEMPLATE, catalog=XFA % (b"", needs)))


def test_an_xfa_form_with_its_fields_or_words_is_read() -> None:
    page = b"/Annots [7 0 R]"
    fields = pdf_page(b"", page, TEMPLATE, APPEARANCE, WIDGET % 4, catalog=XFA % (b"7 0 R", b""))
    assert halves(load_one(fields)) == (RED, WHITE)
    words = pdf_page(TEXT % b"Name: Ada", FONT, TEMPLATE, catalog=XFA % (b"", b""))
    assert load_one(words).min() < 128


def test_password() -> None:
    content = encrypted_pdf(b"secret")
    assert load_one(content, password="secret").shape == (72, 144, 3)
    with pytest.raises(PageError, match=r"it asks for a password; .*--password"):
        load_one(content)
    with pytest.raises(PageError, match="the password is wrong"):
        load_one(content, password="guess")


def test_bytes_and_streams_equal_the_file(tmp_path: Path) -> None:
    content = pdf_page(LEFT_RED)
    path = tmp_path / "form.pdf"
    path.write_bytes(content)
    (expected,) = load_pages(path)
    with path.open("rb") as file:
        assert np.array_equal(load_pages(file)[0].image, expected.image)
    assert np.array_equal(load_one(io.BytesIO(content)), expected.image)  # type: ignore[arg-type]
