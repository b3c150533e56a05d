"""Make the golden vectors of tests/golden/crop: python tests/golden/make_crop.py

page.bin is the page, uint8 (120, 160, 3). crops: `crop_quad` of it to the shape given. batch_crops:
the batches over the quads of all crops, each with its indices, used widths and bytes (8, C, h, w).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from raw_image import texture

from pinpoint_edge.vision.crop import batch_crops, crop_quad, crop_width
from pinpoint_edge.vision.geometry import rotate_points, text_quad
from pinpoint_edge.vision.resize import to_grey

FOLDER = Path(__file__).parent / "crop"
LINE = text_quad((30.3, 40.6, 120.2, 58.1))


def turned(degrees: float) -> np.ndarray:
    return rotate_points(LINE, degrees, (75.25, 49.5))


QUADS = {
    "upright": LINE,
    "nearly_upright": turned(0.4),
    "long_drift": np.array([[2, 60], [158, 61.3], [157.95, 67.3], [1.95, 66]], np.float32),
    "tilted": turned(7),
    "tilted_back": turned(-10),
    "downwards": text_quad((70.2, 10.1, 82.7, 110.4)),
    "downwards_tilted": turned(86),
    "upside_down": turned(180),
    "upwards": turned(270),
    "beyond_the_page": turned(20) + np.float32([60, 55]),
    "beyond_upright": text_quad((-12.5, 100.2, 30.5, 140.9)),
    "outside": text_quad((300, 300, 340, 310)),
    "skewed": np.array([[20, 20], [90, 26], [96, 44], [26, 38]], np.float32),
    "a_point": np.full((4, 2), 50.5, np.float32),
}
BATCHES = {"glance": (16, [64, 128], True), "refine": (12, [24, 48, 96], False)}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    page = texture(120, 160, 3, seed=3)
    (FOLDER / "page.bin").write_bytes(page.tobytes())
    crops = []
    for name, quad in QUADS.items():
        quad = quad.astype(np.float32)
        width = min(crop_width(quad, 20), 120)
        (FOLDER / f"{name}.bin").write_bytes(crop_quad(page, quad, 20, width).tobytes())
        crops.append(
            {
                "file": f"{name}.bin",
                "quad": quad.tolist(),
                "shape": [20, width, 3],
                "crop_width": crop_width(quad, 20),
            }
        )
    batches = []
    for name, (height, widths, grey) in BATCHES.items():
        quads = [quad.astype(np.float32) for quad in QUADS.values()]
        made = []
        for number, (indices, pixels, used) in enumerate(
            batch_crops(to_grey(page) if grey else page, quads, height, widths)
        ):
            file = f"batch_{name}_{number}.bin"
            (FOLDER / file).write_bytes(pixels.tobytes())
            made.append(
                {
                    "file": file,
                    "shape": pixels.shape,
                    "indices": indices.tolist(),
                    "used": used.tolist(),
                }
            )
        batches.append({"height": height, "widths": widths, "grey": grey, "batches": made})
    text = json.dumps({"page": page.shape, "crops": crops, "batch_crops": batches}, indent=1)
    (FOLDER / "cases.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
