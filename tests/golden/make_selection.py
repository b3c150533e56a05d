"""Make the golden vectors of tests/golden/selection: python tests/golden/make_selection.py"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from pinpoint_edge.retrieval.selection import select, top_by_share

FOLDER = Path(__file__).parent / "selection"
# relevance logits with the null region last, costs, coverage, token budget
CASES: list[tuple[list[float], list[int], float, int]] = [
    ([0.0, 3.0, 1.0, -2.0], [5, 6, 7], 0.6, 100),
    ([0.0, 3.0, 1.0, -2.0], [5, 6, 7], 0.99, 100),
    ([0.0, 3.0, 1.0, -2.0], [5, 6, 7], 0.99, 13),
    ([0.0, 3.0, 1.0, 5.0], [5, 6, 7], 0.6, 100),
    ([1.0, 1.0, 1.0, 1.0, 1.0], [2, 2, 2, 2], 0.5, 100),
    ([80.0, -80.0, 0.0], [4, 4], 1.0, 100),
    ([2.0, -1.0], [500], 0.6, 100),
    ([0.5], [], 0.6, 100),
]
SHARES: list[tuple[list[float], list[int], float]] = [
    ([0.1, 0.9, 0.5, 0.2], [10, 10, 10, 10], 0.5),
    ([0.1, 0.9, 0.5, 0.2], [10, 30, 10, 10], 0.25),
    ([0.3, 0.3, 0.3], [1, 1, 1], 0.67),
    ([], [], 0.5),
]


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    cases = []
    for relevance, costs, coverage, budget in CASES:
        chosen = asdict(
            select(np.array(relevance, np.float32), np.array(costs, np.int32), coverage, budget)
        )
        chosen["relevance"] = [round(share, 9) for share in chosen["relevance"]]
        chosen["covered"], chosen["null"] = round(chosen["covered"], 9), round(chosen["null"], 9)
        arguments = {"relevance": relevance, "costs": costs, "coverage": coverage, "budget": budget}
        cases.append({**arguments, "selection": chosen})
    shares = [
        {
            "relevance": relevance,
            "costs": costs,
            "share": share,
            "indices": top_by_share(np.array(relevance, np.float32), np.array(costs), share),
        }
        for relevance, costs, share in SHARES
    ]
    text = json.dumps({"select": cases, "top_by_share": shares}, indent=1)
    (FOLDER / "cases.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
