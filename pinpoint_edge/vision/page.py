"""Pages: upright RGB images out of photos, scans and PDF files."""

from __future__ import annotations

import logging
import math
import os
import re
import struct
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from pinpoint_edge.errors import OptionError, PageError

MAX_PAGES = 500
# One page is held to `max_pixels`; a file of many small-looking frames must not get round that.
MAX_DOCUMENT_PIXELS = 1_000_000_000

PathLike = str | os.PathLike[str]
_Sourced = tuple[str, NDArray[np.uint8]]

_FORMATS = "JPEG, PNG, WebP, TIFF or PDF"
_ORIENTATION_TAG, _PHOTOMETRIC_TAG, _WHITE_IS_ZERO = 0x0112, 262, 0
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow's decoders raise on damaged files.
_DECODE_FAILURES = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError),
    *(struct.error, OverflowError, AttributeError),
)
# PDFium keeps global state and is not thread-safe.
_PDFIUM_LOCK = threading.Lock()


@dataclass(frozen=True, eq=False)
class Page:
    """One page: `image` uint8 (H, W, 3) upright RGB, the `source` it came from ("scan.tif#2" for
    the second page of a file), and its `number`, 0-based among the pages opened together."""

    image: NDArray[np.uint8]
    source: str
    number: int

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return int(self.image.shape[0])


@dataclass
class _Limits:
    """What a page may be, and how much the document holds so far."""

    max_side: int
    max_pixels: int
    dpi: float
    pages: int = 0
    pixels: int = 0

    def admit(self, source: str, width: int, height: int) -> None:
        """Count a page in by the size it declares, before any pixel is decoded, or refuse it."""
        what = f"{source}: the page is {width}x{height} pixels"
        if width < 1 or height < 1:
            raise PageError(f"{what}, so it has no content; export it again")
        if max(width, height) > self.max_side:
            raise PageError(
                f"{what} and a side may have at most {self.max_side}; "
                "scale it down or cut it into pages"
            )
        if width * height > self.max_pixels:
            raise PageError(
                f"{what}, more than the {self.max_pixels} that are decoded "
                "(a possible decompression bomb); scale it down"
            )
        self.pages += 1
        self.pixels += width * height
        if self.pages > MAX_PAGES:
            raise PageError(
                f"{source}: a document may have at most {MAX_PAGES} pages; open fewer files at once"
            )
        if self.pixels > MAX_DOCUMENT_PIXELS:
            raise PageError(
                f"{source}: with this page the document holds more than {MAX_DOCUMENT_PIXELS} "
                "pixels; open fewer pages at once, or smaller ones"
            )


def load_pages(
    paths: PathLike | Sequence[PathLike],
    *,
    max_side: int = 20_000,
    max_pixels: int = 100_000_000,
    dpi: float = 144,
) -> list[Page]:
    """Load image and PDF files as the pages of one document.

    JPEG, PNG and WebP give one page, TIFF and PDF all of theirs; "file.pdf#3" is its third page
    alone. EXIF orientation is applied, alpha is laid over white, 16-bit greys are scaled to 8, and
    PDF pages, their filled form fields included, are rendered at `dpi`.

    Raises PageError for anything that gives no page, before decoding where the header tells, and
    OptionError for limits that are not positive.
    """
    for name, value in (("max_side", max_side), ("max_pixels", max_pixels), ("dpi", dpi)):
        if not value > 0:
            raise OptionError(f"{name} is {value} and must be positive; leave it out")
    limits = _Limits(max_side, max_pixels, dpi)
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    if not given:
        raise PageError(f"no page was given; name at least one {_FORMATS} file")
    images = [item for path in given for item in _read(os.fspath(path), limits)]
    return [Page(image, source, number) for number, (source, image) in enumerate(images)]


def _read(name: str, limits: _Limits) -> list[_Sourced]:
    path, number = _split_page_number(name)
    kind = _sniff(path)
    if kind == "PDF":
        return _read_pdf(path, number, limits)
    return _read_image(path, kind, number, limits)


def _split_page_number(name: str) -> tuple[Path, int | None]:
    """("file.pdf", 3) of "file.pdf#3"; a file that really has "#" in its name keeps it."""
    match = re.fullmatch(r"(.+)#(-?\d+)", name, re.DOTALL)
    if match is None or os.path.lexists(name):
        return Path(name), None
    return Path(match[1]), int(match[2])


def _sniff(path: Path) -> str:
    """The file's kind by its first bytes, never by its name."""
    try:
        if path.is_dir():
            raise PageError(f"{path}: this is a folder; name the {_FORMATS} files in it")
        if not path.exists():
            raise PageError(f"{path}: no such file; check the path")
        if not path.is_file():
            raise PageError(
                f"{path}: this is no regular file; save the page to a {_FORMATS} file first"
            )
        with path.open("rb") as file:
            head = file.read(1024)
    except (OSError, ValueError) as error:
        raise PageError(
            f"{path!s}: the file cannot be read ({error}); check the path and its permissions"
        ) from error
    if not head:
        raise PageError(f"{path}: the file is empty; copy or download it again")
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        if len(head) >= 24 and 0 in struct.unpack(">II", head[16:24]):
            raise PageError(f"{path}: the image is zero pixels wide or high; export it again")
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF"
    if b"%PDF-" in head:
        return "PDF"
    if head[4:8] == b"ftyp":
        raise PageError(f"{path}: HEIC, AVIF and video files are not read; save the photo as JPEG")
    raise PageError(f"{path}: this is not an image or PDF that is read here; save it as {_FORMATS}")


def _pick(path: Path, number: int | None, count: int) -> range:
    """The 0-based pages of a file with `count` pages that "#number" asks for."""
    pages = "1 page" if count == 1 else f"{count} pages"
    if number is not None:
        if not 1 <= number <= count:
            raise PageError(
                f"{path}: there is no page {number}, the file has {pages}; pages count from 1"
            )
        return range(number - 1, number)
    if count > MAX_PAGES:
        raise PageError(
            f"{path}: the file has {pages} and a document may have at most {MAX_PAGES}; "
            f'choose a page, as in "{path.name}#1"'
        )
    return range(count)


def _source(path: Path, index: int, count: int) -> str:
    return f"{path}#{index + 1}" if count > 1 else str(path)


def _read_image(path: Path, kind: str, number: int | None, limits: _Limits) -> list[_Sourced]:
    with _decoding(path), Image.open(path, formats=[kind]) as image:
        # A phone's JPEG may carry previews and depth maps as further frames, and WebP animations:
        # only TIFF has pages.
        count = int(getattr(image, "n_frames", 1)) if kind == "TIFF" else 1
        chosen = _pick(path, number, count)
        for index in chosen:
            image.seek(index)
            limits.admit(_source(path, index, count), *image.size)
        found = []
        for index in chosen:
            image.seek(index)
            image.load()
            found.append((_source(path, index, count), _upright_rgb(path, image)))
        return found


@contextmanager
def _decoding(path: Path) -> Iterator[None]:
    """Turn what Pillow raises into a PageError."""
    try:
        with warnings.catch_warnings():
            # Sizes are held to our own limits, and damaged metadata that costs no pixel is no news.
            warnings.simplefilter("ignore")
            yield
    except Image.DecompressionBombError as error:
        raise PageError(
            f"{path}: the image declares so many pixels that it may be a decompression bomb "
            f"({error}); scale it down"
        ) from error
    except UnidentifiedImageError as error:
        raise PageError(
            f"{path}: the image's header is truncated or damaged, or declares no pixels; "
            "copy or export it again"
        ) from error
    except _DECODE_FAILURES as error:
        raise PageError(
            f"{path}: the image is truncated or damaged ({error}); copy or export it again"
        ) from error


def _upright_rgb(path: Path, image: Image.Image) -> NDArray[np.uint8]:
    """The loaded frame as upright uint8 (H, W, 3), whatever its mode."""
    method = _UPRIGHT.get(_orientation(image))
    white_is_zero = _photometric(image) == _WHITE_IS_ZERO
    if image.mode.startswith("I;16"):
        grey = np.asarray(image).astype(np.uint32)
        grey = (grey * 255 + 32767) // 65535
        # Pillow inverts 8-bit and bilevel TIFF where white is zero, but not 16-bit.
        grey8 = (255 - grey if white_is_zero else grey).astype(np.uint8)
        image = Image.fromarray(grey8)
    elif image.mode in ("I", "F", "LAB"):
        raise PageError(
            f"{path}: its {image.mode} pixels (32-bit or CIELAB) have no fixed black and white; "
            "save it as 8-bit or 16-bit RGB or grey"
        )
    elif image.has_transparency_data:
        if image.mode == "La":  # premultiplied; Pillow converts it only to LA
            image = image.convert("LA")
        rgba = image.convert("RGBA")
        image = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
        image.alpha_composite(rgba)
    image = image.convert("RGB")
    return np.array(image if method is None else image.transpose(method))


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 (upright) where there is none; damaged EXIF costs no page."""
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except _DECODE_FAILURES:
        return 1


def _photometric(image: Image.Image) -> int | None:
    tags: Any = getattr(image, "tag_v2", None)
    return None if tags is None else tags.get(_PHOTOMETRIC_TAG)


def _read_pdf(path: Path, number: int | None, limits: _Limits) -> list[_Sourced]:
    import pypdfium2

    with _PDFIUM_LOCK:
        try:
            document = pypdfium2.PdfDocument(path)
            try:
                count = len(document)
                if count == 0:
                    raise PageError(f"{path}: the PDF has no pages; export it again")
                chosen = _pick(path, number, count)
                _show_form_values(document)
                return [
                    (source, _render(document[index], source, limits))
                    for index in chosen
                    for source in [_source(path, index, count)]
                ]
            finally:
                document.close()
        except pypdfium2.PdfiumError as error:
            if "password" in str(error).lower():
                raise PageError(
                    f"{path}: the PDF is encrypted and asks for a password; save a copy without one"
                ) from error
            raise PageError(
                f"{path}: the PDF is broken or has no pages ({error}); export or print it again"
            ) from error


def _show_form_values(document: Any) -> None:
    """Have the values typed into a form drawn, which PDFium does only with a form environment."""
    log = logging.getLogger("pypdfium2")
    level = log.level
    # It warns of XFA forms; their plain AcroForm twin is what gets drawn.
    log.setLevel(logging.ERROR)
    try:
        document.init_forms()
    finally:
        log.setLevel(level)


def _render(page: Any, source: str, limits: _Limits) -> NDArray[np.uint8]:
    try:
        scale = limits.dpi / 72
        width, height = (math.ceil(side * scale) for side in page.get_size())
        limits.admit(source, width, height)
        bitmap = page.render(scale=scale, rev_byteorder=True)
        try:
            return np.array(bitmap.to_numpy()[:, :, :3])
        finally:
            bitmap.close()
    finally:
        page.close()
