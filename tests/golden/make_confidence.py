"""Make the golden vectors of tests/golden/confidence: python tests/golden/make_confidence.py"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from pinpoint_edge.generation.confidence import Signals, of_answer

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


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    cases = [
        {
            "signals": asdict(signals),
            "found": found,
            "weights": weights,
            "confidence": round(of_answer(signals, found, weights), 9),
        }
        for signals in SIGNALS
        for found in (True, False)
        for weights in (WEIGHTS, {})
    ]
    text = json.dumps({"cases": cases}, indent=1)
    (FOLDER / "cases.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
