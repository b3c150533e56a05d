"""The golden texts and choices, computed anew from docs/bundle.md, without the package."""

from __future__ import annotations

import itertools
import json
import math
import re
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

FOLDER = Path(__file__).parent


def cases(name):
    return json.loads((FOLDER / name / "cases.json").read_text(encoding="utf-8"))


CTC, TRIGRAMS, SELECTION = cases("ctc"), cases("trigrams"), cases("selection")
PROMPT, CONFIDENCE, SPANS = cases("prompt"), cases("confidence"), cases("grounding")
TOKENIZER = Tokenizer.from_file(str(FOLDER / "tokenizer/tokenizer.json"))


@pytest.mark.parametrize("case", CTC["decode"], ids=lambda case: case["text"])
def test_ctc(case):
    part = slice(case["offset"], case["offset"] + math.prod(case["shape"]))
    classes = np.fromfile(FOLDER / "ctc/classes.bin", "<i4")[part].reshape(case["shape"])
    likely = np.fromfile(FOLDER / "ctc/probabilities.bin", "<f4")[part].reshape(case["shape"])
    if classes.ndim == 2:
        classes, likely = classes[:, 0], likely[:, 0]
    steps = math.ceil(len(classes) * case["used"])
    runs, place = [], 0
    for label, group in itertools.groupby(classes[:steps].tolist()):
        size = len(list(group))
        if label:
            runs.append((label, place, place + size, float(max(likely[place : place + size]))))
        place += size
    assert "".join(CTC["characters"][label] for label, *_ in runs) == case["text"]
    expected = [p for label, _, _, p in runs for _ in CTC["characters"][label]]
    assert case["probabilities"] == pytest.approx(expected, abs=1e-6)
    spans = case["spans"]
    assert all(0 <= start < end <= 1 for start, end in spans)
    for (_, end), (start, _) in itertools.pairwise(spans):
        assert end == pytest.approx(start, abs=1e-6)


def words(text):
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    text = unicodedata.normalize("NFD", text)
    text = "".join(c for c in text if not 0x300 <= ord(c) < 0x370)
    text = unicodedata.normalize("NFC", text)
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in text)
    return kept.split()


def trigram_ids(text):
    found = []
    for word in words(text):
        framed = f"^{word}$"
        for start in range(len(framed) - 2):
            value = 2166136261
            for byte in framed[start : start + 3].encode():
                value = ((value ^ byte) * 16777619) % 2**32
            found.append(value % 4095 + 1)
    return found


@pytest.mark.parametrize("case", TRIGRAMS["texts"], ids=lambda case: case["text"])
def test_trigrams(case):
    ids = trigram_ids(case["text"])
    length = TRIGRAMS["length"]
    assert case["normalised"] == " ".join(words(case["text"]))
    assert case["count"] == len(ids)
    assert case["ids"] == (ids + [0] * length)[:length]


def above(page, index):
    """Regions of earlier rows that overlap at least 30 % of the narrower."""
    row_of = {n: number for number, row in enumerate(page["rows"]) for n in row}
    x, y, width, _ = page["geometry"][index]
    for other, (x2, y2, width2, _) in enumerate(page["geometry"]):
        shared = min(x + width / 2, x2 + width2 / 2) - max(x - width / 2, x2 - width2 / 2)
        if row_of[other] < row_of[index] and y2 < y and shared >= 0.3 * min(width, width2):
            yield other


@pytest.mark.parametrize("case", TRIGRAMS["questions"], ids=lambda case: case["question"])
def test_literal_match(case):
    page = TRIGRAMS["page"]
    readings = [set(trigram_ids(text)) for text in page["readings"]]
    content = {
        'What is the value of "Invoice No."?': "invoice no",
        "What is the total amount?": "total amount",
        "Date?": "date",
        "Who?": "who",  # only stop words: all of them
    }[case["question"]]
    asked = set(trigram_ids(content))
    total = len(readings)

    def weight(ids):
        return sum(math.log(1 + total / (1 + sum(i in r for r in readings))) for i in ids)

    own = []
    for reading in readings:
        scale = weight(reading) + 4 * weight(asked)
        own.append(5 * weight(reading & asked) / scale if scale else 0.0)
    best = max(own)
    for index, row in enumerate(case["match"]):
        assert row[0] == pytest.approx(own[index], abs=2e-6)
        line = next(line for line in page["rows"] if index in line)
        left = max((own[other] for other in line[: line.index(index)]), default=0.0)
        assert row[1] == pytest.approx(left, abs=2e-6)
        assert row[3] == pytest.approx(own[index] / best if best else 0.0, abs=2e-6)
        cell = [n for n in range(total) if n != index and page["cell"][n] == page["cell"][index]]
        assert row[4] == pytest.approx(max((own[n] for n in cell), default=0.0), abs=2e-6)
        block = page["table"] if page["table"][index] >= 0 else page["cell"]
        over = [n for n in above(page, index) if block[n] == block[index]]
        assert row[5] == pytest.approx(max((own[n] for n in over), default=0.0), abs=2e-6)


def softmax(values):
    top = max(values)
    powers = [math.exp(value - top) for value in values]
    return [power / sum(powers) for power in powers]


@pytest.mark.parametrize("number", range(len(SELECTION["select"])))
def test_selection(number):
    case = SELECTION["select"][number]
    regions, wanted = case["relevance"][:-1], case["selection"]
    if not regions:
        assert wanted["indices"] == []
        assert not wanted["found"]
        return
    shares = softmax([value / 2.0 for value in regions])
    taken, covered, spent = [], 0.0, 0
    for index in sorted(range(len(regions)), key=lambda n: (-regions[n], n)):
        if taken and (covered >= case["coverage"] or spent + case["costs"][index] > case["budget"]):
            break
        taken.append(index)
        covered += shares[index]
        spent += case["costs"][index]
    null = softmax(case["relevance"])[-1]
    assert wanted["indices"] == sorted(taken)
    assert wanted["relevance"] == pytest.approx([shares[n] for n in sorted(taken)], abs=1e-8)
    assert wanted["null"] == pytest.approx(null, abs=1e-8)
    assert wanted["found"] == (null < 0.9)
    assert wanted["estimated_tokens"] == spent


def encode(text):
    """Ids of a text whose control tokens are ordinary characters."""
    parts = re.split(r"(<\|im_start\|>|<\|im_end\|>)", text)
    if len(parts) == 1:
        return TOKENIZER.encode(text, add_special_tokens=False).ids
    return None  # such a text needs a tokenizer without control tokens


def place(piece):
    """The cell and the table of a piece."""
    return tuple(piece[3:5]) if len(piece) > 3 else (0, -1)


@pytest.mark.parametrize("case", PROMPT["cases"], ids=lambda case: case["instruction"])
def test_prompt(case):
    vocabulary = cases("tokenizer")["vocabulary"]
    ids = [TOKENIZER.token_to_id("<|im_start|>"), *encode("Page:\n")]
    page, slots, before = None, 0, None
    for line in case["rows"]:
        if not line:
            continue
        if page is not None:
            cell, table = place(line[0])
            apart = page == line[0][2] and cell != before[0] and not (table == before[1] >= 0)
            ids += encode("\n\n" if apart else "\n")
            if line[0][2] != page:
                ids += encode(f"Page {line[0][2] + 1}:\n")
        page = line[0][2]
        for number, piece in enumerate(line):
            text = piece[1]
            if number and place(piece)[0] != before[0]:
                ids += encode(" |")
            before = place(piece)
            ids.append(vocabulary + slots)
            slots += 1
            part = encode(" " + re.sub(r"[\r\n\v\f\x85\u2028\u2029]", " ", text)) if text else []
            if part is None:
                pytest.skip("a control token is written on the page")
            ids += part
    question = re.sub(r"[\r\n\v\f\x85\u2028\u2029]", " ", case["instruction"]).strip()
    tail = encode(f"\nQuestion: {question}\nAnswer:")
    if tail is None:
        pytest.skip("a control token is written in the question")
    assert case["question_start"] == len(ids)
    assert case["ids"] == ids + tail


FURTHER = json.loads((FOLDER / "confidence/further.json").read_text(encoding="utf-8"))
CONFIDENCE = [*CONFIDENCE["cases"], *FURTHER["cases"]]


@pytest.mark.parametrize("number", range(len(CONFIDENCE)))
def test_confidence(number):
    case = CONFIDENCE[number]
    signals = case["signals"]
    weights = case["weights"].get("found" if case["found"] else "not-found")
    if weights is None:
        expected = signals["decode"] * signals["reader"]
        expected *= 1 - signals["null"] if case["found"] else 1
    else:
        total = weights.get("bias", 0.0)
        for name, weight in weights.items():
            if name != "bias":
                held = min(max(signals[name], 0.0001), 0.9999)
                total += weight * math.log(held / (1 - held))
        expected = 1 / (1 + math.exp(-min(max(total, -30), 30)))
    assert case["confidence"] == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("case", SPANS["answers"], ids=lambda case: case["text"])
def test_constrained_answers(case):
    """The bytes of the tokens are the answer, and the pieces are what stands in the text."""
    texts = {index: text for line in SPANS["rows"] for index, text, *_ in line}
    end = TOKENIZER.token_to_id("<|im_end|>")
    pushed = [step["push"] for step in case["steps"]]
    assert all(step["push"] in step["allowed"] for step in case["steps"])
    ids = [i for i in pushed if i != end]
    if pushed[-1] == end:
        assert TOKENIZER.decode(ids, skip_special_tokens=False) == " " + case["text"]
    for pieces in [p for p in (case["pieces"], *case["alternatives"]) if p]:
        assert " ".join(texts[index][start:stop] for index, start, stop in pieces) == case["text"]
    if case["kind"] == "count":
        assert re.fullmatch(r"[0-9]|[1-9][0-9]", case["text"])
        assert re.match(
            r"(how many|(what is )?the number of|number of|count)", case["question"], re.I
        )
