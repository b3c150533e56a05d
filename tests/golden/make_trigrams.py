"""Make the golden vectors of tests/golden/trigrams: python tests/golden/make_trigrams.py"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from pinpoint_edge.retrieval import trigrams
from pinpoint_edge.vision.layout import Layout

FOLDER = Path(__file__).parent / "trigrams"
LENGTH = 32
TEXTS = [
    "",
    "a",
    'What is the value of "Invoice No."?',
    "ＴＯＴＡＬ　Amount—due: $1,234.50",
    "Straße İstanbul",
    "¿Cuál es el número de póliza?",
    "Wie lautet die Prüfnummer für Ångström?",
    "Quelle est la date d'échéance, s'il vous plaît?",
    "合計 1200円",
    "word word word word word word word word",
]
READINGS = ["lnvoice No:", "INV-2041", "Date", "05/25/20", "Total amount", "RM 12.50", "", "合計"]
GEOMETRY = [
    [0.15, 0.10, 0.20, 0.03],
    [0.45, 0.10, 0.20, 0.03],
    [0.15, 0.20, 0.10, 0.03],
    [0.15, 0.24, 0.16, 0.03],
    [0.20, 0.40, 0.30, 0.03],
    [0.80, 0.40, 0.20, 0.03],
    [0.50, 0.60, 0.10, 0.03],
    [0.80, 0.45, 0.10, 0.03],
]
ROWS = [[0, 1], [2], [3], [4, 5], [7], [6]]
CELL = [0, 0, 0, 0, 1, 2, 3, 2]
TABLE = [-1, -1, -1, -1, 0, 0, -1, 0]
QUESTIONS = ['What is the value of "Invoice No."?', "What is the total amount?", "Date?", "Who?"]


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    layout = Layout(ROWS, CELL, TABLE, np.array(GEOMETRY, dtype=np.float32))
    golden = {
        "length": LENGTH,
        "texts": [
            {
                "text": text,
                "normalised": trigrams.normalise(text),
                "content": trigrams.content(text),
                "count": trigrams.trigram_count(text),
                "ids": trigrams.trigram_ids(text, LENGTH).tolist(),
            }
            for text in TEXTS
        ],
        "page": {
            "readings": READINGS,
            "geometry": GEOMETRY,
            "rows": ROWS,
            "cell": CELL,
            "table": TABLE,
        },
        "questions": [
            {
                "question": question,
                "match": np.round(
                    trigrams.match_features(question, READINGS, layout).astype(float), 6
                ).tolist(),
                "lexical": np.round(
                    trigrams.lexical_scores(question, READINGS, layout).astype(float), 6
                ).tolist(),
            }
            for question in QUESTIONS
        ],
    }
    text = json.dumps(golden, ensure_ascii=False, indent=1)
    (FOLDER / "cases.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
