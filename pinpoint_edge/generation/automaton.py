"""The automaton of constrained decoding: which tokens may continue an answer.

An answer is a verbatim span of the quotable text, "yes", "no", "not found", or, when the question
asks for a count, a number from 0 to 99. `quotable` defines where a span may start, end and run on.

The automaton's states are byte offsets in the text; a token is allowed when its bytes continue the
text at a live state. Where the same words are in several places all of them stay live,
and the most relevant one is reported in the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import OptionError
from pinpoint_edge.generation.prompt import NOT_FOUND
from pinpoint_edge.generation.quotable import QuotableText, word_ends, word_starts

Kind = Literal["span", "yes", "no", "count", "not-found"]

_COUNTING = re.compile(r"\s*(how\s+many|(the\s+|what\s+is\s+the\s+)?number\s+of|count)\b", re.I)
_MAX_COUNT = 99


class TokenTable:
    """Tokens by their bytes, made once a tokenizer.

    `bytes_table`: the bytes of every id in order (`Tokenizer.bytes_table`), empty for control
    tokens. `end_id`: the token that ends an answer.
    """

    def __init__(self, bytes_table: Sequence[bytes], end_id: int) -> None:
        self.bytes_table = bytes_table
        self.end_id = end_id
        self.ids: dict[bytes, int] = {}
        for token_id, token in enumerate(bytes_table):
            if token:
                self.ids.setdefault(token, token_id)
        self.longest = max(map(len, self.ids), default=0)
        # Few tokens hold a space after their first byte. Knowing how those begin lets the search
        # stop at the first space instead of looking up every longer string.
        self.across: set[bytes] = {
            token[: place + 1]
            for token in self.ids
            if b" " in token[1:]
            for place in range(1, len(token))
            if token[place] == 0x20
        }


@dataclass(frozen=True)
class Span:
    """An answer as a place in the quotable text.

    `pieces`: (region index, first character, end character) of each part of the transcriptions
    that the words were read from; empty unless `kind` is "span". `alternatives`: the pieces of
    other places with the same words. `complete`: False when the token limit cut the answer
    back to its last whole word, or to "not found" when it had none.
    """

    text: str
    pieces: tuple[tuple[int, int, int], ...]
    kind: Kind
    alternatives: tuple[tuple[tuple[int, int, int], ...], ...] = ()
    complete: bool = True


@dataclass(frozen=True)
class _Node:
    text: bytes
    starts: tuple[int, ...]
    ends: frozenset[int]
    successors: tuple[int, ...]
    kind: Kind
    relevance: float = 0.0


@dataclass(frozen=True)
class _Path:
    """How a live state was reached: parts of earlier nodes, then `node` from byte `start` on."""

    node: int
    start: int
    closed: tuple[tuple[int, int, int], ...] = ()
    relevance: float = 0.0


_State = tuple[int, int]  # node, byte offset


class AnswerAutomaton:
    """Follows one answer: ask `allowed`, `push` the token chosen, `finish` after the end token.

    `question` decides whether counts are among the answers.
    """

    def __init__(self, table: TokenTable, quotable: QuotableText, question: str) -> None:
        self.table = table
        self._quotable = quotable
        self._nodes = _nodes(quotable, question)
        self._live: dict[_State, _Path] = {
            (number, start): _Path(number, start, (), node.relevance)
            for number, node in enumerate(self._nodes)
            for start in node.starts
        }
        self._emitted: bytes | None = None  # None until the space before the answer has come
        self._at_end = False
        self._whole = ""  # the answer up to its last word end, and the paths that lead there
        self._whole_paths: list[tuple[_State, _Path]] = []
        self._finished = False

    def allowed(self) -> NDArray[np.int32]:
        """Ids i32 (n,), ascending, that may come next; the end token among them at a word end."""
        if self._finished:
            return np.empty(0, dtype=np.int32)
        found: set[int] = set()
        if self._emitted is None:
            space = self.table.ids.get(b" ")
            found.update([space] if space is not None else [])
        prefix = b" " if self._emitted is None else b""
        for node, offset in self._live:
            self._collect(node, offset, prefix, found)
        if self._at_end:
            found.add(self.table.end_id)
        return np.array(sorted(found), dtype=np.int32)

    def _collect(self, number: int, offset: int, prefix: bytes, found: set[int]) -> None:
        """Add the ids whose bytes are `prefix` and a continuation of the state."""
        table, node = self.table, self._nodes[number]
        text = prefix + node.text[offset : offset + table.longest - len(prefix)]
        for end in range(len(prefix) + 1, len(text) + 1):
            head = text[:end]
            if end > 1 and head[-1] == 0x20 and head not in table.across:
                return
            token_id = table.ids.get(head)
            if token_id is not None:
                found.add(token_id)
        if len(text) >= table.longest:
            return
        joined = text + b" "
        if len(joined) > 1 and joined not in table.across:
            return
        for successor in node.successors:
            token_id = table.ids.get(joined)
            if token_id is not None:
                found.add(token_id)
            self._collect(successor, 0, joined, found)

    def push(self, token_id: int) -> None:
        """Append a token; OptionError when it is not allowed here."""
        if token_id == self.table.end_id:
            if self._finished or not self._at_end:
                raise OptionError("The answer cannot end here: it is not at the end of a word.")
            self._finished = True
            return
        token = self.table.bytes_table[token_id]
        opens = self._emitted is None  # the first byte of an answer is the space before it
        rest = token[1:] if opens else token
        live: dict[_State, _Path] = {}
        if token and not self._finished and (token.startswith(b" ") or not opens):
            for (node, offset), path in self._live.items():
                for state, reached in self._advance(node, offset, path, rest):
                    best = live.get(state)
                    if best is None or _rank(reached) > _rank(best):
                        live[state] = reached
        if not live:
            raise OptionError(
                f"Token {token_id} does not continue the text: push only what allowed() gives."
            )
        self._live = live
        self._emitted = (self._emitted or b"") + rest
        ended = [item for item in live.items() if item[0][1] in self._nodes[item[0][0]].ends]
        self._at_end = bool(ended and self._emitted)
        if self._at_end:
            self._whole, self._whole_paths = self._emitted.decode(), ended

    def _advance(
        self, number: int, offset: int, path: _Path, rest: bytes
    ) -> Iterator[tuple[_State, _Path]]:
        node = self._nodes[number]
        if node.text.startswith(rest, offset):
            yield (number, offset + len(rest)), path
            return
        size = len(node.text) - offset
        if rest[: size + 1] != node.text[offset:] + b" ":
            return
        closed = (*path.closed, (number, path.start, len(node.text)))
        for successor in node.successors:
            relevance = max(path.relevance, self._nodes[successor].relevance)
            onward = _Path(successor, 0, closed, relevance)
            yield from self._advance(successor, 0, onward, rest[size + 1 :])

    def finish(self) -> Span:
        """The answer so far, cut back to its last whole word when it did not end by itself."""
        if not self._whole_paths:
            return Span(NOT_FOUND, (), "not-found", (), complete=False)
        text = self._whole
        kinds = {self._nodes[node].kind for (node, _), _ in self._whole_paths}
        if "not-found" in kinds:
            return Span(text, (), "not-found", (), self._finished)
        spans = [item for item in self._whole_paths if self._nodes[item[0][0]].kind == "span"]
        if not spans:
            return Span(text, (), kinds.pop(), (), self._finished)
        spans.sort(key=lambda item: _rank(item[1]), reverse=True)
        pieces = [self._pieces(state, path) for state, path in spans]
        return Span(text, pieces[0], "span", tuple(pieces[1:]), self._finished)

    def _pieces(self, state: _State, path: _Path) -> tuple[tuple[int, int, int], ...]:
        quotable = self._quotable
        pieces = []
        for node, start, end in (*path.closed, (state[0], path.start, state[1])):
            first = len(self._nodes[node].text[:start].decode()) + quotable.leads[node]
            length = len(self._nodes[node].text[start:end].decode())
            pieces.append((quotable.regions[node], first, first + length))
        return tuple(pieces)


def _rank(path: _Path) -> tuple[float, int, int, int]:
    """Higher is better: relevance, then fewer parts, then the earlier place."""
    first = path.closed[0] if path.closed else (path.node, path.start, 0)
    return path.relevance, -len(path.closed), -first[0], -first[1]


def _nodes(quotable: QuotableText, question: str) -> list[_Node]:
    nodes = []
    for place, text in enumerate(quotable.texts):
        offsets = np.cumsum([0, *(len(character.encode()) for character in text)])
        nodes.append(
            _Node(
                text.encode(),
                tuple(int(offsets[start]) for start in word_starts(text)),
                frozenset(int(offsets[end]) for end in word_ends(text)),
                quotable.successors[place],
                "span",
                quotable.relevance[place],
            )
        )
    fixed: list[tuple[str, Kind]] = [("yes", "yes"), ("no", "no"), (NOT_FOUND, "not-found")]
    if _COUNTING.match(question):
        fixed += [(str(number), "count") for number in range(_MAX_COUNT + 1)]
    nodes += [_Node(text.encode(), (0,), frozenset({len(text)}), (), kind) for text, kind in fixed]
    return nodes
