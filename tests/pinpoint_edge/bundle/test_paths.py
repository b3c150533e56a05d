"""File names: what is portable passes, everything that could leave the folder is refused."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pinpoint_edge.bundle.paths import check_names, problem
from pinpoint_edge.errors import BundleError

segments = st.from_regex(r"[A-Za-z0-9_+-][A-Za-z0-9_.+-]{0,20}[A-Za-z0-9_+-]", fullmatch=True)


@pytest.mark.parametrize("name", ["a", "stages/decode.onnx.data", "a-b_c+d.e/F", ".hidden", "..a"])
def test_portable_names_pass(name: str) -> None:
    assert problem(name) is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "empty"),
        ("/a", "absolute"),
        ("//host/share", "absolute"),
        ("a/../b", "'..'"),
        ("./a", "'.'"),
        ("a//b", "character"),
        ("a\\b", "backslash"),
        ("C:a", "drive"),
        ("c:/a", "drive"),
        ("a/", "folder"),
        ("a b", "character"),
        ("a\x00b", "character"),
        ("a\n", "character"),
        ("é", "character"),
        ("a.", "ends in a dot"),
        ("dir/NUL.txt", "device name"),
        ("com1", "device name"),
        ("x" * 201, "longer"),
    ],
)
def test_unsafe_names_are_refused(name: str, reason: str) -> None:
    assert reason in (problem(name) or "")


@given(st.text(alphabet="aA.:/\\ \x00~é$", max_size=12))
@example("..")
def test_a_name_that_passes_stays_inside(name: str) -> None:
    if problem(name) is not None:
        return
    root = Path("/bundles/forms")
    assert (root / name).resolve().is_relative_to(root)
    windows = PureWindowsPath(name)
    assert not windows.is_absolute()
    assert not windows.drive
    assert ".." not in windows.parts
    assert str(PurePosixPath(name)) == name


@pytest.mark.parametrize("names", [["a", "A"], ["a", "a"], ["a", "a/b"], ["A/B/c", "a/b"]])
def test_names_that_collide_are_refused(names: list[str]) -> None:
    with pytest.raises(BundleError, match=r"duplicates|itself a file"):
        check_names(names, "x")


@given(st.lists(segments, unique_by=str.lower, max_size=5))
def test_distinct_names_pass(names: list[str]) -> None:
    check_names([name for name in names if problem(name) is None], "x")
