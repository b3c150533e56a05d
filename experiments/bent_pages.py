"""Are turned, seen from the side, bowed and folded pages answered as flat ones are? See README.md.

Every kind is made of the same official pages with the same questions, so that its ANLS is compared
with that of the flat, upright page.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import click
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pinpoint_edge import PinPoint
from pinpoint_edge.evaluation.metrics import anls
from pinpoint_edge.vision.page import Page

Pixels = NDArray[np.uint8]
Grid = NDArray[np.float32]
GROUND = 84  # the grey of a table under a page that is seen from the side


def remapped(image: Pixels, x: Grid, y: Grid, ground: int = 255) -> Pixels:
    """The image sampled at (x, y) of each pixel of the result."""
    border = (ground,) * 3
    taken = cv2.remap(image, x, y, cv2.INTER_LINEAR, None, cv2.BORDER_CONSTANT, border)
    return np.asarray(taken, np.uint8)


def turned(quarters: int) -> Callable[[Pixels, random.Random], Pixels]:
    """Turn by quarters, counter-clockwise."""
    return lambda image, _: np.ascontiguousarray(np.rot90(image, quarters))


def from_the_side(image: Pixels, chance: random.Random) -> Pixels:
    """A photo from the side: one upright edge is 12 to 20 % shorter than the other."""
    return _keystone(image, chance, sideways=True)


def from_below(image: Pixels, chance: random.Random) -> Pixels:
    """A photo from below or above: one level edge is 12 to 20 % shorter than the other."""
    return _keystone(image, chance, sideways=False)


def _keystone(image: Pixels, chance: random.Random, sideways: bool) -> Pixels:
    height, width = image.shape[:2]
    margin = int(0.06 * max(width, height))
    x0, y0, x1, y1 = margin, margin, margin + width, margin + height
    corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float32)
    less = chance.uniform(0.12, 0.20) * (height if sideways else width)
    upper = chance.uniform(0.3, 0.7) * less
    if sideways:
        near, far = chance.choice([(1, 2), (0, 3)])
        corners[near, 1] += upper
        corners[far, 1] -= less - upper
    else:
        left, right = chance.choice([(0, 1), (3, 2)])
        corners[left, 0] += upper
        corners[right, 0] -= less - upper
    flat = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(flat, corners)
    size = (width + 2 * margin, height + 2 * margin)
    border = (GROUND,) * 3
    seen = cv2.warpPerspective(image, matrix, size, None, cv2.INTER_AREA, 0, border)
    return np.asarray(seen, np.uint8)


def bowed(image: Pixels, chance: random.Random) -> Pixels:
    """Paper bowed across: its lines rise and fall by 2 to 4 % of its width."""
    height, width = image.shape[:2]
    deep = chance.choice([-1, 1]) * chance.uniform(0.02, 0.04) * width
    phase, turns = chance.uniform(0, 1), chance.uniform(0.4, 0.7)
    pad = int(abs(deep)) + 1
    x, y = _places(height + 2 * pad, width)
    return remapped(image, x, y - pad - deep * np.cos(2 * np.pi * (turns * x / width + phase)))


def folded(image: Pixels, chance: random.Random) -> Pixels:
    """Paper folded across: what lies below the fold is turned by 3 to 6 degrees."""
    height, width = image.shape[:2]
    fold = chance.uniform(0.35, 0.65) * height
    turn = np.radians(chance.choice([-1, 1]) * chance.uniform(3, 6))
    pad = int(width * 0.06)
    x, y = _places(height + 2 * pad, width + 2 * pad)
    x, y = x - pad, y - pad
    dx, dy = x - width / 2, y - fold
    below = np.cos(turn) * dy - np.sin(turn) * dx > 0
    back_x = width / 2 + np.cos(turn) * dx + np.sin(turn) * dy
    back_y = fold + np.cos(turn) * dy - np.sin(turn) * dx
    return remapped(
        image,
        np.where(below, back_x, x).astype(np.float32),
        np.where(below, back_y, np.minimum(y, fold)).astype(np.float32),
    )


def creased(image: Pixels, chance: random.Random) -> Pixels:
    """Paper creased down its middle: the right part runs up or down by 3 to 6 degrees."""
    height, width = image.shape[:2]
    crease = chance.uniform(0.35, 0.65) * width
    slope = np.tan(np.radians(chance.choice([-1, 1]) * chance.uniform(3, 6)))
    pad = int(abs(slope) * width) + 1
    x, y = _places(height + 2 * pad, width)
    return remapped(image, x, (y - pad - slope * np.maximum(x - crease, 0)).astype(np.float32))


def _places(height: int, width: int) -> tuple[Grid, Grid]:
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return x, y


def flat(image: Pixels, _: random.Random) -> Pixels:
    """The page as it is."""
    return image


KINDS: dict[str, Callable[[Pixels, random.Random], Pixels]] = {
    "flat": flat,
    "left": turned(1),
    "upside-down": turned(2),
    "right": turned(3),
    "from-the-side": from_the_side,
    "from-below": from_below,
    "bowed": bowed,
    "folded": folded,
    "creased": creased,
}


def questions_of(data: Path, pages: Path, count: int, seed: int) -> list[dict[str, object]]:
    """As many questions as wanted on the pages of a list, at most two a page."""
    chance = random.Random(seed)
    names = pages.read_text(encoding="utf-8").split()
    chance.shuffle(names)
    lines = (data / "qa.jsonl").read_text(encoding="utf-8").splitlines()
    by_page: dict[str, list[dict[str, object]]] = {}
    for question in map(json.loads, lines):
        by_page.setdefault(question["image"], []).append(question)
    chosen = []
    for name in names:
        all_of_page = by_page.get(name, [])
        chosen += chance.sample(all_of_page, min(2, len(all_of_page)))
    return chosen[:count]


@click.command()
@click.argument("bundle", type=click.Path(exists=True, path_type=Path))
@click.option("--data", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--pages", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--kind", "kinds", multiple=True, type=click.Choice(list(KINDS)))
@click.option("--questions", default=60)
@click.option("--seed", default=7)
@click.option("--show", is_flag=True, help="Print every answer.")
def main(
    bundle: Path,
    data: Path,
    pages: Path,
    kinds: tuple[str, ...],
    questions: int,
    seed: int,
    show: bool,
) -> None:
    """Print the ANLS of a set's pages, bent in every kind."""
    chosen = questions_of(data, pages, questions, seed)
    names = list(dict.fromkeys(str(question["image"]) for question in chosen))
    with PinPoint.load(bundle, threads=1) as reader:
        for kind in kinds or KINDS:
            scores = []
            for name in names:
                image = np.asarray(Image.open(data / name).convert("RGB"))
                bent = KINDS[kind](image, random.Random(f"{seed} {name}"))
                document = reader.open(Page(bent, name, 0))
                for question in chosen:
                    if question["image"] != name:
                        continue
                    answer = document.ask(str(question["question"]))
                    answers = list(map(str, question["answers"]))  # type: ignore[call-overload]
                    scores.append(anls(answer.text, answers))
                    if show:
                        click.echo(f"  {scores[-1]:.2f} {name} {answers[0]!r} {answer.text!r}")
            click.echo(f"{kind:14} {np.mean(scores):.3f}  {len(scores)} questions")


if __name__ == "__main__":
    main()
