"""Lines of a page that are read when they are needed, and kept in a file for the next run."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from pinpoint_data.annotating.text_lines import TextLine
from pinpoint_edge.errors import DataError
from pinpoint_edge.storage.resumable_log import Log
from pinpoint_edge.vision.geometry import Box, text_size
from pinpoint_edge.vision.page import Page

LONG = 36  # heights: a longer line is prose, and read only where a field lies


@dataclass(frozen=True)
class Line:
    """A line of text: four corners in pixels; text is None until it is read.

    spans: left and right end of each character, as parts of the line's width.
    """

    quad: tuple[tuple[float, float], ...]
    text: str | None = None
    confidence: float = 0.0
    spans: tuple[tuple[float, float], ...] = ()

    @cached_property
    def box(self) -> Box:
        """The upright bounds in pixels."""
        xs, ys = zip(*self.quad, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def is_level(self) -> bool:
        """Whether it is read to the right; a stamp beside the form often is not."""
        (x0, y0), (x1, y1) = self.quad[:2]
        left, top, right, bottom = self.box
        alone = len(self.text or "") < 2
        return x1 - x0 > 4 * abs(y1 - y0) and (alone or bottom - top < 1.5 * (right - left))

    def as_text(self) -> TextLine:
        """The line with the places of its characters.

        A check box beside the text is in the line but not in the text, so that the outer characters
        are made no wider than others.
        """
        spans = list(self.spans)
        if spans:
            left, top, right, bottom = self.box
            wide = 0.8 * (bottom - top) / (right - left)
            if len(spans) > 2:
                wide = 1.4 * float(np.median([b - a for a, b in spans]))
            spans[0] = max(spans[0][0], spans[0][1] - wide), spans[0][1]
            spans[-1] = spans[-1][0], min(spans[-1][1], spans[-1][0] + wide)
        return TextLine(self.text or "", self.box, tuple(spans))


class LineReader(Protocol):
    """Finds the lines of a page, and reads some of them; `name` says what reads."""

    name: str

    def find(self, page: Page) -> list[Line]: ...

    def read(self, page: Page, lines: Sequence[Line]) -> list[Line]: ...


class PageLines:
    """The lines of one page; `need` reads those that were not read yet."""

    def __init__(self, page: Page, store: LineStore) -> None:
        self.page = page
        self._store = store
        kept = store.kept(page)
        self.lines = kept if kept is not None else [_kept(x) for x in store.reader.find(page)]
        self._changed = kept is None
        self.need(i for i, line in enumerate(self.lines) if _is_short(line))

    def need(self, indices: Iterable[int]) -> None:
        """Read the lines with these indices."""
        unread = [index for index in indices if self.lines[index].text is None]
        if unread:
            read = self._store.reader.read(self.page, [self.lines[i] for i in unread])
            for index, line in zip(unread, read, strict=True):
                self.lines[index] = _kept(replace(line, text=line.text or ""))
            self._changed = True

    def keep(self) -> None:
        """Write what was read to the store."""
        if self._changed:
            self._store.keep(self.page, self.lines)
            self._changed = False


class LineStore:
    """The lines that were read so far, in a file or in memory alone.

    Raises OptionError for a file that another reader wrote, DataError for a broken one.
    """

    def __init__(self, reader: LineReader, path: Path | None) -> None:
        self.reader = reader
        # Strict decoding of a million numbers takes a minute: a page is decoded when it is opened.
        self._log = Log(path, dict[str, Any], _source, by=reader.name, to_json=dict)

    def kept(self, page: Page) -> list[Line] | None:
        """The lines of a page, None when it was not looked at; DataError for a broken record.

        A page that is opened at another size than it was read at has its lines scaled.
        """
        record = self._log.done.get(page.source)
        if record is None:
            return None
        try:
            across, down = page.width / record["width"], page.height / record["height"]
            lines = [_from_json(*line) for line in record["lines"]]
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise DataError(
                f"{self._log.path}: the lines of {page.source} are broken ({error!r}); remove them."
            ) from error
        if (across, down) == (1.0, 1.0):
            return lines
        return [
            replace(line, quad=tuple((x * across, y * down) for x, y in line.quad))
            for line in lines
        ]

    def keep(self, page: Page, lines: Sequence[Line]) -> None:
        """Keep the lines of a page."""
        size = {"width": page.width, "height": page.height}
        self._log.add({"source": page.source, **size, "lines": [_to_json(line) for line in lines]})

    def open(self, page: Page) -> PageLines:
        """The lines of a page, read as far as they are short."""
        return PageLines(page, self)


def _is_short(line: Line) -> bool:
    width, height = text_size(np.array(line.quad))
    return width <= LONG * height


def _to_json(line: Line) -> list[Any]:
    """The line's corners in tenths of a pixel, text, confidence, ends of characters by 1000."""
    corners = [round(10 * value) for point in line.quad for value in point]
    ends = [round(1000 * a) for a, _ in line.spans] + [round(1000 * b) for _, b in line.spans[-1:]]
    return [corners, line.text, round(line.confidence, 4), ends]


def _from_json(corners: list[int], text: str | None, confidence: float, ends: list[int]) -> Line:
    quad = tuple((x / 10, y / 10) for x, y in zip(corners[::2], corners[1::2], strict=True))
    spans = tuple((a / 1000, b / 1000) for a, b in itertools.pairwise(ends))
    return Line(quad, text, confidence, spans)


def _kept(line: Line) -> Line:
    """The line as it comes back from a store, so that a second run is the same as the first."""
    return _from_json(*_to_json(line))


def _source(record: dict[str, Any]) -> str:
    return str(record["source"])
