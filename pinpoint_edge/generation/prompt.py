"""The prompt: evidence first, question last, so that everything before the question can be cached.

    <|im_start|>Page:
    [v0] text of region [v1] text of the next region in the row
    [v2] text of the first region of the next row

    [v3] text of another cell
    [v4] cell of a table | [v5] its right neighbour
    Question: What is the total?
    Answer: 12.50<|im_end|>

[v] is a region's visual slot. Each part is tokenized apart, so that the ids of a region never
depend on its neighbours; a region refined for one question keeps its ids for the next. The same
builder makes the prompt of a few regions and of a full page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.errors import InstructionError
from pinpoint_edge.generation.tokenizer import Tokenizer

START = "<|im_start|>"
END = "<|im_end|>"
NOT_FOUND = "not found"
MAX_QUESTION = 2000

_LINE_BREAK = re.compile(r"[\r\n\v\f\x85\u2028\u2029]")


@dataclass(frozen=True)
class Piece:
    """One region of the evidence: its index, its transcription, and its 0-based page.

    `cell` and `table` are those of `Layout`.
    """

    region: int
    text: str
    page: int = 0
    cell: int = 0
    table: int = -1


@dataclass(frozen=True)
class Prompt:
    """The input of the language model.

    `ids` i32 (q,): token ids; `vocabulary + k` is the slot of visual token k.
    `visual_order`: region index of each visual token, in slot order.
    `spans`: [start, end) positions in `ids` of each region (its slot and its text), in slot order.
    `prefix_length`: ids at the start that are the same in every prompt.
    `question_start`: position where the question begins; all before it depends on evidence only.
    """

    ids: NDArray[np.int32]
    visual_order: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    prefix_length: int
    question_start: int


def one_line(text: str) -> str:
    """Replace each line break by one space, so that character offsets stay what they were."""
    return _LINE_BREAK.sub(" ", text)


def check_question(question: str) -> str:
    """Return the question stripped and on one line; InstructionError when empty or too long."""
    text = one_line(question).strip()
    if not text:
        raise InstructionError("The question is empty: ask for something that is on the page.")
    if len(text) > MAX_QUESTION:
        raise InstructionError(
            f"The question has {len(text):,} characters, at most {MAX_QUESTION:,} are read: "
            "shorten it or ask several questions."
        )
    return text


def prefix(tokenizer: Tokenizer) -> list[int]:
    """Ids that begin every prompt; their KV entries can be kept from one page to the next."""
    return [tokenizer.control_id(START), *tokenizer.encode("Page:\n")]


def region_ids(tokenizer: Tokenizer, text: str) -> list[int]:
    """Ids of a region's transcription, without its visual slot; none when it is empty."""
    return tokenizer.encode(" " + one_line(text)) if text else []


def question_ids(tokenizer: Tokenizer, question: str) -> list[int]:
    """Ids from the end of the evidence to where the answer begins; raises InstructionError."""
    return tokenizer.encode(f"\nQuestion: {check_question(question)}\nAnswer:")


def answer_ids(tokenizer: Tokenizer, answer: str) -> list[int]:
    """Ids of an answer (or NOT_FOUND) up to and with the end token: what training predicts."""
    return [*tokenizer.encode(" " + one_line(answer)), tokenizer.control_id(END)]


def region_cost(tokenizer: Tokenizer, text: str) -> int:
    """Upper bound of the tokens that a region adds: visual slot, text, and a line separator."""
    return 2 + len(region_ids(tokenizer, text))


def build(tokenizer: Tokenizer, question: str, lines: Sequence[Sequence[Piece]]) -> Prompt:
    """Build the prompt of a question over lines of regions in reading order.

    Lines of one page follow each other; "Page 2:" opens each further page. An empty line parts
    cells that are in no table together, a bar the cells of a row. Lines without a piece are left
    out.
    Raises InstructionError when the question is empty or too long.
    """
    tail = question_ids(tokenizer, question)
    ids = prefix(tokenizer)
    prefix_length = len(ids)
    visual_order: list[int] = []
    spans: list[tuple[int, int]] = []
    before: Piece | None = None
    for line in lines:
        if not line:
            continue
        if before is not None:
            ids += tokenizer.encode("\n" if _are_together(before, line[0]) else "\n\n")
            if line[0].page != before.page:
                ids += tokenizer.encode(f"Page {line[0].page + 1}:\n")
        for place, piece in enumerate(line):
            if place and piece.cell != line[place - 1].cell:
                ids += tokenizer.encode(" |")
            before, start = piece, len(ids)
            ids.append(tokenizer.vocabulary + len(visual_order))
            ids += region_ids(tokenizer, piece.text)
            visual_order.append(piece.region)
            spans.append((start, len(ids)))
    question_start = len(ids)
    return Prompt(
        np.array(ids + tail, dtype=np.int32),
        tuple(visual_order),
        tuple(spans),
        prefix_length,
        question_start,
    )


def _are_together(above: Piece, below: Piece) -> bool:
    """Whether two rows are of one cell or table, or of two pages."""
    in_table = above.table >= 0 and above.table == below.table
    return above.page != below.page or above.cell == below.cell or in_table
