"""Make the golden vectors of tests/golden/confidence: python tests/golden/make_confidence.py"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pinpoint_edge.generation.confidence import Signals, Weights, of_answer

FOLDER = Path(__file__).parent / "confidence"
WEIGHTS = {
    "found": {"decode": 0.4, "least": 0.3, "reader": 0.25, "null": -0.2, "bias": -0.5},
    "not-found": {"decode": 0.5, "null": 0.35, "bias": 0.1},
}
SIGNALS = (
    Signals(1.0, 1.0, 1.0, 0.0, 0.0),
    Signals(0.98, 0.91, 0.87, 0.02, 0.001),
    Signals(0.5, 0.25, 0.999, 0.6, 0.3),
    Signals(0.00001, 0.0, 0.02, 0.99999, 0.9),
    Signals(1.0, 1.0, 1.0, 0.93, 1.0),
)


# The signals of schema 1.5 are in a file of their own: a host may be without them.
FIRST = ("decode", "least", "reader", "null", "not_found")
FURTHER_WEIGHTS = {
    "found": WEIGHTS["found"] | {"focus": 0.15, "support": 0.3, "legible": 0.45, "label": 0.2},
    "not-found": WEIGHTS["not-found"] | {"legible": 0.6, "label": -0.35},
}
FURTHER = (
    Signals(0.98, 0.91, 0.87, 0.02, 0.001, 0.42, 1.0, 0.985, 0.89),
    Signals(0.67, 0.43, 0.29, 0.32, 0.21, 0.11, 0.06, 0.73, 0.17),
    Signals(1.0, 1.0, 1.0, 0.999, 1.0, 0.04, 1.0, 1.0, 0.0),
)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    cases = [case for signals in SIGNALS for case in _cases(signals, (WEIGHTS, {}))]
    for case in cases:
        case["signals"] = {name: case["signals"][name] for name in FIRST}
    _write("cases.json", cases)
    _write("further.json", [case for each in FURTHER for case in _cases(each, (FURTHER_WEIGHTS,))])


def _cases(signals: Signals, choices: Sequence[Mapping[str, Weights]]) -> list[dict[str, Any]]:
    return [
        {
            "signals": asdict(signals),
            "found": found,
            "weights": weights,
            "confidence": round(of_answer(signals, found, weights), 9),
        }
        for found in (True, False)
        for weights in choices
    ]


def _write(name: str, cases: list[dict[str, Any]]) -> None:
    text = json.dumps({"cases": cases}, indent=1)
    (FOLDER / name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
