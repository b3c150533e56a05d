"""The codec refuses wrong types by path, ignores the unknown, and round-trips what it accepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_edge.bundle import codec
from pinpoint_edge.errors import BundleError


@dataclass(frozen=True)
class Inner:
    size: int
    label: str | None = None


@dataclass(frozen=True)
class Outer:
    ratio: float
    shape: tuple[int | str, ...]
    pair: tuple[int, int]
    inner: Mapping[str, Inner]
    flag: bool = False


GOOD = {"ratio": 1, "shape": [1, "w"], "pair": [3, 4], "inner": {"a": {"size": 5}}}

inners = st.builds(Inner, st.integers(), st.none() | st.text())
outers = st.builds(
    Outer,
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300),
    st.lists(st.integers() | st.text()).map(tuple),
    st.tuples(st.integers(), st.integers()),
    st.dictionaries(st.text(), inners),
    st.booleans(),
)


@given(outers)
def test_round_trip(value: Outer) -> None:
    assert codec.decode(Outer, codec.parse(codec.dumps(value), "x")) == value


def test_unknown_fields_are_ignored() -> None:
    plain = codec.decode(Outer, GOOD)
    assert codec.decode(Outer, GOOD | {"later": [1, {"x": 2}]}) == plain
    assert plain == Outer(1.0, (1, "w"), (3, 4), {"a": Inner(5)})


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"ratio": "1"}, r"\$\.ratio: expected number, found string"),
        ({"ratio": True}, r"\$\.ratio: expected number, found boolean"),
        ({"ratio": 10**400}, r"\$\.ratio: the number is too large"),
        ({"shape": [1, 2.5]}, r"\$\.shape\[1\]: expected integer or string, found number"),
        ({"shape": [None]}, r"\$\.shape\[0\]: expected integer or string, found null"),
        ({"shape": {"a": 1}}, r"\$\.shape: expected array, found object"),
        ({"pair": [1]}, r"\$\.pair: expected 2 items, found 1"),
        ({"inner": {"a": {"size": False}}}, r"\$\.inner\.a\.size: expected integer, found boolean"),
        (
            {"inner": {"a": {"size": 1, "label": 2}}},
            r"\$\.inner\.a\.label: expected string or null",
        ),
        ({"inner": {"a": {}}}, r"\$\.inner\.a: the field 'size' is missing"),
        ({"inner": []}, r"\$\.inner: expected object, found array"),
        ({"flag": 0}, r"\$\.flag: expected boolean, found integer"),
    ],
)
def test_wrong_types_are_refused_by_path(change: dict[str, object], path: str) -> None:
    with pytest.raises(BundleError, match=path):
        codec.decode(Outer, GOOD | change)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"a": 1, "a": 2}', "key a stands twice"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": -Infinity}', "-Infinity is not JSON"),
        (b"\xff\xfe{}", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
    ],
)
def test_parse_is_strict(raw: bytes, reason: str) -> None:
    with pytest.raises(BundleError, match=reason):
        codec.parse(raw, "here")


def test_infinity_is_not_written() -> None:
    with pytest.raises(BundleError, match="cannot be written"):
        codec.dumps(Outer(float("inf"), (), (0, 0), {}))
