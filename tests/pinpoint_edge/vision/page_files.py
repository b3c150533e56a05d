"""Files that hold pages, made byte by byte where no library writes what a test needs."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

RED, BLUE, WHITE, BLACK = (255, 0, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)


def two_tone(left: tuple[int, int, int] = RED, right: tuple[int, int, int] = BLUE) -> Image.Image:
    """40x20 pixels: the left half one colour, the right half another."""
    image = Image.new("RGB", (40, 20), right)
    image.paste(left, (0, 0, 20, 20))
    return image


def halves(image: NDArray[np.uint8]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The colours at the middle of the left and of the right half."""
    height, width = image.shape[:2]
    left, right = image[height // 2, width // 4], image[height // 2, 3 * width // 4]
    return tuple(map(int, left)), tuple(map(int, right))


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


def pdf_page(content: bytes, page: bytes = b"", *more: bytes, catalog: bytes = b"") -> bytes:
    """A PDF of one page of 72x36 points: object 3 the page, 4 its content, `more` from 5 on."""
    if b"/MediaBox" not in page:
        page += b" /MediaBox [0 0 72 36]"
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R %s >>" % page,
            stream(content),
            *more,
        ]
    )


def pdf_image(data: bytes, head: bytes, size: tuple[int, int], page: bytes = b"") -> bytes:
    """A PDF whose page shows one image over its whole 72x36 points."""
    head = b"/Type /XObject /Subtype /Image /Width %d /Height %d %s" % (*size, head)
    page += b" /Resources << /XObject << /I 5 0 R >> >>"
    return pdf_page(b"72 0 0 36 0 0 cm /I Do", page, stream(data, head))


def fax_data(image: Image.Image) -> bytes:
    """Group 4 data of a bilevel image, ones black."""
    content = encoded(image, "TIFF", compression="group4")
    tags = Image.open(io.BytesIO(content)).tag_v2  # type: ignore[attr-defined]
    start, length = tags[273][0], tags[279][0]
    return content[start : start + length]


def jbig2_data(image: Image.Image) -> bytes:
    """A JBIG2 page (T.88) as PDF embeds it: one generic region, coded as Group 4."""

    def segment(number: int, kind: int, body: bytes) -> bytes:
        return struct.pack(">IBBBI", number, kind, 0, 1, len(body)) + body

    size = struct.pack(">II", *image.size)
    region = size + bytes(8) + b"\0" + b"\1" + fax_data(image)
    return segment(0, 48, size + bytes(8) + b"\0\0\0") + segment(1, 38, region)


# 64x32 pixels, red left and blue right, stored on its side with the EXIF orientation 6; written
# once by pillow-heif, whose encoder the tests do without.
HEIC = zlib.decompress(
    base64.b85decode(
        b"c-muNV30{GsVvAy%}izhg51nBLl8SRGck>Uf$>CcYDppk1Sn>t<P<^K3<a6VB@Af5Br_);Y>0~k0}}%yh{gB@LIX"
        b"h!Pz(r|GT<UAKx~njnU@CUfn-I2oK&zfpqh-bWJ3ldK}L`g*NRNAa=wDhl3WI;N=Ej~f}#Q-`&ni|az2nQ1L}2VW"
        b"CjUM04tLF!0_kqj~@&S{LBeJ9TE<VJdFSUgA_1>R4{{(+%6`EM4+UW6C)#<%mRf*)@iSvEZez*Bf~%eD8vjR7!;F"
        b"$%Gq2P4;CNj1X?1ToS##amz+}p6y;@LYXAy~WEK~sLcQw%#Tv;ui6ECLKpYPi13Kpa185+?0z;r6vmz73VdmiA08"
        b"*TpMfoK__b^Ci7UaSrg^_`gt&xeDwWSTnk;*JeO@m7CC8rc8gQEdt$BNvPL{NNHXfUqld|;`pvj6|zi1+vY_psIf"
        b"&oEmX9<$@$HlF|gmTWNpudsM$_RHRVUO&ngX}?UK7gxHGQO>V?{=LMDVpA`zznT3sz}BJY<<x!50#>Kv<VBz7)_!"
        b">!79Yp3>d><l8yDBzD)d(Jp0bQn`{JTcBGOacZ<^n=`L4bXXg3=q?tFb2w17Mg21Z69Q1F6+5aMJ2MAnpu"
    )
)
