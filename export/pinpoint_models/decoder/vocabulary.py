"""A smaller vocabulary: the tokens that byte-pair merging made first.

Ids of a byte-level BPE are in the order of its merges, control tokens and bytes before them. The
first ones are closed under merging, so they are a tokenizer of their own: it still encodes any
text and decodes to the very bytes, with a few tokens more where a rare word was one. Every id that
is kept keeps its meaning.
"""

import json
from typing import Any

from pinpoint_edge.errors import DataError, OptionError

BYTES = 256


def first_tokens(tokenizer_json: str, count: int) -> str:
    """Return a tokenizer.json that keeps the ids below count.

    Raises OptionError when count is more than there are or leaves out a byte or a control token,
    DataError when the ids are not in the order of merges.
    """
    raw: dict[str, Any] = json.loads(tokenizer_json)
    model = raw["model"]
    tokens: dict[str, int] = model["vocab"]
    if count > len(tokens):
        raise OptionError(
            f"The recipe keeps {count} tokens, the language model has {len(tokens)}; choose fewer."
        )
    pairs = [(pair, tokens["".join(pair)]) for pair in map(_pair, model["merges"])]
    ranks = [token for _, token in pairs]
    if ranks != sorted(ranks):
        raise DataError("The tokenizer's ids are not in the order of its merges; keep all tokens.")
    merged = set(ranks)
    needed = max(
        (i for i in [*tokens.values(), *_controls(raw)] if i not in merged), default=BYTES - 1
    )
    if count <= needed:
        raise OptionError(
            f"The recipe keeps {count} tokens, bytes and control tokens alone need {needed + 1}; "
            "choose more."
        )
    model["vocab"] = {token: i for token, i in tokens.items() if i < count}
    model["merges"] = [list(pair) for pair, i in pairs if i < count]
    return json.dumps(raw, ensure_ascii=False, separators=(",", ":"))


def _pair(merge: Any) -> tuple[str, str]:
    """Read a merge in either of the forms that tokenizer.json has."""
    first, second = merge.split(" ") if isinstance(merge, str) else merge
    return first, second


def _controls(raw: dict[str, Any]) -> list[int]:
    return [int(token["id"]) for token in raw.get("added_tokens", ())]
