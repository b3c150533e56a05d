"""An index of a stranger: decoded strictly, its names kept within the release."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_edge.bundle.release.index import chosen, read_index
from pinpoint_edge.errors import BundleError, OptionError, PinPointError


def file(name: str = "a.pinpoint", size: int = 10) -> dict[str, object]:
    return {"file": name, "size": size, "sha256": "0" * 64}


def bundle(**more: object) -> dict[str, object]:
    row = {"name": "forms", "target": "onnx", "schema": "1.4", "digest": "1" * 64, "requires": []}
    return row | {"archive": file()} | more


def index(*bundles: dict[str, object], **more: object) -> bytes:
    return json.dumps({"schema": "1.0", "version": "1", "bundles": bundles} | more).encode()


def test_fields_of_later_versions_are_ignored():
    read = read_index(index(bundle(new=1), schema="1.7", other=2), "i")
    assert read.bundles[0].pin == "forms/onnx"


@pytest.mark.parametrize("name", [
    "../a.pinpoint", "/etc/passwd", "a/../../b", "c:\\x", "a\\b", "", "con", "a/", "https://e.org/x",
    "file:x", "index.json", "INDEX.json", "a\u0000b", "é.pinpoint",
])  # fmt: skip
def test_a_name_never_leaves_the_release(name):
    with pytest.raises(BundleError):
        read_index(index(bundle(archive=file(name))), "i")


@pytest.mark.parametrize("size", [0, -1, 2**70, 10**18, 1.5, "10", None, True])
def test_sizes_that_no_bundle_has(size):
    with pytest.raises(BundleError):
        read_index(index(bundle(archive=file(size=size))), "i")


@pytest.mark.parametrize("change", [
    {"digest": "A" * 64}, {"name": "a b"}, {"name": "../x"}, {"target": ""}, {"archive": None},
    {"signature": file("a.sig", 2**30)}, {"sbom": file("a.pinpoint")},
])  # fmt: skip
def test_broken_entries(change):
    with pytest.raises(BundleError):
        read_index(index(bundle(**change)), "i")


@pytest.mark.parametrize("raw", [
    b"", b"[]", b"{", b'{"schema": "1.0"}', b'{"schema": 1}', b'\xff', b"[" * 100_000,
    index(bundle(), schema="2.0"), index(bundle(), bundle(archive=file("b.pinpoint"))),
])  # fmt: skip
def test_broken_indexes(raw):
    with pytest.raises(BundleError):
        read_index(raw, "i")


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["schema", "bundles", "version", "archive"]), inner),
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_anything_else_is_one_error(raw):
    with pytest.raises(PinPointError):
        read_index(raw, "i")


def test_the_target():
    both = read_index(index(bundle(), bundle(target="litert", archive=file("b.pinpoint"))), "i")
    one = read_index(index(bundle(target="litert")), "i")
    assert chosen(both, "forms", None).target == "onnx"
    assert chosen(both, "forms", "litert").target == "litert"
    assert chosen(one, "forms", None).target == "litert"
    with pytest.raises(OptionError, match="litert, onnx"):
        chosen(both, "forms", "coreml")
    with pytest.raises(OptionError, match="it has forms"):
        chosen(both, "other", None)
