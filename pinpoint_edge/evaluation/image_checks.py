"""The images that annotations name: they exist, and are as large as their boxes suppose."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from PIL import Image, UnidentifiedImageError

_ORIENTATION_TAG = 0x0112


class AnnotatedImage(Protocol):
    """The image of an annotated page: its name, its file, its place in the file, and its size."""

    @property
    def image(self) -> str: ...
    @property
    def file(self) -> Path: ...
    @property
    def path(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def is_paged(self) -> bool: ...


class Images:
    """Checks that images exist and, where a header says it, have the size their boxes suppose."""

    def __init__(self) -> None:
        self._found: dict[Path, tuple[int, int] | None] = {}
        self._sizes: dict[str, tuple[int, int]] = {}

    def problems(self, page: AnnotatedImage) -> list[str]:
        """Return what is wrong with a page's image; the size of a good one binds later lines."""
        if page.file not in self._found:
            if not page.file.is_file():
                return [f"the image {page.file} is missing; paths are relative to the JSONL file"]
            self._found[page.file] = None if page.is_paged else upright_size(page.file)
        size, found = (page.width, page.height), self._found[page.file]
        earlier = self._sizes.get(page.path, size)
        if earlier != size:
            return [
                f"{page.image} is {size[0]}x{size[1]} here and {earlier[0]}x{earlier[1]} "
                "on an earlier line"
            ]
        if found is not None and found != size:
            return [
                f"the image {page.file} is {found[0]}x{found[1]} pixels, "
                f"not {size[0]}x{size[1]}; scale the boxes with the image"
            ]
        self._sizes[page.path] = size
        return []


def upright_size(file: Path) -> tuple[int, int] | None:
    """Return (width, height) of an image after EXIF rotation, from its header; None without one."""
    try:
        with Image.open(file) as image:
            turned = image.getexif().get(_ORIENTATION_TAG, 1) in (5, 6, 7, 8)
            return image.size[::-1] if turned else image.size
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, SyntaxError, ValueError):
        return None  # opening the page says what is wrong with it
