"""Refinement: the chosen regions are cut from the source, encoded alone, and read by the host.

A crop's tokens depend on its pixels alone, so they are kept by the digest of those: for other
questions, pages and frames, exactly.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image as Images
from PIL.Image import Image

from pinpoint_hosts.head import Head
from pinpoint_hosts.host import Box, Cost, Host, Look
from pinpoint_hosts.windows import merged, rectangles, select, to_pixels

COVERAGE = 0.6
CROPS = 4


class CropCache:
    """Looks of the crops that a host encoded last, by the digest of their pixels."""

    def __init__(self, host: Host, size: int = 256) -> None:
        self._host, self._size = host, size
        self._kept: OrderedDict[bytes, Look] = OrderedDict()
        self.encoded = 0

    def again(self, crops: Sequence[Image]) -> list[Look]:
        """Return the look of each crop; only those are encoded that were not yet."""
        digests = [_digest(crop) for crop in crops]
        new = {d: c for d, c in zip(digests, crops, strict=True) if d not in self._kept}
        self._kept.update(zip(new, self._host.again(list(new.values())), strict=True))
        self.encoded += len(new)
        found = [self._kept[digest] for digest in digests]
        for digest in digests:
            self._kept.move_to_end(digest)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return found


def _digest(image: Image) -> bytes:
    pixels = image.convert("RGB")
    return hashlib.sha256(repr(pixels.size).encode() + pixels.tobytes()).digest()


def cut(page: Image, box: Box, *, square: bool) -> Image:
    """Cut a box, in pixels, from a page; `square` widens it to one, padded white off the page."""
    x0, y0, x1, y1 = box
    left, top, right, bottom = int(x0), int(y0), -int(-x1 // 1), -int(-y1 // 1)
    if not square:
        return page.crop((left, top, right, bottom))
    side = max(right - left, bottom - top)
    left, top = (
        max(0, min(round(middle - side / 2), whole - side))
        for middle, whole in (((left + right) / 2, page.width), ((top + bottom) / 2, page.height))
    )
    found = Images.new("RGB", (side, side), "white")
    found.paste(page.crop((left, top, min(left + side, page.width), min(top + side, page.height))))
    return found


@dataclass(frozen=True)
class HostAnswer:
    """What a host answers: text, the boxes that it read in pixels, and the cost of it all."""

    text: str
    ids: list[int]
    boxes: list[Box]
    cost: Cost


class PinPointHost:
    """A host with a trained head: looks at the small page, then reads the chosen regions alone."""

    def __init__(
        self,
        host: Host,
        head: Head,
        *,
        coverage: float = COVERAGE,
        crops: int = CROPS,
        page_too: bool = False,
    ) -> None:
        """crops: at most so many; page_too: the tokens of the small page stand before theirs."""
        self.host, self.head = host, head
        self.coverage, self.crops, self.page_too = coverage, crops, page_too
        self.cache = CropCache(host)

    def regions(self, page: Image, question: str) -> tuple[list[Box], Look]:
        """Return the chosen boxes in pixels, in reading order, and the look at the small page."""
        look = self.host.look(page, small=True)
        scores, windows = self.head.score(self.host, look, question)
        _, covered = select(scores, windows, self.coverage)
        cells = merged(rectangles(covered), self.crops)
        boxes = [to_pixels(box, windows, look.frame, page.size) for box in cells]
        return [box for box in boxes if box[2] - box[0] >= 1 and box[3] - box[1] >= 1], look

    def ask(self, page: Image, question: str, *, limit: int = 32) -> HostAnswer:
        """Answer a question from the chosen regions; `limit` bounds the generated tokens."""
        boxes, small = self.regions(page, question)
        crops = [cut(page, box, square=self.host.square) for box in boxes]
        looks = self.cache.again(crops)
        read = [small, *looks] if self.page_too else looks
        prompt = self.host.prompt(question, read)
        ids = self.host.generate(prompt, limit)
        spent = self.host.cost([small, *looks], prompt)
        return HostAnswer(self.host.text(ids), ids, boxes, spent)
