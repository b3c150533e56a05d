"""Value axes: ticks that hold what is drawn, whatever it is."""

from hypothesis import given
from hypothesis import strategies as st

from pinpoint_data.generator.layouts.charts.plots import scale

values = st.floats(0, 1e7, allow_nan=False)


@given(values, values, st.integers(4, 7))
def test_ticks_hold_all_values(one: float, other: float, steps: int) -> None:
    low, high = sorted((one, other))
    ticks = scale(low, high, steps)
    slack = 1e-6 * max(1.0, high)
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack
    assert 2 <= len(ticks) <= steps + 4


@given(values, st.integers(4, 7))
def test_values_that_are_all_alike_have_an_axis(value: float, steps: int) -> None:
    ticks = scale(value, value, steps)
    step = ticks[1] - ticks[0]
    assert step >= max(1.0, value) / steps * 0.99, "ticks that can be told apart when printed"
