"""What is fuzzed: functions of bytes that may raise a PinPointError and nothing else.

A file's parser gets the bytes as they are; a step of the host gets numbers and texts drawn from
them. What a step must hold for every input is asserted.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from pinpoint_edge.errors import PinPointError

GOLDEN = Path(__file__).parents[1] / "golden"


class Drawn:
    """Numbers and texts drawn from bytes; zeros when they run out."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._at = raw, 0

    def bytes(self, count: int) -> bytes:
        part = self._raw[self._at : self._at + count]
        self._at += count
        return part.ljust(count, b"\0")

    def below(self, limit: int) -> int:
        return int.from_bytes(self.bytes(2), "little") % limit

    def real(self) -> float:
        """A number of -4096 to 4096, finer than a pixel."""
        return float(struct.unpack("<i", self.bytes(4))[0]) / 2**19

    def text(self, most: int = 40) -> str:
        return self.bytes(self.below(most)).decode("utf-8", "replace")

    def quad(self) -> np.ndarray:
        return np.asarray([self.real() for _ in range(8)], np.float32).reshape(4, 2)


def image(raw: bytes) -> None:
    from pinpoint_edge.vision.page import load_pages

    for page in load_pages(raw)[:3]:
        assert page.image.ndim == 3


def annotations(raw: bytes) -> None:
    from pinpoint_edge.evaluation.annotations import load_questions

    path = _file(raw, "qa.jsonl")
    Image.new("L", (9, 9)).save(path.with_name("page.png"))
    load_questions(path)


def recipe(raw: bytes) -> None:
    from pinpoint_quantization.recipe import Recipe

    Recipe.load(_file(raw, "own.toml")).digest()


def manifest(raw: bytes) -> None:
    from pinpoint_edge.bundle.validation import read_manifest

    read_manifest(raw, "manifest.json")


def archive(raw: bytes) -> None:
    from pinpoint_edge.bundle import verify_archive

    verify_archive(_file(raw, "bundle.pinpoint"))


def index(raw: bytes) -> None:
    from pinpoint_edge.bundle.release.index import read_index

    read_index(raw, "index.json")


def signature(raw: bytes) -> None:
    from pinpoint_edge.bundle.release.signature import MANIFEST_TYPE, Trust, check_signed

    check_signed(b"manifest", raw, MANIFEST_TYPE, Trust({"0" * 16: bytes(32)}), "a bundle")


def keys(raw: bytes) -> None:
    from pinpoint_edge.bundle.release.signature import Trust

    Trust.load(_file(raw, "keys.json"))


def documents(raw: bytes) -> None:
    from pinpoint_edge.commands.batch.documents import listed_documents

    listed_documents([str(_file(raw, "list.jsonl"))], False)


def schema(raw: bytes) -> None:
    from pinpoint_edge.storage.json_text import parse_json
    from pinpoint_edge.values.schema import fields_of

    try:
        value = parse_json(raw)
    except ValueError:
        return
    fields_of(value)


def ctc(raw: bytes) -> None:
    from pinpoint_edge.vision.ctc import decode

    drawn = Drawn(raw)
    shape = (1 + drawn.below(30), 1 + drawn.below(4))
    classes = np.frombuffer(drawn.bytes(shape[0] * shape[1]), np.uint8).reshape(shape) % 5
    likely = np.full(shape, 0.5, np.float32)
    used = drawn.below(101) / 100
    read = decode(classes.astype(np.int32), likely, ["", "a", "é", "fi", "字"], used)
    assert len(read.text) == len(read.spans) == len(read.probabilities)


def regions(raw: bytes) -> None:
    from pinpoint_edge.vision.regions import find_regions

    drawn = Drawn(raw)
    height, width = 1 + drawn.below(24), 1 + drawn.below(24)
    seen = np.frombuffer(drawn.bytes(height * width), np.uint8).reshape(height, width) / 255
    for region in find_regions(seen.astype(np.float32), 0.5, (width * 2, height * 2)):
        x0, y0, x1, y1 = region.box
        assert 0 <= x0 <= x1 <= width * 2
        assert 0 <= y0 <= y1 <= height * 2


def crop(raw: bytes) -> None:
    from pinpoint_edge.vision.crop import crop_quad, crop_width

    drawn = Drawn(raw)
    page = np.zeros((1 + drawn.below(40), 1 + drawn.below(40), 3), np.uint8)
    # Regions are clipped to their page.
    quad = np.clip(drawn.quad(), 0, page.shape[1::-1]).astype(np.float32)
    width = min(crop_width(quad, 16), 2000)
    assert crop_quad(page, quad, 16, width).shape == (16, width, 3)


def resize(raw: bytes) -> None:
    from pinpoint_edge.vision.resize import resize as scaled

    drawn = Drawn(raw)
    height, width = drawn.below(40), drawn.below(40)
    pixels = np.frombuffer(drawn.bytes(height * width * 3), np.uint8).reshape(height, width, 3)
    size = drawn.below(60), drawn.below(60)
    assert scaled(pixels, *size).shape == (size[1], size[0], 3)


def layout(raw: bytes) -> None:
    from pinpoint_edge.vision.canvas import fit_canvas
    from pinpoint_edge.vision.geometry import as_quad, text_quad
    from pinpoint_edge.vision.layout import lay_out
    from pinpoint_edge.vision.regions import Region

    drawn = Drawn(raw)
    found = []
    for _ in range(drawn.below(12)):
        left, top = drawn.below(180), drawn.below(180)
        box = (left, top, left + 1 + drawn.below(60), top + 1 + drawn.below(20))
        quad = text_quad(box)
        if drawn.below(3) == 0:
            quad = as_quad(quad + np.asarray([drawn.below(20), drawn.below(20)], np.float32))
        found.append(Region(quad, 1.0, 0))
    canvas = fit_canvas(np.full((260, 260, 3), 255, np.uint8))
    ordered, placed = lay_out(found, canvas, (260, 260), "layout")
    assert sorted(map(id, ordered)) == sorted(map(id, found))
    assert sorted(place for row in placed.rows for place in row) == list(range(len(found)))


def trigrams(raw: bytes) -> None:
    from pinpoint_edge.retrieval import trigrams as own

    drawn = Drawn(raw)
    question, texts = drawn.text(), [drawn.text() for _ in range(drawn.below(6))]
    assert len(own.trigram_ids(question, 32)) == 32
    scores = own.similarity(question, texts)
    assert all(0 <= score <= 1.0001 for score in scores)


def grounding(raw: bytes) -> None:
    """Walk the automaton by the bytes: whatever is chosen among the allowed ends in an answer."""
    from pinpoint_edge.generation.automaton import AnswerAutomaton
    from pinpoint_edge.generation.prompt import Piece
    from pinpoint_edge.generation.quotable import QuotableText

    drawn = Drawn(raw)
    texts = [drawn.text() for _ in range(1 + drawn.below(3))]
    rows = [[Piece(number, text)] for number, text in enumerate(texts)]
    places = np.full((len(texts), 4), 0.5, np.float32)
    held = QuotableText.from_lines(rows, places, np.ones(len(texts), np.float32))
    automaton = AnswerAutomaton(_table(), held, drawn.text())
    for _ in range(12):
        allowed = automaton.allowed()
        if not len(allowed):
            break
        automaton.push(int(allowed[drawn.below(len(allowed))]))
    span = automaton.finish()
    for number, start, end in span.pieces:
        assert 0 <= start <= end <= len(texts[number])


def values(raw: bytes) -> None:
    from pinpoint_edge.values import value_of
    from pinpoint_edge.values.page_locale import guess_locale

    drawn = Drawn(raw)
    text = drawn.text(60)
    found = value_of(text, drawn.text(), guess_locale([text, drawn.text()]))
    if found is not None:
        found.to_json()


TARGETS: dict[str, Callable[[bytes], None]] = {
    function.__name__: function
    for function in (
        *(image, annotations, recipe, manifest, archive, index, signature, keys, documents, schema),
        *(ctc, regions, crop, resize, layout, trigrams, grounding, values),
    )
}


def check(name: str, raw: bytes) -> None:
    """Run a target: a deliberate error is as good as a result, everything else is a fault."""
    try:
        TARGETS[name](raw)
    except PinPointError as error:
        if not str(error):
            raise AssertionError("an error without a message") from error


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="pinpoint-fuzz-")


def _file(raw: bytes, name: str) -> Path:
    path = Path(_folder().name) / name
    path.write_bytes(raw)
    return path


@cache
def _table() -> object:
    from pinpoint_edge.generation import prompt
    from pinpoint_edge.generation.automaton import TokenTable
    from pinpoint_edge.generation.tokenizer import Tokenizer

    tokenizer = Tokenizer(GOLDEN / "tokenizer/tokenizer.json")
    return TokenTable(tokenizer.bytes_table, tokenizer.control_id(prompt.END))
