"""Figures of predictions on the everyday pages by kind of question and of document.

`python -m tests.everyday.by_kind PREDICTIONS.jsonl [--data QA.jsonl]`
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections import defaultdict
from pathlib import Path
from typing import Any

from pinpoint_edge.evaluation.metrics import anls, exact_match, same_letters


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def main() -> None:
    parser = ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("predictions", metavar="PREDICTIONS.jsonl", type=Path)
    parser.add_argument("--data", metavar="QA.jsonl", type=Path)
    chosen = parser.parse_args()
    data = chosen.data or chosen.predictions.parent / "qa.jsonl"
    said = {row["id"]: row["answer"] for row in rows_of(chosen.predictions)}
    scores: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for row in rows_of(data):
        if row["id"] not in said:
            continue
        answer, gold = said[row["id"]], row["answers"]
        score = (exact_match(answer, gold), same_letters(answer, gold), anls(answer, gold))
        kind = row["image"].rsplit("-", 1)[0]
        for group in (row["field"], f"document {kind}", "all"):
            scores[group].append(score)
    print(f"{'':28}{'n':>5}{'exact':>8}{'letters':>9}{'ANLS':>7}")
    for group in sorted(scores, key=lambda name: (name == "all", " " in name, name)):
        exact, letters, near = (sum(part) / len(part) for part in zip(*scores[group], strict=True))
        print(f"{group:28}{len(scores[group]):5}{exact:8.3f}{letters:9.3f}{near:7.3f}")


if __name__ == "__main__":
    main()
