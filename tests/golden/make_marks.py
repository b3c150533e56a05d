"""Make the golden vectors of tests/golden/marks: python tests/golden/make_marks.py

A mark map is uint8 (4, h, w) here, probability = byte / 255 in float32. For each: the marks that
are found, with their kinds, boxes and scores, and what `join` makes of lines of text beside them.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from pinpoint_edge.geometry import rotate_points, text_quad
from pinpoint_edge.marks import PLANES, find_marks, join
from pinpoint_edge.regions import Region

FOLDER = Path(__file__).parent / "marks"
SIZE = (80, 120)  # height, width of a map

# kind, box of the map, probability in hundredths
FORM = [
    ("box", (10, 10, 15, 15), 95), ("box", (10, 25, 15, 30), 90),
    ("stamp", (10, 10, 15, 15), 70),  # the same place, seen as another: the surer one stays
    ("box", (50, 10, 55, 15), 85), ("box", (80, 10, 85, 15), 85),
    ("signature", (20, 45, 70, 55), 80), ("stamp", (75, 40, 110, 70), 92),
    ("figure", (2, 60, 30, 78), 88),
    ("box", (100, 25, 101, 30), 99),  # too narrow
    ("box", (100, 10, 106, 16), 62),  # not sure enough
]  # fmt: skip
# Lines of the page, which is as large as the map times two.
LINES = [
    ((36, 18, 92, 32), 0),  # right of its box
    ((16, 48, 90, 62), 0),  # holds its box at the left: cut
    ((96, 18, 240, 32), 0),  # two boxes inside: cut into pieces
    ((21, 21, 29, 29), 0),  # a tick read as a letter: dropped
    ((50, 92, 130, 108), 0),  # a signature read as letters: dropped
    ((158, 90, 210, 102), 0),  # the word of a stamp: stays
    ((16, 46, 120, 60), 4),  # tilted
    ((20, 31, 60, 45), 0),  # touches a box at its foot alone: stays whole
]


def painted(marks: list[tuple[str, tuple[int, int, int, int], int]]) -> np.ndarray:
    """uint8 (4, h, w) with a faint ground."""
    planes = np.random.default_rng(5).integers(0, 20, (len(PLANES), *SIZE)).astype(np.uint8)
    for kind, (x0, y0, x1, y1), hundredths in marks:
        planes[PLANES.index(kind), y0:y1, x0:x1] = round(hundredths * 2.55)
    return planes


# marks, scale, page size, lines
CASES = {
    "form": (FORM, 0.5, (240, 160), LINES),
    "clipped": ([("stamp", (100, 60, 120, 80), 90)], 1.25, (90, 60), []),
    "empty": ([], 1.0, (120, 80), LINES[:2]),
}


def region(box: tuple[int, int, int, int], degrees: float) -> Region:
    """A line of text in a box turned about its middle."""
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    return Region(rotate_points(text_quad(box), degrees, middle), 0.9)


def told(found: Region) -> dict[str, object]:
    """A region as the cases hold it."""
    return {
        "kind": found.kind,
        "quad": np.round(found.quad.astype(float), 4).tolist(),
        "score": round(found.score, 6),
    }


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    cases = []
    for name, (marks, scale, page_size, lines) in CASES.items():
        planes = painted(marks)
        (FOLDER / f"{name}.bin").write_bytes(planes.tobytes())
        found = find_marks(planes.astype(np.float32) / np.float32(255), scale, page_size)
        given = [region(box, degrees) for box, degrees in lines]
        cases.append(
            {
                "file": f"{name}.bin",
                "shape": planes.shape,
                "scale": scale,
                "page_size": page_size,
                "marks": [told(mark) for mark in found],
                "lines": [told(line) for line in given],
                "joined": [told(item) for item in join(given, found)],
            }
        )
    (FOLDER / "cases.json").write_text(json.dumps({"find_marks": cases}) + "\n")


if __name__ == "__main__":
    main()
