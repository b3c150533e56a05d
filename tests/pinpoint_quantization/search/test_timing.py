"""Times of groups: measured once a shape, for types that there are kernels for."""

from __future__ import annotations

import pytest

from pinpoint_edge.errors import OptionError
from pinpoint_quantization.recipe import StageRecipe
from pinpoint_quantization.search.groups import Group, Site
from pinpoint_quantization.search.timing import GroupTimes, timer

INT4 = StageRecipe("int4")


def site(name: str, outputs: int, columns: int, *, convolution: bool = False) -> Site:
    return Site(name, f"{name}.weight", (columns, outputs), (1, 0), convolution)


def test_a_shape_is_measured_once_in_every_type() -> None:
    times = GroupTimes(["int8", "int4"], INT4, rounds=1)
    group = Group("qk", (site("q", 64, 32), site("k", 64, 32)))
    one = times(Group("q", (site("q", 64, 32),)), "int8")
    assert one is not None
    assert one > 0
    assert times(group, "int8") == 2 * one
    for kind in ("float32", "int4"):
        taken = times(group, kind)
        assert taken is not None
        assert taken > 0


def test_convolutions_are_not_timed() -> None:
    times = GroupTimes(["int8"], INT4, rounds=1)
    assert times(Group("c", (site("c", 8, 8, convolution=True),)), "int8") is None
    assert timer(["palette4"], INT4, wanted=False, threads=1)(Group("c", ()), "int8") is None


def test_a_type_without_kernels_is_told() -> None:
    with pytest.raises(OptionError, match="time of palette4 cannot be measured here"):
        timer(["palette4"], INT4, wanted=True, threads=1)
