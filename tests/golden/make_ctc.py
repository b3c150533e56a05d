"""Make the golden vectors of tests/golden/ctc: python tests/golden/make_ctc.py

classes.bin is int32 (T, 4) or (T,), probabilities.bin float32 of the same shape or absent, both
little-endian and concatenated over the cases; `offset` counts elements.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from pinpoint_edge.vision.ctc import decode

FOLDER = Path(__file__).parent / "ctc"
CHARACTERS = ["", "a", "b", "1", ".", "é", "ffi", "𝔸", " "]
# best class of each frame, columns, used fraction
CASES: list[tuple[list[int], int, float]] = [
    ([0, 1, 1, 0, 1, 2, 2, 0, 0, 3], 4, 1.0),
    ([0, 1, 1, 0, 1, 2, 2, 0, 0, 3], 4, 0.55),
    ([1, 0, 8, 0, 6, 6, 0, 7, 5, 4], 1, 0.93),
    ([0, 0, 0, 0], 4, 1.0),
    ([0, 0, 3, 0], 1, 0.8),
    ([2], 4, 0.25),
    ([1, 2, 1, 2, 1, 2], 1, 1.0),
]


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    random = np.random.default_rng(5)
    all_classes, all_probabilities, cases, offset = [], [], [], 0
    for best, columns, used in CASES:
        classes = random.integers(0, len(CHARACTERS), (len(best), columns))
        classes[:, 0] = best
        probabilities = -np.sort(-random.random((len(best), columns), np.float32), axis=1)
        if columns == 1:
            classes, probabilities = classes[:, 0], probabilities[:, 0]
        read = decode(classes, probabilities, CHARACTERS, used)
        all_classes.append(classes.astype("<i4").ravel())
        all_probabilities.append(probabilities.astype("<f4").ravel())
        cases.append(
            {
                "offset": offset,
                "shape": classes.shape,
                "used": used,
                "text": read.text,
                "probabilities": [round(value, 7) for value in read.probabilities],
                "spans": [[round(edge, 7) for edge in span] for span in read.spans],
            }
        )
        offset += classes.size
    (FOLDER / "classes.bin").write_bytes(np.concatenate(all_classes).tobytes())
    (FOLDER / "probabilities.bin").write_bytes(np.concatenate(all_probabilities).tobytes())
    text = json.dumps({"characters": CHARACTERS, "decode": cases}, indent=1, ensure_ascii=False)
    (FOLDER / "cases.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
