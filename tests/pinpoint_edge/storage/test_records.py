"""Records are refused by path, decoded as declared, and come back as they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_edge.errors import DataError
from pinpoint_edge.storage.records import Check, decode, encode, examine

Share = Annotated[float, Check(lambda value: 0 <= value <= 1, "a number from 0 to 1")]


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
    kind: Literal["train", "measure"] = "train"
    share: Share = 0.5
    free: Any = None

    def __post_init__(self) -> None:
        if self.pair == (0, 0):
            raise ValueError("the pair is empty; give a size")


GOOD = {"ratio": 1, "shape": [1, "w"], "pair": [3, 4], "inner": {"a": {"size": 5}}}

inners = st.builds(Inner, st.integers(), st.none() | st.text())
outers = st.builds(
    Outer,
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300),
    st.lists(st.integers() | st.text()).map(tuple),
    st.tuples(st.integers(min_value=1), st.integers()),
    st.dictionaries(st.text(), inners),
    st.booleans(),
    st.sampled_from(["train", "measure"]),
    st.floats(min_value=0, max_value=1),
)


@given(outers)
def test_round_trip(value: Outer) -> None:
    assert decode(Outer, encode(value), "x") == value


def test_unknown_fields_are_refused_or_ignored() -> None:
    plain = decode(Outer, GOOD, "x")
    assert plain == Outer(1.0, (1, "w"), (3, 4), {"a": Inner(5)})
    more = GOOD | {"later": [1], "inner": {"a": {"size": 5, "new": {}}}}
    assert decode(Outer, more, "x", unknown="ignore") == plain
    _, problems = examine(Outer, more)
    assert [str(problem) for problem in problems] == [
        "unknown field 'later'; known are flag, free, inner, kind, pair, ratio, shape, share",
        "inner.a: unknown field 'new'; known are label, size",
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"ratio": "1"}, r"ratio: expected number, found string"),
        ({"ratio": True}, r"ratio: expected number, found boolean"),
        ({"ratio": 10**400}, r"ratio: the number is too large"),
        ({"shape": [1, 2.5]}, r"shape\[1\]: expected integer or string, found number"),
        ({"shape": [None]}, r"shape\[0\]: expected integer or string, found null"),
        ({"shape": {"a": 1}}, r"shape: expected array, found object"),
        ({"pair": [1]}, r"pair: expected 2 items, found 1"),
        ({"pair": [0, 0]}, r"x: the pair is empty"),
        ({"inner": {"a": {"size": False}}}, r"inner\.a\.size: expected integer, found boolean"),
        ({"inner": {"a": {"size": 1, "label": 2}}}, r"inner\.a\.label: expected string or null"),
        ({"inner": {"a": {}}}, r"inner\.a: the field 'size' is missing"),
        ({"inner": []}, r"inner: expected object, found array"),
        ({"flag": 0}, r"flag: expected boolean, found integer"),
        ({"kind": "test"}, r"kind: expected \"train\" or \"measure\", found 'test'"),
        ({"share": 1.5}, r"share: expected a number from 0 to 1, found 1.5"),
    ],
)
def test_wrong_values_are_refused_by_path(change: dict[str, object], problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        decode(Outer, GOOD | change, "x")


def test_all_problems_are_found_at_once() -> None:
    record, problems = examine(Outer, {"ratio": "1", "shape": [], "pair": [1], "inner": {}})
    assert record is None
    assert [problem.path for problem in problems] == ["ratio", "pair"]
    _, problems = examine(Inner, {"size": ""}, root="$")
    assert [problem.path for problem in problems] == ["$.size"]


def test_infinity_is_not_written() -> None:
    with pytest.raises(DataError, match="cannot be written"):
        encode(Outer(float("inf"), (), (0, 1), {}))
