"""Make the golden vectors of tests/golden/turn: python tests/golden/make_turn.py

pages: the quads of a page's lines, how sure the recogniser is of each and of each turned by half
(the mean probability of its characters, of which there are `characters`), and the quarters by which
the page is turned, counter-clockwise; then, with the rough texts, whether it is upside down, and
the quads after single lines were turned.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from pinpoint_edge.vision.ctc import Transcription
from pinpoint_edge.vision.flat.turn import is_upside_down, quarters_of, with_upward_lines
from pinpoint_edge.vision.geometry import text_quad
from pinpoint_edge.vision.regions import Region

FOLDER = Path(__file__).parent / "turn"
DOWN = [(40 * n, 20, 40 * n + 24, 220 + 30 * n) for n in range(1, 11)]
ACROSS = [(20, 40 * n, 200 + 60 * n, 40 * n + 20) for n in range(1, 11)]
SURE = [0.97, 0.95, 0.99, 0.9, 0.96, 0.93, 0.98, 0.99, 0.5, 0.4]
UNSURE = [0.6, 0.55, 0.7, 0.78, 0.65, 0.5, 0.62, 0.6, 0.9, 0.9]
TEXTS = ["Total 48.75", "Invoice no 2231", "Date 14/03/2019", "Thank you", "A5 paper"]
MIXED = ["5L.8t 1e1o1", "i3ZZ ou a0io4u1", "6i0Z/E0/ti eteC", "noK Xu4ql", "J9ded sv"]

# boxes, how sure as found, how sure turned, rough texts
CASES = {
    "downwards": (DOWN, SURE, UNSURE, TEXTS),
    "upwards": (DOWN, UNSURE, SURE, TEXTS),
    "neither": (DOWN, SURE, SURE, TEXTS),
    "upright": (ACROSS, SURE, UNSURE, TEXTS),
    "upside_down": (ACROSS, UNSURE, SURE, MIXED),
    "codes": (ACROSS, SURE, UNSURE, MIXED),
    "unasked": (ACROSS, UNSURE, SURE, TEXTS),
    "one_line_at_the_margin": ([*ACROSS, (2, 30, 14, 330)], [*SURE, 0.4], [*UNSURE, 0.9], TEXTS),
    "short_at_the_margin": ([*ACROSS, (2, 30, 14, 60)], [*SURE, 0.4], [*UNSURE, 0.9], TEXTS),
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    pages = []
    for name, (boxes, found, turned, texts) in CASES.items():
        quads = [text_quad(box) for box in boxes]
        regions = [Region(quad, 0.9) for quad in quads]
        sure = {quad.tobytes(): value for quad, value in zip(quads, found, strict=True)}
        sure |= {
            np.roll(quad, 2, axis=0).tobytes(): value
            for quad, value in zip(quads, turned, strict=True)
        }
        count = {quad.tobytes(): 3 + n for n, quad in enumerate(quads)}
        count |= {np.roll(quad, 2, axis=0).tobytes(): 4 + n for n, quad in enumerate(quads)}

        def read(lines, sure=sure, count=count):
            return [
                Transcription("x" * count[key], [sure[key]] * count[key])
                for key in (line.quad.tobytes() for line in lines)
            ]

        readings = [texts[n % len(texts)] for n in range(len(boxes))]
        pages.append(
            {
                "name": name,
                "quads": [quad.tolist() for quad in quads],
                "characters": [count[quad.tobytes()] for quad in quads],
                "sure": found,
                "turned_characters": [4 + n for n in range(len(quads))],
                "turned_sure": turned,
                "readings": readings,
                "quarters": quarters_of(regions, read),
                "upside_down": is_upside_down(regions, readings, read),
                "single_lines": [
                    region.quad.tolist() for region in with_upward_lines(regions, read)
                ],
            }
        )
    text = json.dumps({"pages": pages}, indent=1)
    (FOLDER / "cases.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
