"""Make the golden vectors of tests/golden/marks: python tests/golden/make_marks.py

A mark map is uint8 (4, h, w) here, probability = byte / 255 in float32. For each: the marks that
are found, with their kinds, boxes and scores, and what `join` makes of lines of text beside them.
`ticks.bin` is a page, uint8 (h, w, 3): how much of each box is ink, how much of its frame is drawn,
and as what it is seen, with a score of .9; null where it is no box.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from pinpoint_edge.vision.elements import PLANES, find_elements, framed, ink_inside, join, see_ticks
from pinpoint_edge.vision.geometry import rotate_points, text_quad
from pinpoint_edge.vision.regions import Region

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


# Boxes of a page of 160 x 60: at pixels or between two, narrow, at its end, blank, without frame.
TICKS = [
    (8.0, 10.0, 32.0, 34.0), (44.4, 10.7, 68.2, 33.6), (80.0, 12.0, 92.0, 36.0),
    (104.0, 10.0, 128.0, 34.0), (140.0, 40.0, 166.0, 66.0), (8.0, 44.0, 20.0, 52.0),
    (96.0, 45.0, 97.5, 46.5), (60.0, 42.0, 76.0, 60.0),
]  # fmt: skip


def ticks_page() -> np.ndarray:
    """uint8 (60, 160, 3): frames with nothing, crosses and a faint stroke on grainy paper."""
    page = np.random.default_rng(7).integers(215, 240, (60, 160, 3)).astype(np.uint8)
    for left, top, side in ((8, 10, 24), (44, 10, 24), (80, 12, 24), (104, 10, 24), (140, 40, 20)):
        frame = page[top : top + side, left : left + side]
        frame[:2], frame[-2:], frame[:, :2], frame[:, -2:] = 50, 60, 55, 50
    for i in range(4, 20):  # a cross in the second, one stroke in the third and fifth
        page[10 + i, 43 + i : 46 + i] = page[10 + i, 66 - i : 69 - i] = 40
        page[12 + i, 79 + i : 82 + i] = page[40 + i, 139 + i : 142 + i] = 45
    page[14:30, 114:117] = 190  # faint
    page[43:46, 62:75], page[46:58, 67:70] = 40, 40  # the letter T
    return page


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
        found = find_elements(planes.astype(np.float32) / np.float32(255), scale, page_size)
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
    page = ticks_page()
    (FOLDER / "ticks.bin").write_bytes(page.tobytes())
    boxes = []
    for box in TICKS:
        seen = see_ticks(page, [Region(text_quad(box), 0.9, kind="unticked")])
        ink, frame = ink_inside(page, box), framed(page, box)
        kind = seen[0].kind if seen else None
        boxes.append({"box": box, "ink": round(ink, 6), "frame": round(frame, 6), "seen": kind})
    ticks = {"file": "ticks.bin", "shape": page.shape, "boxes": boxes}
    cases_json = json.dumps({"find_marks": cases, "see_ticks": ticks})
    (FOLDER / "cases.json").write_text(cases_json + "\n")


if __name__ == "__main__":
    main()
