"""Make the golden vectors of tests/golden/components: python tests/golden/make_components.py

A text map is uint8 here, probability = byte / 255 in float32. For each: the regions with their
quads and scores, the skew in degrees, the rows of the reading order, and `geometry`.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from pinpoint_edge.vision.geometry import rotate_points, text_quad
from pinpoint_edge.vision.layout.order import estimate_skew, geometry, reading_order
from pinpoint_edge.vision.regions import find_regions

FOLDER = Path(__file__).parent / "components"
SIZE = (240, 200)  # width, height of the map
FORM = [  # boxes of text: two columns, a long line, a single character, an upright line
    (20, 20, 90, 29), (130, 21, 200, 30), (20, 48, 110, 57), (130, 47, 180, 56),
    (20, 80, 210, 90), (20, 110, 27, 118), (60, 110, 100, 119), (140, 105, 150, 160),
]  # fmt: skip


def drawn(boxes: list[tuple[int, int, int, int]], degrees: float, seed: int) -> np.ndarray:
    """uint8 (height, width): the boxes turned about the middle, soft-edged, with speckles."""
    picture = Image.new("L", SIZE)
    draw = ImageDraw.Draw(picture)
    for box in boxes:
        quad = rotate_points(text_quad(box), degrees, (SIZE[0] / 2, SIZE[1] / 2))
        draw.polygon([tuple(point) for point in quad.tolist()], fill=240)
    random = np.random.default_rng(seed)
    for x, y in random.integers(0, 200, (6, 2)).tolist():
        draw.point((x, y), fill=200)  # too small to be text
    draw.rectangle((200, 170, 230, 178), fill=100)  # above the threshold, below the box score
    noise = random.integers(-15, 16, (SIZE[1], SIZE[0]))
    return np.clip(np.asarray(picture).astype(int) + noise, 0, 255).astype(np.uint8)


def touching() -> np.ndarray:
    """Shapes that only an 8-neighbour labelling joins right: diagonals, a ring, a spiral, edges."""
    plane = np.zeros((60, 80), np.uint8)
    for step in range(3):  # corners touch
        plane[1 + 5 * step : 6 + 5 * step, 2 + 8 * step : 10 + 8 * step] = 220
    plane[20:40, 5:30] = 230
    plane[24:36, 9:26] = 0
    plane[28:32, 12:22] = 210  # inside the ring, on its own
    plane[20:24, 40:76] = plane[20:50, 72:76] = plane[46:50, 40:76] = plane[30:50, 40:44] = 240
    plane[54:60, 60:80] = 250  # at the corner of the map
    return plane


# map, scale, page size
CASES = {
    "form": (drawn(FORM, 0, 1), 0.5, (480, 400)),
    "form_tilted": (drawn(FORM, 6.5, 2), 0.5, (480, 400)),
    "form_tilted_back": (drawn(FORM, -9, 3), 1.25, (192, 160)),
    "touching": (touching(), 1.0, (78, 58)),
    "empty": (np.zeros((20, 30), np.uint8), 1.0, (30, 20)),
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    cases = []
    for name, (plane, scale, page_size) in CASES.items():
        (FOLDER / f"{name}.bin").write_bytes(plane.tobytes())
        regions = find_regions(plane.astype(np.float32) / np.float32(255), scale, page_size)
        skew = estimate_skew(regions)
        cases.append(
            {
                "file": f"{name}.bin",
                "shape": plane.shape,
                "scale": scale,
                "page_size": page_size,
                "regions": [
                    {"quad": np.round(region.quad.astype(float), 4).tolist(),
                     "score": round(region.score, 6)}
                    for region in regions
                ],
                "skew": round(skew, 6),
                "rows": reading_order(regions, skew),
                "geometry": np.round(geometry(regions, page_size, skew).astype(float), 6).tolist(),
            }
        )  # fmt: skip
    text = json.dumps({"find_regions": cases}, indent=1)
    (FOLDER / "cases.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
