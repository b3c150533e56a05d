"""Make the golden vectors of tests/golden/parts: python tests/golden/make_parts.py

For each page, (height, width): its scale and canvas, the part of it that the page covers, and for
each part of the canvas where it starts, and from where to where it is kept. `long` lists pages and
whether they are looked at in parts.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from pinpoint_edge.vision.parts import fit_long_canvas, is_long, spans

FOLDER = Path(__file__).parent / "parts"
PAGES = [(5832, 520), (2710, 600), (1500, 300), (4000, 61), (400, 2600), (12000, 640), (601, 130)]
LONG = [(900, 200), (901, 200), (200, 901), (1400, 493), (10, 10), (45, 10), (46, 10)]


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    pages = []
    for height, width in PAGES:
        canvas = fit_long_canvas(np.full((height, width, 3), 200, np.uint8))
        pages.append(
            {
                "page": [height, width],
                "scale": canvas.scale,
                "canvas": canvas.image.shape[:2],
                "used": [canvas.size[1], canvas.size[0]],
                "spans": spans(canvas.image.shape),
            }
        )
    long = [{"page": [height, width], "long": is_long(width, height)} for height, width in LONG]
    text = json.dumps({"pages": pages, "long": long}, indent=1)
    (FOLDER / "cases.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
