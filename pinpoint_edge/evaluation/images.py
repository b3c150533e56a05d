"""The images that annotations name: that they are there, and as large as their boxes suppose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError

if TYPE_CHECKING:
    from pinpoint_edge.evaluation.annotations import Sheet

_ORIENTATION_TAG = 0x0112


class Images:
    """Whether images are there and, where a header tells, have the size that boxes are drawn on."""

    def __init__(self) -> None:
        self._found: dict[Path, tuple[int, int] | None] = {}
        self._sizes: dict[str, tuple[int, int]] = {}

    def problems(self, sheet: Sheet) -> list[str]:
        """Return what is wrong with a sheet's image; a good one's size binds later sheets."""
        if sheet.file not in self._found:
            if not sheet.file.is_file():
                return [f"the image {sheet.file} is missing; paths are relative to the JSONL file"]
            self._found[sheet.file] = None if sheet.is_paged else upright_size(sheet.file)
        size, found = (sheet.width, sheet.height), self._found[sheet.file]
        earlier = self._sizes.get(sheet.path, size)
        if earlier != size:
            return [
                f"{sheet.image} is {size[0]}x{size[1]} here and {earlier[0]}x{earlier[1]} "
                "on an earlier line"
            ]
        if found is not None and found != size:
            return [
                f"the image {sheet.file} is {found[0]}x{found[1]} pixels, "
                f"not {size[0]}x{size[1]}; scale the boxes with the image"
            ]
        self._sizes[sheet.path] = size
        return []


def upright_size(file: Path) -> tuple[int, int] | None:
    """Return (width, height) of an image after EXIF rotation, from its header; None without one."""
    try:
        with Image.open(file) as image:
            turned = image.getexif().get(_ORIENTATION_TAG, 1) in (5, 6, 7, 8)
            return image.size[::-1] if turned else image.size
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, SyntaxError, ValueError):
        return None  # opening the page says what is wrong with it
