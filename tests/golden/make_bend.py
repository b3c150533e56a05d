"""Make the golden vectors of tests/golden/bend: python tests/golden/make_bend.py

NAME.map.bin is a text map, uint8 (h, w), probability = byte / 255 in float32; NAME.grey.bin the
grey canvas, uint8 (h, w), of which the page covers `size` (width, height). For each: the pieces on
the map (x, y, slope, weight) and the slopes of their ink, the field of the latter, row by row, and
the bend: null for a flat page, else its size and its nodes. NAME.page.bin is a page, uint8 (H, W,
1), and NAME.flat.bin the same made flat. twice: a bend taken through another one.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from raw_image import texture

from pinpoint_edge.vision.canvas import Canvas
from pinpoint_edge.vision.flat.bend import find_bend
from pinpoint_edge.vision.flat.ink import with_ink_slopes
from pinpoint_edge.vision.flat.slopes import find_pieces, fit_slopes
from pinpoint_edge.vision.regions import find_text

FOLDER = Path(__file__).parent / "bend"
WIDTH, HEIGHT = 336, 288
LINES = [(20, 150), (200, 310)]  # columns of the two fields of each row
TALL = 16.0  # height of a line


def level(x: np.ndarray, y: int) -> np.ndarray:
    return np.full(x.shape, float(y))


def bowed(x: np.ndarray, y: int) -> np.ndarray:
    return y + 18 * np.cos((x - 150) / 110)


def folded(x: np.ndarray, y: int) -> np.ndarray:
    return y + (0.09 * (x - 168) if y > 120 else 0.0 * x)


def aside(x: np.ndarray, y: int) -> np.ndarray:
    return y + (y - 120) * (x - 168) / 900


def tilted(x: np.ndarray, y: int) -> np.ndarray:
    return y + 0.06 * (x - 168)


def drawn(place, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The text map and the grey canvas: letters of several heights on lines that go on `place`."""
    text = np.zeros((HEIGHT, WIDTH), np.uint8)
    grey = np.full((HEIGHT, WIDTH), 250, np.uint8)
    random = np.random.default_rng(seed)
    for y in range(30, HEIGHT - 40, 24):
        for start, stop in LINES:
            middle = np.rint(place(np.arange(start, stop), y)).astype(int)
            for x, row in zip(range(start, stop), middle, strict=True):
                text[max(row - 3, 0) : row + 4, x] = 230
                if (x - start) % 7 < 5:  # a letter, then a gap
                    high = 9 if (x - start) // 7 % 3 == 0 else 5
                    grey[max(row + 6 - high, 0) : row + 6, x] = 40
    noise = random.integers(-4, 5, grey.shape)
    return text, np.clip(grey.astype(int) + noise, 0, 255).astype(np.uint8)


# how the lines go, scale
CASES = {
    "level": (level, 1.0),
    "tilted": (tilted, 0.8),
    "bowed": (bowed, 1.0),
    "folded": (folded, 0.75),
    "aside": (aside, 1.2),
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    cases, bends = [], []
    for seed, (name, (place, scale)) in enumerate(CASES.items()):
        text, grey = drawn(place, seed)
        (FOLDER / f"{name}.map.bin").write_bytes(text.tobytes())
        (FOLDER / f"{name}.grey.bin").write_bytes(grey.tobytes())
        found = find_text(text.astype(np.float32) / np.float32(255), scale)
        pieces = find_pieces(found)
        inked = with_ink_slopes(pieces, grey)
        canvas = Canvas(np.stack([grey] * 3, 2), grey, scale, (WIDTH, HEIGHT))
        width, height = int(WIDTH / scale), int(HEIGHT / scale)
        bend = find_bend(found, canvas, TALL, width)
        case = {
            "name": name,
            "shape": [HEIGHT, WIDTH],
            "size": [WIDTH, HEIGHT],
            "scale": scale,
            "tall": TALL,
            "page": [height, width, 1],
            "pieces": np.round(
                np.stack([pieces.x, pieces.y, pieces.slope, pieces.weight], 1), 6
            ).tolist(),
            "ink": np.round(inked.slope, 6).tolist(),
            "field": np.round(fit_slopes(inked, canvas.size).slopes, 6).tolist(),
            "bend": None,
        }
        if bend is not None:
            page = texture(height, width, 1, seed=seed)
            (FOLDER / f"{name}.page.bin").write_bytes(page.tobytes())
            (FOLDER / f"{name}.flat.bin").write_bytes(bend.flatten(page).tobytes())
            points = np.array([[10.5, 20.25], [width - 3.0, height / 2], [width / 3, height + 5.0]])
            case["bend"] = {"size": bend.size, "nodes": bend.rows.tolist()}
            case["points"] = points.tolist()
            case["bent_points"] = np.round(bend.to_bent(points), 4).tolist()
            bends.append((name, bend))
        cases.append(case)
    (first, one), (second, two) = bends[0], bends[-1]
    twice = {"first": first, "second": second, "nodes": two.of(one).rows.tolist()}
    text = json.dumps({"pages": cases, "twice": twice}, indent=None, separators=(",", ":"))
    (FOLDER / "cases.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
