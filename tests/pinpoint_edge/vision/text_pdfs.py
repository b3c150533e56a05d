"""PDF files with text, honest and lying, made operator by operator."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .page_files import encoded, pdf, stream

SIZE = (420, 300)  # points
LINES = ("Rental agreement", "Tenant: Mara Lind", "Licence: WWVW-44RN-7MMN", "Rent: 1,250.00 EUR")

# Every character stands for the next one: "A" is said to be "B".
SHIFTED = (
    b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /S def /CMapType 2 def"
    b" 1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfrange <21> <7D> <0022> endbfrange"
    b" endcmap end end"
)


def shown(
    *lines: str, size: int = 14, left: int = 40, top: int = 250, step: int = 40, mode: int = 0,
    colour: bytes = b"0 g", matrix: bytes = b"",
) -> bytes:  # fmt: skip
    """The operators that show lines of text, the first one at `top` points from the foot."""
    out = colour + b" "
    for number, line in enumerate(lines):
        text = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode("cp1252")
        place = matrix or b"1 0 0 1 %d %d" % (left, top - step * number)
        out += b"BT /F %d Tf %d Tr %s Tm (%s) Tj ET " % (size, mode, place, text)
    return out


def text_pdf(
    *contents: bytes, to_unicode: bytes | None = None, picture: Image.Image | None = None,
    page: bytes = b"",
) -> bytes:  # fmt: skip
    """A PDF of one page for each content, with Helvetica as /F and perhaps a picture as /I."""
    fonts = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding %s >>"
    kids = b" ".join(b"%d 0 R" % (6 + 2 * number) for number in range(len(contents)))
    image = picture or Image.new("L", (1, 1), 255)
    head = b"/Type /XObject /Subtype /Image /Width %d /Height %d" % image.size
    jpeg = encoded(image.convert("L"), "JPEG", quality=95)
    head += b" /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(contents)),
        fonts % (b"/ToUnicode 4 0 R" if to_unicode else b""),
        stream(to_unicode or b""),
        stream(jpeg, head),
    ]
    for number, content in enumerate(contents):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R /Resources"
            b" << /Font << /F 3 0 R >> /XObject << /I 5 0 R >> >> %s >>"
            % (*SIZE, 7 + 2 * number, page)
        )
        objects.append(stream(content))
    return pdf(objects)


def scanned(*lines: str) -> Image.Image:
    """A scan of the page that `shown` makes, at 144 dpi."""
    image = Image.new("L", (SIZE[0] * 2, SIZE[1] * 2), 255)
    pen = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        foot = 2 * (SIZE[1] - 250 + 40 * number)
        pen.text((80, foot), line, fill=0, font=ImageFont.load_default(28), anchor="ls")
    return Image.fromarray(np.asarray(image))


OVER_ALL = b"q %d 0 0 %d 0 0 cm /I Do Q " % SIZE
