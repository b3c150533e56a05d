"""Character trigrams: a literal matcher between a question and the rough readings of regions.

Trigrams survive the misread characters of a rough reading where whole words do not. The same code
gives the aligner its text input (`trigram_ids`, `match_features`) and the strategy `lexical`, the
aligner's baseline, its ranking (`lexical_scores`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.vision.layout import Layout

Floats = NDArray[np.float32]

BUCKETS = 4095  # ids run from 1 to BUCKETS; 0 means none

_STOP_WORDS = (
    "a an and any are as at be by can could did do does find for from give given has "
    "have her his how i in is it its listed many me mentioned much of on or page please printed "
    "shown stated tell that the their there this to value was were what whats when where which who "
    "whom whose why with written you"
)
_OTHER_STOP_WORDS = (
    # German, French, Spanish, Portuguese, Italian; without accents.
    "auf bitte das dem den der des die ein eine einem einen einer fur ist lautet sind steht "
    "und wann welche welchem welchen welcher welches wer wie wo zu d aux de combien du est la "
    "l le les quand que quel quelle quelles quels qui sont sur une cual cuales cuando cuanto "
    "cuantos del donde el en es las los por quien son una com como dos da em onde os para "
    "qual quanto quantos quem sao um uma che chi della di dove gli il lo nel per quale quali "
    "quando sono un"
)
STOP_WORDS = frozenset((_STOP_WORDS + " " + _OTHER_STOP_WORDS).split())

_ACCENTS = re.compile("[\u0300-\u036f]")
_QUOTED = re.compile(r'["“”„«]([^"“”„«»]+)["“”»]')
_ROW_SHARE = 0.9  # a value beside its label is the commonest layout ...
_ABOVE_SHARE = 0.8  # ... a value below it the next
_MIN_OVERLAP = 0.3  # of the narrower box, to count as below


def normalise(text: str) -> str:
    """NFKC, casefold, no accents; letters, marks, digits and single spaces between words stay.

    Rough readings lose accents (U+0300 to U+036F once decomposed) more often than letters.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", folded))
    folded = unicodedata.normalize("NFC", bare)
    kept = [c if unicodedata.category(c)[0] in "LMN" else " " for c in folded]
    return " ".join("".join(kept).split())


def trigrams_of(text: str) -> list[str]:
    """The trigrams of a text in order, duplicates kept; those of a word are of "^word$"."""
    return [
        f"^{word}$"[start : start + 3]
        for word in normalise(text).split()
        for start in range(len(word))
    ]


@lru_cache(maxsize=65536)
def _bucket(trigram: str) -> int:
    """FNV-1a, 32 bits, over the UTF-8 bytes (Fowler, Noll, Vo)."""
    value = 0x811C9DC5
    for byte in trigram.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value % BUCKETS + 1


def trigram_count(text: str) -> int:
    """Number of trigrams of the text; more than `length` of `trigram_ids` means it was cut."""
    return sum(len(word) for word in normalise(text).split())


def trigram_ids(text: str, length: int) -> NDArray[np.int32]:
    """Bucket ids i32 (length,) of the text's trigrams in order, duplicates kept, 0 as padding.

    The trigrams of a word are those of "^word$". What exceeds `length` is cut; `trigram_count`
    shows it.
    """
    ids = np.zeros(length, dtype=np.int32)
    found = [_bucket(trigram) for trigram in trigrams_of(text)[:length]]
    ids[: len(found)] = found
    return ids


def content(question: str) -> str:
    """The part of a question to match: what it quotes, else its words without stop words.

    A question of stop words only is kept whole.
    """
    quoted = normalise(" ".join(_QUOTED.findall(question)))
    if quoted:
        return quoted
    words = normalise(question).split()
    return " ".join([word for word in words if word not in STOP_WORDS] or words)


def instruction_ids(question: str, length: int) -> NDArray[np.int32]:
    """Trigram ids i32 (length,) of an instruction; one that is too long keeps its content words."""
    fits = trigram_count(question) <= length
    return trigram_ids(question if fits else content(question), length)


@lru_cache(maxsize=4096)
def _codes(text: str) -> NDArray[np.int64]:
    """Distinct trigrams of a text, each packed into one integer (3 x 21 bits of code points)."""
    words = normalise(text).split()
    marked = " ".join(f"^{word}$" for word in words)
    points = np.frombuffer(marked.encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    if len(points) < 3:
        return np.empty(0, dtype=np.int64)
    triples = np.lib.stride_tricks.sliding_window_view(points, 3)
    inside = triples[(triples != ord(" ")).all(axis=1)]
    codes: NDArray[np.int64] = np.unique((inside[:, 0] << 42) | (inside[:, 1] << 21) | inside[:, 2])
    codes.flags.writeable = False
    return codes


def similarity(question: str, readings: Sequence[str]) -> Floats:
    """Literal similarity f32 (N,) in 0..1 between a question and each reading of one page.

    Trigrams weigh log(1 + N / (1 + regions that hold them)). Recall is the weighted share of the
    question's trigrams found in the reading, precision that of the reading's found in the question;
    the score is their F2 measure (van Rijsbergen 1979), recall first, since a line often holds the
    label and its value.
    """
    count = len(readings)
    wanted = _codes(content(question))
    lists = [_codes(reading) for reading in readings]
    sizes = np.array([len(codes) for codes in lists], dtype=np.int64)
    if count == 0 or len(wanted) == 0 or sizes.sum() == 0:
        return np.zeros(count, dtype=np.float32)
    owner = np.repeat(np.arange(count), sizes)
    known, inverse, frequency = np.unique(
        np.concatenate(lists), return_inverse=True, return_counts=True
    )
    weight = np.log1p(count / (1.0 + frequency))
    in_question = np.isin(known, wanted, assume_unique=True)
    missing = len(wanted) - int(in_question.sum())
    question_weight = weight[in_question].sum() + missing * np.log1p(float(count))
    reading_weight = np.bincount(owner, weight[inverse], minlength=count)
    shared = np.bincount(owner, (weight * in_question)[inverse], minlength=count)
    # F2 = 5 P R / (4 P + R), with P = shared / reading and R = shared / question.
    score: Floats = (5.0 * shared / (reading_weight + 4.0 * question_weight)).astype(np.float32)
    return score


def match_features(question: str, readings: Sequence[str], layout: Layout) -> Floats:
    """Literal-match features f32 (N,6) of the regions of one page, each in 0..1.

    Columns: own similarity; the best left of it in its row; that of the nearest region above; own
    similarity over the page's maximum; the best of the other regions of its cell; the best above it
    in its table, else in its cell. Above means: of an earlier row, and with a horizontal overlap of
    at least 30 % of the narrower.
    """
    own = similarity(question, readings)
    if not len(own):
        return np.zeros((0, 6), np.float32)
    above, gap = _above(layout)
    nearest = np.where(above, gap, np.inf).argmin(1)
    over = np.where(above.any(1), own[nearest], 0)
    top = float(own.max())
    ratio = own / np.float32(top) if top > 0.0 else np.zeros_like(own)
    cell, table = np.asarray(layout.cell), np.asarray(layout.table)
    same_cell = cell[:, None] == cell
    other = same_cell & ~np.eye(len(own), dtype=np.bool_)
    block = np.where((table >= 0)[:, None], table[:, None] == table, same_cell)
    columns = [
        own,
        _best_left(own, layout.rows),
        over,
        ratio,
        np.where(other, own, 0).max(1),
        np.where(above & block, own, 0).max(1),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def best_match(question: str, readings: Sequence[str]) -> float:
    """Return the largest similarity, 0..1, of the question and a rough text; 0 without any."""
    own = similarity(question, readings)
    return float(own.max()) if len(own) else 0.0


def lexical_scores(question: str, readings: Sequence[str], layout: Layout) -> Floats:
    """Score f32 (N,) of each region of one page for a strategy that only matches letters.

    A value is right of its label or below it, so a region earns its own similarity and a share
    of the best one left of it in its row, or of the nearest region above, whichever is more.
    """
    own, left, over = match_features(question, readings, layout).T[:3]
    return np.asarray(own + np.maximum(_ROW_SHARE * left, _ABOVE_SHARE * over), dtype=np.float32)


def _above(layout: Layout) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Whether the second region lies above the first, (N, N), and the gap between them."""
    row_of = np.zeros(len(layout.cell), dtype=np.int64)
    for number, row in enumerate(layout.rows):
        row_of[row] = number
    x, y, width, height = layout.geometry.T.astype(np.float64)
    left, right = x - width / 2, x + width / 2
    overlap = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    fits = overlap >= _MIN_OVERLAP * np.maximum(np.minimum(width[:, None], width), 1e-9)
    earlier = (row_of[None, :] < row_of[:, None]) & (y[None, :] < y[:, None])
    gap = (y - height / 2)[:, None] - (y + height / 2)[None, :]
    return fits & earlier, gap


def _best_left(scores: Floats, rows: Sequence[Sequence[int]]) -> Floats:
    best = np.zeros_like(scores)
    for row in rows:
        if len(row) > 1:
            indices = np.asarray(row, dtype=np.int64)
            best[indices[1:]] = np.maximum.accumulate(scores[indices[:-1]])
    return best
