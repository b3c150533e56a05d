"""Takes a hand-held photo of a flat page, and carries boxes from the page into the photo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from .flat_page import Box

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Paper:
    """How the paper lies: a bow and folds, displacements in pixels of the flat page."""

    width: float
    height: float
    bow: float
    phase: float
    folds: tuple[tuple[int, float, float], ...]  # axis of the coordinate, its place, depth

    def shift(self, points: Points) -> Points:
        """Where a point of the flat page appears shifted to, shape (..., 2)."""
        x, y = points[..., 0] / self.width, points[..., 1] / self.height
        moved = np.stack(
            [
                self.bow * np.sin(np.pi * (y + self.phase)) * 0.6,
                self.bow * np.sin(np.pi * (x + self.phase)),
            ],
            -1,
        )
        for axis, place, depth in self.folds:
            near = np.clip(1 - np.abs((x, y)[axis] - place) / 0.22, 0, 1)
            moved[..., 1 - axis] += depth * near
        return moved

    def shade(self, points: Points) -> NDArray[np.float64]:
        """Light on the paper: one side of a fold is darker, its edge lighter."""
        light = np.ones(points.shape[:-1])
        for axis, place, _ in self.folds:
            away = points[..., axis] / (self.width, self.height)[axis] - place
            light -= 0.10 * (away > 0) * np.clip(1 - away / 0.3, 0, 1)
            light += 0.07 * np.exp(-((away / 0.003) ** 2))
        return light


def homography(source: Points, target: Points) -> Points:
    """The 3 by 3 matrix that carries four points to four others."""
    rows = []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    solved = np.linalg.solve(np.asarray(rows), target.reshape(-1))
    return np.append(solved, 1).reshape(3, 3)


def carried(matrix: Points, points: Points) -> Points:
    """Points of shape (..., 2) under a homography."""
    full = np.concatenate([points, np.ones((*points.shape[:-1], 1))], -1) @ matrix.T
    return full[..., :2] / full[..., 2:]


@dataclass(frozen=True)
class Photo:
    """The picture, and how a place of the flat page came into it."""

    image: Image.Image
    matrix: Points
    paper: Paper

    def box(self, box: Box) -> list[float]:
        """The upright box around a box of the flat page, in pixels of the photo."""
        x0, y0, x1, y1 = box[0] - 2, box[1] - 2, box[2] + 2, box[3] + 2
        steps = np.linspace(0, 1, 9)
        xs, ys = x0 + (x1 - x0) * steps, y0 + (y1 - y0) * steps
        sides = [(xs, 0 * xs + y0), (xs, 0 * xs + y1), (0 * ys + x0, ys), (0 * ys + x1, ys)]
        flat = np.concatenate([np.stack(side, -1) for side in sides])
        lying = flat.copy()
        for _ in range(12):  # the photo shows at `lying` what the page has at lying + shift
            lying = flat - self.paper.shift(lying)
        seen = carried(self.matrix, lying)
        low, high = seen.min(0), seen.max(0)
        wide, tall = self.image.size
        edges = (max(0, low[0]), max(0, low[1]), min(wide, high[0]), min(tall, high[1]))
        return [round(float(edge), 1) for edge in edges]


def photograph(
    flat: Image.Image, rng: np.random.Generator, folds: str = "", scale: float = 1.25
) -> Photo:
    """Photograph a flat page on a table; `folds` names axes, "x", "y" or both."""
    wide, tall = flat.size
    border = 0.05 * max(wide, tall) * scale
    size = (int(wide * scale + 2 * border), int(tall * scale + 2 * border))
    corners = np.asarray([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float64)
    angle = np.radians(rng.uniform(-3.5, 3.5))
    turn = np.asarray([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = np.asarray(size) / 2
    target = (corners - (wide / 2, tall / 2)) @ turn * scale * rng.uniform(0.93, 0.98) + middle
    lean = rng.uniform(-0.035, 0.035, 2)  # the phone leans: one side is farther away
    away = (corners / (wide, tall) - 0.5) @ lean * 2
    target = middle + (target - middle) * (1 - away[:, None])
    target += rng.uniform(-0.006, 0.006, target.shape) * max(size)
    matrix = homography(corners, target)
    paper = Paper(
        wide,
        tall,
        float(rng.uniform(1, 5)),
        float(rng.uniform(-0.4, 0.4)),
        tuple(
            ("xy".index(axis), float(rng.uniform(0.42, 0.58)), float(rng.uniform(2, 5)))
            for axis in folds
        ),
    )
    grid = np.stack(np.meshgrid(np.arange(size[0]), np.arange(size[1])), -1).astype(np.float64)
    lying = carried(np.linalg.inv(matrix), grid)
    inside = (lying >= 0).all(-1) & (lying[..., 0] <= wide - 1) & (lying[..., 1] <= tall - 1)
    paint = sampled(np.asarray(flat, np.float32), lying + paper.shift(lying))
    paint *= paper.shade(lying)[..., None]
    shot = np.where(inside[..., None], paint, table_top(size, rng))
    shot *= light(size, rng)[..., None] * rng.uniform((0.95, 0.96, 0.86), (1.0, 0.99, 0.99))
    image = Image.fromarray(np.clip(shot, 0, 255).astype(np.uint8))
    image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.5, 1.15))))
    noisy = np.asarray(image, np.float32) + rng.normal(0, rng.uniform(1.5, 5), (*size[::-1], 1))
    return Photo(Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)), matrix, paper)


def sampled(image: NDArray[np.float32], points: Points) -> NDArray[np.float64]:
    """Bilinear samples of an image at points of shape (h, w, 2)."""
    high, wide = image.shape[:2]
    x, y = np.clip(points[..., 0], 0, wide - 1.001), np.clip(points[..., 1], 0, high - 1.001)
    left, top = x.astype(int), y.astype(int)
    dx, dy = (x - left)[..., None], (y - top)[..., None]
    upper = image[top, left] * (1 - dx) + image[top, left + 1] * dx
    lower = image[top + 1, left] * (1 - dx) + image[top + 1, left + 1] * dx
    return np.asarray(upper * (1 - dy) + lower * dy, np.float64)


def table_top(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """A table of wood or stone."""
    coarse = rng.uniform(-14, 14, (int(rng.integers(8, 60)), int(rng.integers(4, 12)), 1))
    grain = Image.fromarray((coarse[..., 0] + 128).astype(np.uint8)).resize(size)
    colours = [(96, 72, 52), (58, 60, 66), (150, 140, 126), (120, 92, 70), (38, 48, 60)]
    return np.asarray(colours[rng.integers(len(colours))]) + (
        np.asarray(grain, np.float64)[..., None] - 128
    )


def light(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Light that falls from one side, and at times the soft shadow of a hand or the phone."""
    x, y = np.meshgrid(np.linspace(-1, 1, size[0]), np.linspace(-1, 1, size[1]))
    angle = rng.uniform(0, 2 * np.pi)
    field = 0.92 + rng.uniform(0.04, 0.16) * (x * np.cos(angle) + y * np.sin(angle))
    if rng.random() < 0.5:
        angle, edge = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 0.8)
        along = x * np.cos(angle) + y * np.sin(angle) - edge
        field *= 1 - rng.uniform(0.12, 0.28) / (1 + np.exp(-along / rng.uniform(0.04, 0.15)))
    return field
