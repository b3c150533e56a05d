"""JSON is parsed strictly, and its digest does not depend on the order of keys."""

from __future__ import annotations

import pytest

from pinpoint_edge.storage.json_text import json_digest, parse_json


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"a": 1, "a": 2}', "key a occurs twice"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": -Infinity}', "-Infinity is not JSON"),
        (b"\xff\xfe{}", "utf-8"),
        (b"{", "Expecting"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_parsing_is_strict(raw: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_json(raw)


def test_a_digest_depends_on_the_values_alone() -> None:
    assert json_digest({"a": 1, "b": [2]}) == json_digest({"b": [2], "a": 1})
    assert json_digest({"a": 1}) != json_digest({"a": 2})
    assert json_digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
