"""The language model's tokenizer: a byte-level BPE read from a `tokenizer.json`.

Text that comes from a page or a user is never parsed for control tokens: "<|im_end|>" written on a
form encodes as ordinary characters. Control ids are reached only by name, through `control_id`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import tokenizers

from pinpoint_edge.errors import BundleError

_CACHED_TEXTS = 8192


def byte_alphabet() -> dict[str, int]:
    """Map each printable stand-in of the GPT-2 byte-level alphabet to its byte.

    Source: Radford et al. 2019, `bytes_to_unicode`: printable Latin-1 bytes stand for themselves,
    the 68 others are code points from 256 upwards in byte order.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    alphabet = {chr(byte): byte for byte in printable}
    alphabet.update({chr(256 + place): byte for place, byte in enumerate(others)})
    return alphabet


class Tokenizer:
    """Encode and decode text; ids are int in [0, vocabulary).

    `source` is the path of a `tokenizer.json` or its bytes. Raises BundleError when it cannot be
    read as a byte-level BPE.
    """

    def __init__(self, source: Path | str | bytes) -> None:
        where = "the given bytes" if isinstance(source, bytes) else str(source)
        try:
            data = source if isinstance(source, bytes) else Path(source).read_bytes()
            self._model = tokenizers.Tokenizer.from_str(data.decode("utf-8"))
        except OSError as error:
            raise BundleError(
                f"The tokenizer {where} cannot be read ({error.strerror}): export the bundle again."
            ) from error
        except Exception as error:  # the tokenizers library raises bare Exception
            raise BundleError(
                f"The tokenizer in {where} is broken ({error}): export the bundle again."
            ) from error
        self._model.encode_special_tokens = True
        self._model.no_padding()
        self._model.no_truncation()
        self._controls = {
            token.content: token_id
            for token_id, token in self._model.get_added_tokens_decoder().items()
            if token.special
        }
        self._bytes = self._read_bytes(where)
        self._encode = lru_cache(maxsize=_CACHED_TEXTS)(self._encode_once)

    def _read_bytes(self, where: str) -> tuple[bytes, ...]:
        alphabet = byte_alphabet()
        ids = self._model.get_vocab(with_added_tokens=True)
        added = {token.content for token in self._model.get_added_tokens_decoder().values()}
        table = [b""] * (max(ids.values(), default=-1) + 1)
        for token, token_id in ids.items():
            if token in self._controls:
                continue
            if token in added:
                table[token_id] = token.encode()
                continue
            try:
                table[token_id] = bytes(alphabet[character] for character in token)
            except KeyError as error:
                raise BundleError(
                    f"The tokenizer in {where} is no byte-level BPE (token {token!r}): "
                    "use a model with a GPT-2 style tokenizer."
                ) from error
        return tuple(table)

    def _encode_once(self, text: str) -> tuple[int, ...]:
        return tuple(self._model.encode(text, add_special_tokens=False).ids)

    @property
    def vocabulary(self) -> int:
        """Number of ids, control tokens included; the first visual id follows the last one."""
        return len(self._bytes)

    @property
    def bytes_table(self) -> tuple[bytes, ...]:
        """The bytes of every id in order; control tokens are empty."""
        return self._bytes

    def control_id(self, name: str) -> int:
        """Id of a control token such as "<|im_end|>"; raises BundleError when there is none."""
        if name not in self._controls:
            raise BundleError(
                f"The tokenizer has no control token {name!r}: "
                "export the bundle again with a chat-tuned model."
            )
        return self._controls[name]

    def encode(self, text: str) -> list[int]:
        """Ids of the text; control tokens are never produced. Cached by text."""
        return list(self._encode(text))

    def token_bytes(self, token_id: int) -> bytes:
        """UTF-8 bytes (perhaps part of a character) of an id; empty for a control token."""
        return self._bytes[token_id]

    def decode(self, ids: Iterable[int]) -> str:
        """Text of the ids; control tokens vanish, broken UTF-8 becomes U+FFFD."""
        return b"".join(self._bytes[token_id] for token_id in ids).decode("utf-8", "replace")
