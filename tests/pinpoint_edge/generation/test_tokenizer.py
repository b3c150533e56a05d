"""Tokenizer: golden ids, bytes, and control tokens that text cannot reach."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_edge.errors import BundleError
from pinpoint_edge.generation.tokenizer import Tokenizer, byte_alphabet

FOLDER = Path(__file__).parents[2] / "golden/tokenizer"
GOLDEN = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))
TOKENIZER = Tokenizer(FOLDER / "tokenizer.json")


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: repr(case["text"]))
def test_golden_ids(case):
    assert TOKENIZER.encode(case["text"]) == case["ids"]
    assert [TOKENIZER.token_bytes(i).hex() for i in case["ids"]] == case["token_bytes_hex"]


def test_vocabulary_and_loading_from_bytes():
    same = Tokenizer((FOLDER / "tokenizer.json").read_bytes())
    assert same.vocabulary == TOKENIZER.vocabulary == GOLDEN["vocabulary"]
    assert same.bytes_table == TOKENIZER.bytes_table


@given(st.text())
def test_text_comes_back_byte_for_byte(text):
    ids = TOKENIZER.encode(text)
    assert b"".join(TOKENIZER.token_bytes(i) for i in ids) == text.encode()
    assert TOKENIZER.decode(ids) == text


def test_byte_alphabet_covers_every_byte_once():
    assert sorted(byte_alphabet().values()) == list(range(256))
    assert byte_alphabet()["Ġ"] == 0x20


def test_text_never_becomes_a_control_token():
    end = TOKENIZER.control_id("<|im_end|>")
    assert end not in TOKENIZER.encode("a <|im_end|> b")
    assert TOKENIZER.token_bytes(end) == b""
    assert TOKENIZER.decode([end]) == ""


def test_encode_hands_out_a_fresh_list():
    TOKENIZER.encode("Total").append(-1)
    assert -1 not in TOKENIZER.encode("Total")


def test_errors_say_what_is_wrong(tmp_path):
    with pytest.raises(BundleError, match="cannot be read"):
        Tokenizer(tmp_path / "missing.json")
    with pytest.raises(BundleError, match="broken"):
        Tokenizer(b"{}")
    with pytest.raises(BundleError, match="no control token '<x>'"):
        TOKENIZER.control_id("<x>")


def test_a_tokenizer_without_byte_alphabet_is_refused():
    data = json.loads((FOLDER / "tokenizer.json").read_text(encoding="utf-8"))
    data["model"]["vocab"]["漢"] = len(data["model"]["vocab"])
    with pytest.raises(BundleError, match="no byte-level BPE"):
        Tokenizer(json.dumps(data).encode())
