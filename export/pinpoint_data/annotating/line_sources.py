"""Where the lines of pages come from: a file of them, a folder of OCR files, or our reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from pinpoint_data.annotating.annotation_file import page_size
from pinpoint_data.annotating.ocr_files import read_line_file, read_ocr
from pinpoint_data.annotating.page_reader import page_reader
from pinpoint_data.annotating.proposals import Annotator
from pinpoint_data.annotating.text_lines import PageLines, TextLine
from pinpoint_edge.errors import DataError
from pinpoint_edge.evaluation.annotations import PAGED

# The lines of a page by the name that the annotations have for its image, its file and its number.
ReadLines = Callable[[str, Path, int], list[TextLine]]
OCR_SUFFIXES = (".json", ".txt", ".csv")


class Annotators:
    """Annotators of pages, made when they are asked for; those of the last pages are kept."""

    def __init__(self, read: ReadLines) -> None:
        self._read = read
        self.annotator = lru_cache(maxsize=8)(self._annotator)

    def _annotator(self, name: str, image: Path, page: int) -> Annotator:
        return Annotator(PageLines(self._read(name, image, page)))


@contextmanager
def open_annotators(
    lines: Path | None, ocr: Path | None, bundle: Path | None, threads: int | None
) -> Iterator[Annotators]:
    """Give the annotators of pages whose lines come from the one place that is given.

    Raises DataError for a file of lines that is broken.
    """
    if lines is not None:
        yield Annotators(_of_file(read_line_file(lines), lines))
    elif ocr is not None:
        yield Annotators(_of_folder(ocr))
    else:
        with page_reader(bundle, threads) as read:
            yield Annotators(lambda _, image, page: read(_path(image, page)))


def _of_file(found: dict[str, list[TextLine]], file: Path) -> ReadLines:
    def read(name: str, image: Path, page: int) -> list[TextLine]:
        for key in (name, f"{name}#{page + 1}"):
            if key in found:
                return found[key]
        raise DataError(f"{file} has no lines of {name!r}")

    return read


def _of_folder(folder: Path) -> ReadLines:
    def read(name: str, image: Path, page: int) -> list[TextLine]:
        for suffix in OCR_SUFFIXES:
            path = folder / f"{image.stem}{suffix}"
            if path.is_file():
                return read_ocr(path, page_size(image, page))
        raise DataError(f"{folder} has no OCR file {image.stem}{'|'.join(OCR_SUFFIXES)}")

    return read


def _path(image: Path, page: int) -> str:
    return f"{image}#{page + 1}" if image.suffix.lower() in PAGED else str(image)
