"""Make turned, bowed and long pages, and two documents on one page, of the demo's receipts.

    python tests/hosts/unusual_pages.py OUT

OUT becomes a folder with questions.jsonl, an annotation file for python_answers.py, and the pages
as PNG in OUT/pages.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

DEMO = Path(__file__).parents[2] / "demo"
DEEP = 70  # pixels that the middle of a bowed page is raised
QUESTIONS = {
    "sroie-127": ["What is the date on the receipt?", "What is the address of the company?"],
    "sroie-563": ["What is the total amount on the receipt?", "What is the name of the company?"],
    "sroie-599": ["What is the total amount on the receipt?", "What is the date on the receipt?"],
}
NAMED = [
    "What is the total amount of the ONE ONE THREE SEAFOOD receipt?",
    "What is the name of the company?",
]

Pixels = NDArray[np.uint8]


def page(name: str) -> Pixels:
    return np.asarray(Image.open(DEMO / "documents" / f"{name}.jpg").convert("RGB"))


def bowed(image: Pixels) -> Pixels:
    """Every column moved up along a bow, by whole pixels."""
    result = np.full((image.shape[0] + DEEP, *image.shape[1:]), 255, np.uint8)
    for x in range(image.shape[1]):
        top = DEEP - round(DEEP * float(np.sin(np.pi * x / image.shape[1])))
        result[top : top + image.shape[0], x] = image[:, x]
    return result


def joined(images: list[Pixels], axis: int) -> Pixels:
    """Pages one after the other along an axis, 0 down or 1 across, on white."""
    most = max(image.shape[1 - axis] for image in images)
    padded = []
    for image in images:
        missing = [(0, 0), (0, 0), (0, 0)]
        missing[1 - axis] = (0, most - image.shape[1 - axis])
        missing[axis] = (0, 60)
        padded.append(np.pad(image, missing, constant_values=255))
    return np.concatenate(padded, axis)


def main() -> None:
    out = Path(sys.argv[1])
    (out / "pages").mkdir(parents=True, exist_ok=True)
    one, two, three = (page(name) for name in QUESTIONS)
    first, second, third = QUESTIONS.values()
    pages = {
        "turned-90": (np.rot90(three, 3), third),
        "turned-180": (np.rot90(one, 2), first),
        "turned-270": (np.rot90(two, 1), second),
        "bowed": (bowed(three), third),
        "long": (joined([one, two, three], 0), [*third, first[1]]),
        "side-by-side": (joined([one, three], 1), [*NAMED, *first]),
    }
    rows = []
    for name, (image, questions) in pages.items():
        Image.fromarray(np.ascontiguousarray(image)).save(out / "pages" / f"{name}.png")
        rows += [{"image": f"pages/{name}.png", "question": question} for question in questions]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (out / "questions.jsonl").write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    main()
