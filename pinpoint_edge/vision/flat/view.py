"""A page as it is looked at, turned upright and made flat, and the way back to the page given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.vision.flat.bend import Bend
from pinpoint_edge.vision.geometry import Quad
from pinpoint_edge.vision.page import Page
from pinpoint_edge.vision.regions import Region


@dataclass(frozen=True, eq=False)
class View:
    """A page made upright and flat.

    page: as it is looked at; given: as it was opened, the same object where nothing was to be done;
    upright: the one given, turned by `quarters`, counter-clockwise; bend: how that one lies, None
    for flat.
    """

    page: Page
    given: Page
    upright: Page
    quarters: int = 0
    bend: Bend | None = None

    @classmethod
    def of(cls, page: Page, quarters: int = 0) -> View:
        """The view of a page turned by quarters, counter-clockwise."""
        if quarters % 4 == 0:
            return cls(page, page, page)
        image = np.ascontiguousarray(np.rot90(page.image, quarters))
        upright = Page(image, page.source, page.number)
        return cls(upright, page, upright, quarters % 4)

    def flattened(self, bend: Bend) -> View:
        """The view with what it shows made flat, also where it was made flatter before."""
        if self.bend is not None:
            bend = bend.of(self.bend)
        image = bend.flatten(self.upright.image)
        page = Page(image, self.upright.source, self.upright.number)
        return replace(self, page=page, bend=bend)

    @property
    def turned(self) -> int:
        """Degrees, clockwise, by which the page was turned to be read: 0, 90, 180 or 270."""
        return -self.quarters % 4 * 90

    def to_given(self, points: NDArray[np.floating]) -> Quad:
        """Where points (..., 2) of the page looked at lie on the page as given, f32."""
        if self.bend is None and not self.quarters:
            return np.asarray(points, np.float32)
        flat = np.asarray(points, np.float64) if self.bend is None else self.bend.to_bent(points)
        x, y = flat[..., 0], flat[..., 1]
        width, height = self.given.width, self.given.height
        turned = ((x, y), (width - y, x), (width - x, height - y), (y, height - x))
        return np.clip(np.stack(turned[self.quarters], -1), 0, (width, height)).astype(np.float32)

    def regions_given(self, found: Sequence[Region]) -> list[Region]:
        """Regions of the page looked at as regions of the page as given."""
        if self.page is self.given:
            return list(found)
        return [replace(region, quad=self.to_given(region.quad)) for region in found]
