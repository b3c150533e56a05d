"""Make the golden vectors of tests/golden/documents: python tests/golden/make_documents.py

pages: boxes (u0, v0, u1, v1) and level rules (at, start, stop) of a page, and its documents.
framed: geometry on the page, the document of each region, and geometry on the documents.
named: rough texts, the document of each, questions, and the document that each names or null.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from pinpoint_edge.retrieval.named_document import named_document
from pinpoint_edge.vision.layout.documents import find_documents
from pinpoint_edge.vision.layout.order import framed
from pinpoint_edge.vision.layout.ruled_lines import Rule

FOLDER = Path(__file__).parent / "documents"
Boxes = list[tuple[int, int, int, int]]


def receipt(left: int, top: int, rows: int = 7, titles: bool = True) -> Boxes:
    """Two lines in the middle, then rows of a label and an amount, 260 wide."""
    boxes = [(left + 70, top, left + 190, top + 16), (left + 80, top + 24, left + 180, top + 40)]
    for row in range(rows):
        y = top + 70 + 24 * row
        boxes += [(left, y, left + 90, y + 16), (left + 200, y, left + 260, y + 16)]
    return boxes if titles else boxes[2:]


# boxes, level rules
CASES: dict[str, tuple[Boxes, list[Rule]]] = {
    "one": (receipt(20, 20), []),
    "two": (receipt(20, 20) + receipt(330, 50), []),
    "three": (receipt(640, 10) + receipt(20, 20) + receipt(330, 50), []),
    "two_close": (receipt(20, 20) + receipt(296, 50), []),
    "two_in_one_table": (receipt(20, 20) + receipt(330, 20), [Rule(84, 20, 590)]),
    "rules_of_their_own": (
        receipt(20, 20) + receipt(330, 20),
        [Rule(84, 20, 280), Rule(84, 330, 590)],
    ),
    "form_of_two_columns": (receipt(20, 20, titles=False) + receipt(330, 20, titles=False), []),
    "a_note_beside": (receipt(20, 20) + receipt(330, 20, rows=2), []),
    "nothing": ([], []),
}
TEXTS = [
    ["willow bakery", "recelpt no", "438425", "honey jar", "total", "10.78"],
    ["haiden optics", "receipt no", "551880", "olive oil", "total", "99.42"],
]
QUESTIONS = [
    "What is the total of the Willow Bakery receipt?",
    "What is the receipt number of Halden Optics?",
    "What is the total?",
    "Are the totals of Willow Bakery and Halden Optics alike?",
    "How much is the honey?",
]


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    pages = [
        {
            "name": name,
            "boxes": boxes,
            "rules": rules,
            "documents": find_documents(boxes, rules),
        }
        for name, (boxes, rules) in CASES.items()
    ]
    boxes = np.array(CASES["three"][0], np.float64) / (920, 300, 920, 300)
    places = np.stack(
        [
            (boxes[:, 0] + boxes[:, 2]) / 2,
            (boxes[:, 1] + boxes[:, 3]) / 2,
            boxes[:, 2] - boxes[:, 0],
            boxes[:, 3] - boxes[:, 1],
        ],
        1,
    ).astype(np.float32)
    documents = [0] * len(boxes)
    for number, document in enumerate(find_documents(*CASES["three"])):
        for index in document:
            documents[index] = number
    readings = [text for texts in TEXTS for text in texts]
    owners = [number for number, texts in enumerate(TEXTS) for _ in texts]
    content = {
        "pages": pages,
        "framed": {
            "geometry": places.tolist(),
            "documents": documents,
            "on_documents": np.round(framed(places, documents).astype(float), 6).tolist(),
        },
        "named": {
            "readings": readings,
            "documents": owners,
            "questions": [
                {"question": question, "names": named_document(question, readings, owners)}
                for question in QUESTIONS
            ],
        },
    }
    text = json.dumps(content, indent=1)
    (FOLDER / "cases.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
