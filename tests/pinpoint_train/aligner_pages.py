"""Small made-up pages for the tests of the aligner's training."""

import numpy as np

from pinpoint_edge.vision.layout import Layout
from pinpoint_train.corpus.page_features import AlignerQuestion, PageFeatures

LABELS = ["total", "invoice date", "account number", "customer name", "due date", "reference"]


def aligner_page(number: int, lines: int = 6) -> PageFeatures:
    """A page of label and value pairs, one a row, and a question about each of two labels."""
    random = np.random.default_rng(number)
    labels = [LABELS[i] for i in random.permutation(len(LABELS))]
    readings, geometry = [], []
    for row in range(lines):
        readings += [labels[row % len(LABELS)] + " " * (row // len(LABELS)), f"v{number} {row}"]
        y = (row + 1) / (lines + 1)
        geometry += [[0.2, y, 0.2, 0.02], [0.7, y, 0.2, 0.02]]
    places = np.array(geometry, np.float32)
    corners = np.concatenate(
        [places[:, :2] - places[:, 2:] / 2, places[:, :2] + places[:, 2:] / 2], 1
    )
    questions = [
        AlignerQuestion(f"What is the {labels[i]}?", [2 * i, 2 * i + 1], [2 * i + 1], True)
        for i in (0, 1)
    ]
    questions.append(AlignerQuestion("What is the blood group?", [], [], False))
    return PageFeatures(
        f"made/{number}",
        "made",
        (1000, 1000),
        random.standard_normal((2 * lines, 4, 96)).astype(np.float16),
        Layout(
            [[2 * row, 2 * row + 1] for row in range(lines)],
            [0] * (2 * lines),
            [-1] * (2 * lines),
            places,
        ),
        (corners * 1000).astype(np.float32),
        readings,
        np.full(2 * lines, 4, np.int32),
        questions,
    )
