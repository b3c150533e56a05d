"""Traces of use: they change pages a little, keep their size, and leave print to be read."""

from random import Random

import numpy as np
import pytest
from PIL import Image

from pinpoint_data.generator import wear


def _page() -> Image.Image:
    image = Image.new("RGB", (300, 400), (255, 255, 255))
    image.paste((0, 0, 0), (100, 100, 200, 130))
    return image


@pytest.mark.parametrize("trace", wear._TRACES, ids=lambda trace: trace.__name__)
def test_a_trace_is_seen_and_the_print_stays(trace) -> None:  # type: ignore[no-untyped-def]
    before = _page()
    for seed in range(8):
        after = trace(Random(seed), before)
        pixels = np.asarray(after)
        assert pixels.shape == (400, 300, 3)
        assert (pixels != np.asarray(before)).any()
        inside, below = pixels[102:128, 104:196].mean(), pixels[140:165, 104:196].mean()
        assert below - inside > 80
    assert before.tobytes() == _page().tobytes()


def test_most_pages_are_as_new() -> None:
    page = _page()
    worn = [wear.wear(Random(seed), page) is not page for seed in range(200)]
    assert 0.2 < np.mean(worn) < 0.4
