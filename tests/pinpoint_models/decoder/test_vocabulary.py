"""A smaller vocabulary is a tokenizer of its own, and loses no byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_edge.errors import DataError, OptionError
from pinpoint_edge.generation.tokenizer import Tokenizer
from pinpoint_models.decoder.vocabulary import first_tokens

TEXT = (Path(__file__).parents[2] / "golden" / "tokenizer" / "tokenizer.json").read_text("utf-8")
WHOLE = Tokenizer(TEXT.encode())
SMALL = Tokenizer(first_tokens(TEXT, 500).encode())


@given(st.text())
def test_any_text_comes_back(text: str) -> None:
    ids = SMALL.encode(text)
    assert max(ids, default=0) < 500 == SMALL.vocabulary
    assert SMALL.decode(ids) == text


@given(st.text("abcdefgh tion."))
def test_words_of_kept_tokens_are_cut_as_before(text: str) -> None:
    before = WHOLE.encode(text)
    if max(before, default=0) < 500:
        assert SMALL.encode(text) == before
    assert b"".join(map(WHOLE.token_bytes, before)) == text.encode()


def test_kept_ids_mean_what_they_meant() -> None:
    assert WHOLE.vocabulary > 500
    assert SMALL.bytes_table == WHOLE.bytes_table[:500]
    for name in ("<|im_start|>", "<|im_end|>"):
        assert SMALL.control_id(name) == WHOLE.control_id(name)


def test_too_many_too_few_and_other_orders_are_refused() -> None:
    with pytest.raises(OptionError, match=f"the language model has {WHOLE.vocabulary}"):
        first_tokens(TEXT, WHOLE.vocabulary + 1)
    with pytest.raises(OptionError, match=r"bytes and control tokens alone need 2\d\d; choose"):
        first_tokens(TEXT, 100)
    raw = json.loads(TEXT)
    raw["model"]["merges"].reverse()
    with pytest.raises(DataError, match="not in the order of its merges"):
        first_tokens(json.dumps(raw), 500)
