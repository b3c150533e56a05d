"""How a page lies before the camera or on the glass: turned, tilted, bent; boxes follow exactly."""

import math
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pinpoint_data.generator.synthetic_page import Box

Points = tuple[tuple[float, float], ...]
Floats = NDArray[np.float64]

_CELL = 48
"""Pixels of a mesh cell: bends are smooth, so that within one a bilinear patch is exact enough."""
_ALONG = np.linspace(0.0, 1.0, 17)


@dataclass(frozen=True)
class Bend:
    """A wave of the paper: each column is shifted down by up to `height` pixels.

    `period` is its length in pixels, `phase` in radians.
    """

    height: float
    period: float
    phase: float

    def shift(self, x: Floats) -> Floats:
        """Pixels down at each x."""
        wave: Floats = self.height * np.sin(2 * math.pi * x / self.period + self.phase)
        return wave

    def shade(self, width: int) -> Floats:
        """Brightness of each column, 0..1: slopes turn away from the light."""
        x = np.arange(width)
        slope = np.cos(2 * math.pi * x / self.period + self.phase)
        shade: Floats = 1 - 0.16 * min(1.0, self.height / 16) * (0.5 + 0.5 * slope)
        return shade


class PageMap:
    """A page of `size` bent, then mapped by a projective `matrix` f64 (3, 3) onto `new_size`.

    The matrix is moved so that the whole page with a margin of `margin` pixels is in view.
    """

    def __init__(
        self,
        size: tuple[int, int],
        matrix: Floats | None = None,
        bend: Bend | None = None,
        margin: float = 0.0,
    ) -> None:
        self.size, self.bend, self.margin = size, bend, margin
        self.plain = matrix is None and bend is None and margin == 0
        self.matrix = np.eye(3) if matrix is None else matrix
        self.new_size = size
        if not self.plain:
            low, high = _bounds(self.points(_outline((0.0, 0.0, float(size[0]), float(size[1])))))
            move = np.eye(3)
            move[:2, 2] = margin - low
            self.matrix = move @ self.matrix
            width, height = (math.ceil(v) for v in (high - low + 2 * margin - 1e-6))
            self.new_size = (width, height)
        self.inverse = np.linalg.inv(self.matrix).astype(np.float64)

    @classmethod
    def turned(cls, degrees: float, width: int, height: int) -> "PageMap":
        """A rotation about the page's centre onto a page large enough for all of it."""
        return cls((width, height), None if degrees == 0 else _rotation(degrees))

    def points(self, at: Floats) -> Floats:
        """Where points f64 (N, 2) of the flat page come to lie."""
        if self.bend is not None:
            at = np.column_stack([at[:, 0], at[:, 1] + self.bend.shift(at[:, 0])])
        return _project(self.matrix, at)

    def sources(self, at: Floats) -> Floats:
        """The points of the flat page that are seen at points f64 (N, 2); undoes `points`."""
        flat = _project(self.inverse, at)
        if self.bend is not None:
            flat = np.column_stack([flat[:, 0], flat[:, 1] - self.bend.shift(flat[:, 0])])
        return flat

    def quad(self, box: Box) -> Points:
        """Four corners clockwise from the text's top left, around all of a box."""
        x0, y0, x1, y1 = box
        corners = self.points(np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float64))
        if self.bend is not None:
            # The sides are curves now: the top and the bottom move out to their farthest points.
            edges = self.points(_outline(box)).reshape(4, len(_ALONG), 2)
            down = _unit(corners[3] - corners[0])
            for first, second, edge, sign in ((0, 1, edges[0], -1.0), (2, 3, edges[2], 1.0)):
                chord = corners[first] + (corners[second] - corners[first]) * _ALONG[:, None]
                out = float(((edge - chord) @ (down * sign)).max())
                corners[[first, second]] += down * sign * max(0.0, out)
        return tuple((float(x), float(y)) for x, y in corners)

    def box(self, box: Box) -> Box:
        """The upright bounds of a box, inside the new page."""
        if self.plain:
            return box
        low, high = _bounds(self.points(_outline(box)))
        return (
            max(0.0, float(low[0])),
            max(0.0, float(low[1])),
            min(float(self.new_size[0]), float(high[0])),
            min(float(self.new_size[1]), float(high[1])),
        )

    def image(self, image: Image.Image, fill: tuple[int, int, int]) -> Image.Image:
        """The page as it lies, u8 RGB, with `fill` around it."""
        if self.plain:
            return image
        bilinear = Image.Resampling.BILINEAR
        if self.bend is None:
            flat = (self.inverse / self.inverse[2, 2]).reshape(-1)
            if np.allclose(flat[6:8], 0):
                return image.transform(
                    self.new_size, Image.Transform.AFFINE, flat[:6], bilinear, fillcolor=fill
                )
            return image.transform(
                self.new_size, Image.Transform.PERSPECTIVE, flat[:8], bilinear, fillcolor=fill
            )
        shade = (self.bend.shade(image.width) * 256).astype(np.uint16)
        shaded = (np.asarray(image) * shade[None, :, None] >> 8).astype(np.uint8)
        framed = Image.new("RGB", (image.width + 2, image.height + 2), fill)
        framed.paste(Image.fromarray(shaded), (1, 1))
        return framed.transform(
            self.new_size, Image.Transform.MESH, self._mesh(), bilinear, fillcolor=fill
        )

    def _mesh(self) -> list[tuple[tuple[int, int, int, int], tuple[float, ...]]]:
        """Cells of the new page and where their corners lie on the page, framed by a pixel."""
        width, height = self.new_size
        xs = np.unique(np.append(np.arange(0, width, _CELL), width))
        ys = np.unique(np.append(np.arange(0, height, _CELL), height))
        grid = np.stack(np.meshgrid(xs, ys), axis=2).reshape(-1, 2).astype(np.float64)
        seen = (self.sources(grid) + 1).reshape(len(ys), len(xs), 2)
        mesh = []
        for i in range(len(ys) - 1):
            for j in range(len(xs) - 1):
                place = (int(xs[j]), int(ys[i]), int(xs[j + 1]), int(ys[i + 1]))
                corners = (seen[i, j], seen[i + 1, j], seen[i + 1, j + 1], seen[i, j + 1])
                mesh.append((place, tuple(float(v) for corner in corners for v in corner)))
        return mesh


def random_map(rng: Random, width: int, height: int) -> PageMap:
    """A third lies straight, half is turned a little, the rest is photographed or bent."""
    draw = rng.random()
    if draw < 0.32:
        return PageMap((width, height))
    if draw < 0.8:
        degrees = max(-1.5, min(1.5, rng.gauss(0, 0.5)))
        return PageMap.turned(rng.uniform(-3, 3) if rng.random() < 0.17 else degrees, width, height)
    bend = None
    if rng.random() < 0.5:
        bend = Bend(
            height * rng.uniform(0.002, 0.009),
            width * rng.uniform(1.1, 2.6),
            rng.uniform(0, 2 * math.pi),
        )
    turn = _rotation(rng.gauss(0, 1.0))
    if rng.random() < 0.75:
        matrix = turn @ _tilted(rng, width, height)
        return PageMap((width, height), matrix, bend, width * rng.uniform(0, 0.05))
    return PageMap((width, height), turn, bend)


def _rotation(degrees: float) -> Floats:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]], np.float64)


def _tilted(rng: Random, width: int, height: int) -> Floats:
    """The view of a camera that is not quite above the page: far sides up to 6 % shorter."""
    matrix = np.eye(3)
    matrix[2, 0] = rng.uniform(-0.06, 0.06) / width
    matrix[2, 1] = rng.uniform(-0.06, 0.06) / height
    matrix[0, 1] = rng.uniform(-0.015, 0.015)
    return matrix


def _outline(box: Box) -> Floats:
    """Points along the four sides of a box, clockwise from its top left, f64 (4 * 17, 2)."""
    x0, y0, x1, y1 = box
    corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float64)
    sides = np.roll(corners, -1, axis=0) - corners
    along: Floats = corners[:, None, :] + sides[:, None, :] * _ALONG[None, :, None]
    return along.reshape(-1, 2)


def _project(matrix: Floats, at: Floats) -> Floats:
    high = at @ matrix[:, :2].T + matrix[:, 2]
    projected: Floats = high[:, :2] / high[:, 2:]
    return projected


def _bounds(at: Floats) -> tuple[Floats, Floats]:
    return at.min(axis=0), at.max(axis=0)


def _unit(vector: Floats) -> Floats:
    unit: Floats = vector / np.linalg.norm(vector)
    return unit
