"""Cells with their texts, laid out in rows."""

from __future__ import annotations

import numpy as np
from PIL import Image

from pinpoint_edge.evaluation.contact_sheet import (
    GROUND,
    MARGIN,
    WIDTH,
    cell,
    contact_sheet,
    fitted,
)

RED, BLACK = (255, 0, 0), (0, 0, 0)


def picture(height: int) -> Image.Image:
    return Image.new("RGB", (WIDTH // 2, height), RED)


def test_a_cell_holds_its_picture_in_the_middle_above_its_texts() -> None:
    bare, one = cell(picture(50), []), cell(picture(50), [("a " * 400, BLACK, 1)])
    two = cell(picture(50), [("a " * 400, BLACK, 2)])
    assert bare.width == one.width == WIDTH
    assert one.height - bare.height == two.height - one.height > 10
    pixels = np.asarray(bare)
    assert (pixels[:50, WIDTH // 4 + 1 : WIDTH * 3 // 4 - 1] == RED).all()
    assert (pixels[:50, : WIDTH // 4 - 1] != RED).any(-1).all()


def test_rows_are_as_high_as_their_highest_cell() -> None:
    cells = [cell(picture(height), []) for height in (40, 90, 20)]
    whole = contact_sheet(cells, 2)
    assert whole.width == 2 * WIDTH + 3 * MARGIN
    assert whole.height == cells[1].height + cells[2].height + 3 * MARGIN
    below_the_first = np.asarray(whole)[MARGIN + cells[0].height + 5, MARGIN : MARGIN + WIDTH]
    assert (below_the_first == GROUND).all()
    assert contact_sheet(cells[:1], 4).width == WIDTH + 2 * MARGIN


def test_a_picture_is_fitted_to_the_width_or_to_the_height() -> None:
    wide, scale = fitted(Image.new("RGB", (4 * WIDTH, 100)), 200)
    assert (wide.size, scale) == ((WIDTH, 25), 0.25)
    high, scale = fitted(Image.new("RGB", (100, 400)), 200)
    assert (high.size, scale) == ((50, 200), 0.5)
    assert fitted(Image.new("RGB", (9000, 1)), 200)[0].size == (WIDTH, 1)
