"""Image files, decoded by Pillow to upright RGB pages."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError, features

from pinpoint_edge.errors import BackendError, PageError
from pinpoint_edge.vision.page.limits import NamedImage, PageLimits, page_source, pick_pages
from pinpoint_edge.vision.page.pixels import square_pixels, upright_rgb
from pinpoint_edge.vision.page.source import HEIF_EXTRA, PageFile

_ORIENTATION, _PHOTOMETRIC, _BITS, _SUBFILE, _RESOLUTION = 0x0112, 262, 258, 254, (282, 283)
_WHITE_IS_ZERO = 0
_PREVIEW_OR_MASK = 0b101
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
    *(struct.error, OverflowError, AttributeError, RuntimeError),
)


def read_image(file: PageFile, kind: str, limits: PageLimits) -> list[NamedImage]:
    """Decode the frames of an image file that "#number" asks for.

    Raises PageError and, where a codec is not installed, BackendError.
    """
    _check_codec(file.name, kind)
    with _decoding(file.name), file.open() as opened, Image.open(opened, formats=[kind]) as image:
        # A phone's JPEG or HEIC may carry previews and depth maps as further frames, and GIF, PNG
        # and WebP animations: only TIFF has pages.
        frames = _tiff_pages(image) if kind == "TIFF" else [None]
        chosen = pick_pages(file.name, file.number, len(frames))
        for index in chosen:
            _seek(image, frames[index])
            limits.admit(page_source(file.name, index, len(frames)), *_size(image))
        found = []
        for index in chosen:
            _seek(image, frames[index])
            image.load()
            found.append((page_source(file.name, index, len(frames)), _pixels(file.name, image)))
        return found


def read_opened_image(image: Image.Image, limits: PageLimits) -> NamedImage:
    """Take the present frame of an opened or made PIL image; raises PageError."""
    given = getattr(image, "filename", None)
    name = given if isinstance(given, str) and given else "PIL image"
    with _decoding(name):
        limits.admit(name, *_size(image))
        image.load()
        return name, _pixels(name, image)


def read_array(array: NDArray[Any], limits: PageLimits) -> NamedImage:
    """Take an array as a page: grey (H, W) of bool, uint8 or uint16, or uint8 RGB(A) (H, W, 3|4).

    Raises PageError for other shapes and dtypes, and for sizes beyond the limits.
    """
    name = "array"
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    grey = array.ndim == 2 and array.dtype in (np.bool_, np.uint8, np.uint16)
    colour = array.ndim == 3 and array.shape[2] in (3, 4) and array.dtype == np.uint8
    if not grey and not colour:
        raise PageError(
            f"{name}: a page of shape {array.shape} and type {array.dtype} is not read; pass uint8 "
            "(H, W, 3) in RGB order, or grey (H, W)"
        )
    limits.admit(name, array.shape[1], array.shape[0])
    return name, _pixels(name, Image.fromarray(np.ascontiguousarray(array)))


def _check_codec(name: str, kind: str) -> None:
    if kind == "HEIF":
        try:
            import pi_heif
        except ImportError as error:
            raise BackendError(
                f"{name}: reading HEIC needs pi-heif; run `{HEIF_EXTRA}`, or save it as JPEG."
            ) from error
        pi_heif.register_heif_opener()
    codec = {"AVIF": "avif", "JPEG2000": "jpg_2000", "WEBP": "webp"}.get(kind)
    if codec and not features.check(codec):
        raise BackendError(
            f"{name}: this build of Pillow reads no {kind}; run `pip install --upgrade pillow`."
        )


def _tiff_pages(image: Any) -> list[int | None]:
    """The frames that are pages: not reduced previews, not masks; all, where nothing else is."""
    pages: list[int | None] = []
    for index in range(image.n_frames):
        image.seek(index)
        if not int(_tag(image, _SUBFILE) or 0) & _PREVIEW_OR_MASK:
            pages.append(index)
    return pages or list(range(image.n_frames))


def _seek(image: Image.Image, frame: int | None) -> None:
    if frame is not None:  # else the primary one, which need not be the first
        image.seek(frame)


@contextmanager
def _decoding(name: str) -> Iterator[None]:
    """Turn what Pillow raises into a PageError."""
    try:
        with warnings.catch_warnings():
            # Sizes are held to our own limits, and damaged metadata that costs no pixel is no news.
            warnings.simplefilter("ignore")
            yield
    except Image.DecompressionBombError as error:
        raise PageError(
            f"{name}: the image declares so many pixels that it may be a decompression bomb "
            f"({error}); scale it down"
        ) from error
    except UnidentifiedImageError as error:
        raise PageError(
            f"{name}: the image's header is truncated or damaged, or declares no pixels; "
            "copy or export it again"
        ) from error
    except _DECODE_FAILURES as error:
        raise PageError(
            f"{name}: the image is truncated or damaged ({error}); copy or export it again"
        ) from error


def _pixels(name: str, image: Image.Image) -> NDArray[np.uint8]:
    """The loaded frame as upright uint8 (H, W, 3), whatever its mode."""
    bits = _tag(image, _BITS) or (8,)
    return upright_rgb(
        name,
        image,
        turn=_UPRIGHT.get(_orientation(image)),
        size=_size(image),
        white_is_zero=_tag(image, _PHOTOMETRIC) == _WHITE_IS_ZERO,
        deep=max(bits if isinstance(bits, tuple) else (bits,)) > 8,
    )


def _size(image: Image.Image) -> tuple[int, int]:
    """Width and height of square pixels: a fax has more dots along a line than lines."""
    if hasattr(image, "tag_v2"):
        return square_pixels(image.size, tuple(_tag(image, tag) for tag in _RESOLUTION))
    return square_pixels(image.size, image.info.get("dpi"))


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 (upright) where there is none; damaged EXIF costs no page."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except _DECODE_FAILURES:
        return 1


def _tag(image: Image.Image, tag: int) -> Any:
    tags: Any = getattr(image, "tag_v2", None)
    return None if tags is None else tags.get(tag)
