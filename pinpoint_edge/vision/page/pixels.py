"""Pixels of any mode to upright RGB, dark ink staying dark and light ink legible.

Colours are converted strip by strip: a 600-dpi A3 scan has 70 million pixels, and a second or third
copy of them would not fit a phone.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from pinpoint_edge.errors import PageError

_STRIP_PIXELS = 1 << 20
_WHITE, _BLACK = 255, 0
_LIGHT_INK = 160  # of 255: lighter strokes are lost on white
_STRANGE = 40  # of 255: darkness that only a profile knows, such as linear light or swapped inks
_DENSITY_RATIOS = (1.2, 4.0)  # of fax: 204 x 98 dpi; less is no matter, more a wrong tag

Strip = Callable[[Image.Image], Image.Image]


def upright_rgb(
    name: str,
    image: Image.Image,
    *,
    turn: Image.Transpose | None,
    size: tuple[int, int],
    white_is_zero: bool,
    deep: bool,
) -> NDArray[np.uint8]:
    """Return the loaded image as uint8 (H, W, 3).

    turn: makes it upright; size: before the turn, other than the image's where its pixels are not
    square; white_is_zero: of 16-bit grey, which Pillow leaves as it is; deep: its samples had more
    than 8 bits. Raises PageError for pixels without black and white.
    """
    profile = image.info.get("icc_profile")
    image = _eight_bits(name, image, white_is_zero, deep)
    convert = _conversion(image, profile)
    if image.size != size:
        image = image.convert("L") if image.mode == "1" else convert(image)
        image = image.resize(size, Image.Resampling.BILINEAR)
        convert = _plain
    if turn is not None:
        image = image.transpose(turn)
    width, height = image.size
    pixels = np.empty((height, width, 3), np.uint8)
    step = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, step):
        strip = image.crop((0, top, width, min(height, top + step)))
        pixels[top : top + step] = np.asarray(convert(strip))
    return pixels


def square_pixels(size: tuple[int, int], density: object) -> tuple[int, int]:
    """Return the size at which pixels are square, for a density (x, y) in pixels an inch."""
    try:
        x, y = (float(value) for value in density)  # type: ignore[attr-defined]
        ratio = x / y
    except (TypeError, ValueError, ZeroDivisionError):
        return size
    least, most = _DENSITY_RATIOS
    if least <= ratio <= most:
        return size[0], round(size[1] * ratio)
    if least <= 1 / ratio <= most if ratio > 0 else False:
        return round(size[0] / ratio), size[1]
    return size


def _eight_bits(name: str, image: Image.Image, white_is_zero: bool, deep: bool) -> Image.Image:
    """Scale deeper grey to 8 bits by the bits that the page uses: scanners write 10 to 14 of 16."""
    if image.mode in ("F", "LAB"):
        raise PageError(
            f"{name}: its {image.mode} pixels (32-bit or CIELAB) have no fixed black and white; "
            "save it as 8-bit or 16-bit RGB or grey"
        )
    if image.mode == "I" or image.mode.startswith("I;16"):
        grey = np.asarray(image)
        least, most = int(grey.min()), int(grey.max())
        if least < 0 or most > 0xFFFF:
            raise PageError(
                f"{name}: its 32-bit pixels have no fixed black and white; save it as 8-bit or "
                "16-bit RGB or grey"
            )
        full = (1 << max(1, most.bit_length())) - 1
        table = (np.arange(full + 1, dtype=np.int64) * 255 + full // 2) // full
        table = 255 - table if white_is_zero else table
        return Image.fromarray(table.astype(np.uint8)[grey])
    if deep and image.mode == "RGB":
        # Pillow keeps the upper 8 of 16 bits: 12-bit colours come as 0 to 15.
        extrema: Any = image.getextrema()
        most = max(high for _, high in extrema)
        if 0 < most < 128:
            return image.point([min(255, v * 255 // most) for v in range(256)] * 3)
    return image


def _conversion(image: Image.Image, profile: object) -> Strip:
    """Return the function that turns a strip of the image into RGB."""
    if image.has_transparency_data:
        ground = _ground(_with_alpha(image))

        def laid_over(strip: Image.Image) -> Image.Image:
            under = Image.new("RGBA", strip.size, (ground, ground, ground, 255))
            under.alpha_composite(_with_alpha(strip))
            return under.convert("RGB")

        return laid_over
    if isinstance(profile, bytes) and image.mode in ("CMYK", "RGB", "L"):
        transform = _profile_transform(image.mode, profile)
        if transform is not None:
            return lambda strip: ImageCms.applyTransform(strip, transform) or strip
    return _plain


def _plain(strip: Image.Image) -> Image.Image:
    return strip.convert("RGB")


def _with_alpha(image: Image.Image) -> Image.Image:
    # Pillow converts premultiplied grey only to LA.
    return (image.convert("LA") if image.mode == "La" else image).convert("RGBA")


def _ground(image: Image.Image) -> int:
    """The grey to lay an RGBA image over: black where most of its contours are those of light ink.

    A contour is where alpha changes. Strokes have long ones, a photo or a card with clear corners a
    short one, and it needs a ground mostly clear.
    """
    alpha = np.asarray(image.getchannel("A"), np.int16)
    if (alpha < 128).mean() < 0.5:
        return _WHITE
    light = np.asarray(image.convert("RGB").convert("L"), np.int32)
    weight = total = 0.0
    for axis in (0, 1):
        clear, shade = np.swapaxes(alpha, 0, axis), np.swapaxes(light, 0, axis)
        change = np.abs(np.diff(clear, axis=0))
        ink = np.where(clear[1:] > clear[:-1], shade[1:], shade[:-1])
        weight += float(change.sum())
        total += float((change * ink).sum())
    return _BLACK if weight and total / weight > _LIGHT_INK else _WHITE


def _profile_transform(mode: str, profile: bytes) -> Any:
    """The transform of an ICC profile to sRGB, None where it changes no darkness to speak of."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        transform = ImageCms.buildTransform(source, target, mode, "RGB")
        channels = {"L": 1, "RGB": 3}.get(mode)
        if channels is None:
            return transform
        grid = np.stack(np.meshgrid(*[np.arange(0, 256, 51)] * channels), axis=-1)
        probe = Image.fromarray(grid.astype(np.uint8).reshape(-1, 6, channels).squeeze())
        seen = ImageCms.applyTransform(probe, transform)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None  # a damaged profile costs no page
    if seen is None:
        return None
    change = np.asarray(seen.convert("L"), np.int16) - np.asarray(probe.convert("L"), np.int16)
    return transform if int(np.abs(change).max()) > _STRANGE else None
