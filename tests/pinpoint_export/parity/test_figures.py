import math

import numpy as np
import pytest

from pinpoint_export.parity.figures import cosine, equal_share, max_abs, sqnr_db


def test_figures():
    a = np.array([3.0, 4.0])
    assert sqnr_db(a, a * 1.1) == pytest.approx(20)
    assert sqnr_db(a, a) == math.inf
    assert sqnr_db(a * 0, a) == -math.inf
    assert sqnr_db(a, a * math.nan) == -math.inf
    assert max_abs(a, a - [0, 0.5]) == 0.5
    assert cosine(a, a * 2) == pytest.approx(1)
    assert cosine(a, np.array([-4.0, 3.0])) == pytest.approx(0)
    assert cosine(a * 0, a * 0) == 1


def test_equal_share_leaves_out_what_is_0_in_both():
    a = np.array([0, 0, 0, 5, 6, 7, 0])
    assert equal_share(a, a) == 1
    assert equal_share(a, np.array([0, 0, 0, 5, 6, 8, 0])) == pytest.approx(2 / 3)
    assert equal_share(a, np.array([0, 0, 0, 5, 6, 7, 1])) == pytest.approx(3 / 4)
    assert equal_share(a * 0, a * 0) == 1
