"""Image files, decoded by Pillow to upright RGB pages."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from pinpoint_edge.errors import PageError
from pinpoint_edge.vision.page.limits import NamedImage, PageLimits, page_source, pick_pages

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


def read_image(path: Path, kind: str, number: int | None, limits: PageLimits) -> list[NamedImage]:
    """Decode the frames of an image file that "#number" asks for; raises PageError."""
    with _decoding(path), Image.open(path, formats=[kind]) as image:
        # A phone's JPEG may carry previews and depth maps as further frames, and WebP animations:
        # only TIFF has pages.
        count = int(getattr(image, "n_frames", 1)) if kind == "TIFF" else 1
        chosen = pick_pages(path, number, count)
        for index in chosen:
            image.seek(index)
            limits.admit(page_source(path, index, count), *image.size)
        found = []
        for index in chosen:
            image.seek(index)
            image.load()
            found.append((page_source(path, index, count), _upright_rgb(path, image)))
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
