"""Crops of the evidence: the parts of the pages that a closed model is shown."""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from pinpoint_edge.document.looked import LookedPages
from pinpoint_edge.vision.geometry import Box, area, union

MOST_CROPS = 8  # of a page; some endpoints take no more pictures in a message
MARGIN = 0.4  # of a region's shorter side, around it
WASTE = 1.3  # two crops are one where that has at most so many times their area
GAP, NUMBER = 12, 28  # pixels between the crops of a contact sheet, and of their numbers


@dataclass(frozen=True)
class Crop:
    """A part of a page: its 0-based page, whole pixels x0 y0 x1 y1, and the regions in it."""

    page: int
    box: Box
    regions: tuple[int, ...]

    def picture(self, pages: LookedPages) -> Image.Image:
        """Cut it from the source page, at full resolution, without any metadata."""
        x0, y0, x1, y1 = map(int, self.box)
        return Image.fromarray(pages.pages[self.page].page.image[y0:y1, x0:x1])


def crops_of(pages: LookedPages, chosen: Sequence[int], most: int = MOST_CROPS) -> list[Crop]:
    """Return the crops of the chosen regions, page by page in reading order, `most` a page.

    Regions that lie close together share a crop: it costs less than two, and a label stays beside
    its value.
    """
    found: list[Crop] = []
    for number, looked in enumerate(pages.pages):
        size = (looked.page.width, looked.page.height)
        crops = [
            Crop(number, _around(pages.regions[index].box, size), (index,))
            for index in chosen
            if pages.page_of[index] == number
        ]
        found += _merged(crops, most)
    return found


def page_crop(pages: LookedPages, number: int) -> Crop:
    """Return the whole page as a crop."""
    page = pages.pages[number].page
    regions = tuple(index for index, at in enumerate(pages.page_of) if at == number)
    return Crop(number, (0.0, 0.0, float(page.width), float(page.height)), regions)


def contact_sheet(pictures: Sequence[Image.Image]) -> Image.Image:
    """Put pictures below one another on white, numbered from 1: one picture has one base price."""
    font = ImageFont.load_default(NUMBER - 4)
    width = max(picture.width for picture in pictures) + NUMBER + GAP
    height = sum(max(picture.height, NUMBER) + GAP for picture in pictures)
    sheet = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(sheet)
    y = 0
    for number, picture in enumerate(pictures, 1):
        pen.text((0, y), str(number), fill="black", font=font)
        sheet.paste(picture, (NUMBER + GAP, y))
        y += max(picture.height, NUMBER) + GAP
    return sheet


def png(picture: Image.Image) -> bytes:
    """Encode a picture."""
    file = io.BytesIO()
    picture.save(file, format="PNG", optimize=True)
    return file.getvalue()


def _around(box: Box, size: tuple[int, int]) -> Box:
    x0, y0, x1, y1 = box
    margin = MARGIN * min(x1 - x0, y1 - y0)
    low = (max(0.0, float(int(x0 - margin))), max(0.0, float(int(y0 - margin))))
    return (*low, min(size[0], int(x1 + margin) + 1.0), min(size[1], int(y1 + margin) + 1.0))


def _merged(crops: list[Crop], most: int) -> list[Crop]:
    """Join the two crops that waste the least, as long as it pays or there are too many."""
    while len(crops) > 1:
        pairs = itertools.combinations(range(len(crops)), 2)
        waste, first, second = min((_waste(crops[a], crops[b]), a, b) for a, b in pairs)
        if waste > WASTE and len(crops) <= most:
            break
        one, other = crops[first], crops[second]
        joined = Crop(one.page, union((one.box, other.box)), one.regions + other.regions)
        crops = [*crops[:first], joined, *crops[first + 1 : second], *crops[second + 1 :]]
    return [Crop(crop.page, crop.box, tuple(sorted(crop.regions))) for crop in crops]


def _waste(one: Crop, other: Crop) -> float:
    return area(union((one.box, other.box))) / (area(one.box) + area(other.box))
