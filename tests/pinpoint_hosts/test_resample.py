"""Bicubic and Lanczos give Pillow's bytes."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pinpoint_edge.errors import OptionError
from pinpoint_hosts.export.resample import FILTERS, resample


@pytest.mark.parametrize("kind", FILTERS)
def test_bytes_equal_those_of_pillow(kind: str) -> None:
    random = np.random.default_rng(0)
    for _ in range(40):
        height, width, rows, columns = random.integers(1, 90, 4).tolist()
        image = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
        # One pass a call: which pass Pillow takes first changes from version to version.
        method = Image.Resampling[kind.upper()]
        wide = Image.fromarray(image).resize((columns, height), method)
        wanted = np.asarray(wide.resize((columns, rows), method))
        assert np.array_equal(resample(image, columns, rows, kind), wanted)


def test_another_filter_is_refused() -> None:
    with pytest.raises(OptionError, match="choose of bicubic, lanczos"):
        resample(np.zeros((2, 2, 3), np.uint8), 1, 1, "box")
