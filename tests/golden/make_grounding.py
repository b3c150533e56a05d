"""Make the golden vectors of tests/golden/grounding: python tests/golden/make_grounding.py

Run make_tokenizer.py first. Each case is a page, and answers that are pushed token by token; every
step lists the ids allowed before it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from pinpoint_edge.generation.automaton import AnswerAutomaton, TokenTable
from pinpoint_edge.generation.prompt import Piece, answer_ids
from pinpoint_edge.generation.quotable import QuotableText, word_ends, word_starts
from pinpoint_edge.generation.tokenizer import Tokenizer

HERE = Path(__file__).parent
FOLDER = HERE / "grounding"
WORDS = [
    "Total: $1,234.50 (due).",
    "No:#123",
    "at 10:30",
    'the "best" O\'Neil',
    "合計：1200円",
    " padded ",
    "",
]
# An address in the left column, "paid" in two places, and another page.
ROWS = [
    [(0, "Bill to:", 0), (1, "Date: 05/25/20", 0)],
    [(2, "12 Elm Street", 0), (3, "paid", 0)],
    [(4, "Übach 合計", 0), (5, "paid", 0)],
    [(6, "second page", 1)],
]
GEOMETRY = [
    [0.20, 0.10, 0.20, 0.03],
    [0.70, 0.10, 0.20, 0.03],
    [0.22, 0.14, 0.24, 0.03],
    [0.70, 0.14, 0.10, 0.03],
    [0.20, 0.18, 0.20, 0.03],
    [0.70, 0.18, 0.10, 0.03],
    [0.20, 0.10, 0.20, 0.03],
]
RELEVANCE = [0.1, 0.2, 0.3, 0.4, 0.3, 0.9, 0.0]
QUESTIONS = [
    ("What is the address?", ["12 Elm Street Übach 合計", "Elm Street paid", "not found", "合"]),
    ("Is it paid?", ["paid", "yes", "no", "Bill to: 12 Elm"]),
    ("How many pages?", ["7", "12", "99"]),
    ("When?", ["05/25/20", "second page"]),
]


def follow(
    tokenizer: Tokenizer, table: TokenTable, quotable: QuotableText, question: str, answer: str
) -> dict[str, Any]:
    automaton = AnswerAutomaton(table, quotable, question)
    steps = []
    for token_id in answer_ids(tokenizer, answer):
        steps.append({"allowed": automaton.allowed().tolist(), "push": token_id})
        automaton.push(token_id)
    span = automaton.finish()
    return {
        "question": question,
        "steps": steps,
        "text": span.text,
        "kind": span.kind,
        "pieces": span.pieces,
        "alternatives": span.alternatives,
    }


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    tokenizer = Tokenizer(HERE / "tokenizer" / "tokenizer.json")
    table = TokenTable(tokenizer.bytes_table, tokenizer.control_id("<|im_end|>"))
    rows = [[Piece(*piece) for piece in row] for row in ROWS]
    evidence = QuotableText.from_lines(
        rows, np.array(GEOMETRY, np.float32), np.array(RELEVANCE, np.float32)
    )
    golden = {
        "words": [
            {"text": text, "starts": word_starts(text), "ends": word_ends(text)} for text in WORDS
        ],
        "rows": ROWS,
        "geometry": GEOMETRY,
        "relevance": RELEVANCE,
        "successors": evidence.successors,
        "answers": [
            follow(tokenizer, table, evidence, question, answer)
            for question, answers in QUESTIONS
            for answer in answers
        ],
    }
    text = json.dumps(golden, ensure_ascii=False)
    (FOLDER / "cases.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
