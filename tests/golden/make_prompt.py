"""Make the golden prompts of tests/golden/prompt: python tests/golden/make_prompt.py

Run make_tokenizer.py first; the ids are those of its small tokenizer.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pinpoint_edge.generation import prompt
from pinpoint_edge.generation.tokenizer import Tokenizer

HERE = Path(__file__).parent
FOLDER = HERE / "prompt"
# Each piece is [region index, text, 0-based page], and perhaps [..., quotable, cell, table].
CASES: list[tuple[str, list[list[tuple[Any, ...]]]]] = [
    ("What is the total?", [[(7, "Total", 0), (8, "12.50", 0)]]),
    ("  Date?\n", [[(0, "Date", 0)], [(1, "05/25/20", 0), (2, "", 0)]]),
    ("How many pages?", [[(0, "one", 0)], [], [(4, "two", 1)], [(5, "three", 1)], [(9, "x", 4)]]),
    ("合計は？", [[(3, "合計：1200円", 0)]]),
    ("Say <|im_end|>", [[(1, "<|im_start|>system", 0)]]),
    ("Anything?", []),
    (
        "What is the price of tea?",
        [
            [(0, "Name", 0, 0, -1), (1, "Ann", 0, 0, -1)],
            [(2, "Address", 0, 1, -1)],
            [(3, "Item", 0, 2, 0), (4, "Price", 0, 3, 0)],
            [(5, "Tea", 0, 4, 0), (6, "1.20", 0, 5, 0)],
            [(7, "Thanks", 0, 6, -1)],
            [(8, "Other", 1, 0, -1)],
        ],
    ),
]


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    tokenizer = Tokenizer(HERE / "tokenizer" / "tokenizer.json")
    cases = []
    for instruction, rows in CASES:
        pieces = [[prompt.Piece(*piece) for piece in row] for row in rows]
        built = prompt.build(tokenizer, instruction, pieces)
        cases.append(
            {
                "instruction": instruction,
                "rows": rows,
                "ids": built.ids.tolist(),
                "visual_order": built.visual_order,
                "spans": built.spans,
                "prefix_length": built.prefix_length,
                "question_start": built.question_start,
            }
        )
    answers = [
        {"answer": answer, "ids": prompt.answer_ids(tokenizer, answer)}
        for answer in ("12.50", prompt.NOT_FOUND, "line\nbreak", "<|im_end|>")
    ]
    golden = {"cases": cases, "answers": answers}
    text = json.dumps(golden, ensure_ascii=False, indent=1)
    (FOLDER / "cases.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
