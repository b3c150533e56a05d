"""Make the golden vectors of tests/golden/resize: python tests/golden/make_resize.py

cases.json lists {source, target} with shapes (height, width, channels); the bytes are row-major,
channels last. `grey.bin` is the luma of `colour.bin`.
"""

from __future__ import annotations

import json
from pathlib import Path

from raw_image import texture

from pinpoint_edge.vision.canvas import fit_canvas
from pinpoint_edge.vision.resize import resize_reference, to_grey

FOLDER = Path(__file__).parent / "resize"
# Targets (height, width): both ways, mixed, one pixel, one axis kept, identity.
TARGETS = [(31, 17), (90, 130), (20, 130), (140, 30), (1, 1), (67, 40), (33, 83), (67, 83)]
# Page (height, width) whose canvas is only described: size, scale and the used part.
PAGES = [(1584, 1224), (1224, 1584), (1000, 1000), (1400, 500), (300, 200), (9000, 40), (20, 3000)]


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    colour = texture(67, 83, 3, seed=1)
    images = {"colour": colour, "grey": to_grey(colour)[:, :, None]}
    cases = []
    for name, image in images.items():
        (FOLDER / f"{name}.bin").write_bytes(image.tobytes())
        for height, width in TARGETS:
            target = f"{name}_{height}x{width}.bin"
            resized = resize_reference(image, width, height)
            (FOLDER / target).write_bytes(resized.tobytes())
            cases.append(
                {
                    "source": {"file": f"{name}.bin", "shape": image.shape},
                    "target": {"file": target, "shape": resized.shape},
                }
            )
    canvases = []
    for height, width in PAGES:
        canvas = fit_canvas(texture(height, width, 3, seed=2))
        canvases.append(
            {
                "page": [height, width],
                "canvas": canvas.image.shape[:2],
                "scale": canvas.scale,
                "used": [canvas.size[1], canvas.size[0]],
            }
        )
    text = json.dumps({"resize": cases, "fit_canvas": canvases}, indent=1)
    (FOLDER / "cases.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
