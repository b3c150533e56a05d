"""The glance encoder's features of the corpus, the inputs of the aligner.

Writes one page cache a set and side (`<out>/train/<set>`, `<out>/dev/<set>`) for the aligner:
features and rough readings of every region, and the questions in several wordings, with some about
labels that only another page has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from pinpoint_data.splits import is_dev
from pinpoint_edge.retrieval.selection import estimate_tokens
from pinpoint_edge.retrieval.trigrams import normalise
from pinpoint_edge.vision import ctc
from pinpoint_models.glance import CHARACTERS, GlanceEncoder
from pinpoint_train.corpus.page import CorpusPage, CorpusQuestion
from pinpoint_train.corpus.page_features import AlignerQuestion, PageFeatures, write_pages
from pinpoint_train.corpus.questions import LABEL_PHRASINGS, ask_differently, read_off_questions
from pinpoint_train.corpus.shards import read_shard, shards
from pinpoint_train.lines.glance_lines import Crop

WORDINGS = 3  # of each annotated question, in training
READ_OFF = 10  # label questions a page
ABSENT = 2  # questions about labels of other pages
BATCH = 64


@torch.inference_mode()
def look(model: GlanceEncoder, crops: Sequence[Crop]) -> tuple[NDArray[np.float16], list[str]]:
    """Features f16 (N,4,96) and rough readings of grey crops u8 (height, w)."""
    features = np.zeros((len(crops), 4, 96), np.float16)
    readings = [""] * len(crops)
    order = sorted(range(len(crops)), key=lambda index: crops[index].shape[1])
    for start in range(0, len(order), BATCH):
        chosen = order[start : start + BATCH]
        width = -(-max(crops[index].shape[1] for index in chosen) // 16) * 16
        image = np.zeros((len(chosen), 1, model.config.height, width), np.uint8)
        for slot, index in enumerate(chosen):
            image[slot, 0, :, : crops[index].shape[1]] = crops[index]
        used = torch.tensor([crops[index].shape[1] for index in chosen], dtype=torch.int32)
        seen, classes = model(torch.from_numpy(image), used)
        for slot, index in enumerate(chosen):
            features[index] = seen[slot].numpy()
            readings[index] = ctc.decode(classes[slot].numpy(), None, CHARACTERS).text
    return features, readings


def page_features(
    record: CorpusPage,
    model: GlanceEncoder,
    others: list[str],
    random: np.random.Generator,
    *,
    dev: bool,
) -> PageFeatures:
    """One page as the aligner sees it."""
    features, readings = look(model, record.crops)
    questions = list(record.questions)
    read_off = read_off_questions(record, random)
    if not dev:
        for question in record.questions:
            if question.field:
                reworded = {ask_differently(question, random).text for _ in range(WORDINGS)}
                questions += [
                    CorpusQuestion(text, question.support, question.answer, question.target)
                    for text in sorted(reworded - {question.text})
                ]
        picked = random.permutation(len(read_off))[:READ_OFF]
        questions += [read_off[index] for index in picked]
        questions += absent_questions(record, others, random)
    return PageFeatures(
        record.id,
        record.kind,
        record.size,
        features,
        record.layout,
        record.boxes,
        readings,
        np.asarray([estimate_tokens(reading) for reading in readings], np.int32),
        [
            AlignerQuestion(
                question.text,
                question.support,
                question.answer,
                question.target is not None,
            )
            for question in questions
        ],
    )


def absent_questions(
    record: CorpusPage, labels: list[str], random: np.random.Generator
) -> list[CorpusQuestion]:
    """Questions about labels seen on other pages of which this one has no word."""
    words = set(normalise(" ".join(record.texts)).split())
    result: list[CorpusQuestion] = []
    for index in random.permutation(len(labels))[: 8 * ABSENT]:
        label = labels[int(index)]
        long = [word for word in normalise(label).split() if len(word) > 3]
        if long and not words.intersection(long) and len(result) < ABSENT:
            phrasing = LABEL_PHRASINGS[int(random.integers(len(LABEL_PHRASINGS)))]
            result.append(CorpusQuestion(phrasing.format(label), [], [], None))
    return result


def quoted_labels(records: Sequence[CorpusPage]) -> list[str]:
    """Labels printed before a colon on these pages."""
    found = set()
    for record in records:
        for text in record.texts:
            label, colon, _ = text.partition(":")
            if colon and 3 < len(label) < 30 and not any(c.isdigit() for c in label):
                found.add(label.strip())
    return sorted(found)


def write_features(
    corpus: Path, names: Sequence[str], model: GlanceEncoder, seed: int, out: Path
) -> Iterator[str]:
    """Write one page cache a set and side; yields a line about each."""
    found = shards(corpus, names or None)
    for name in sorted({path.stem.rsplit("-", 1)[0] for path in found}):
        paths = [path for path in found if path.stem.rsplit("-", 1)[0] == name]
        records = [record for path in paths for record in read_shard(path)]
        labels = quoted_labels(records)
        for side in ("train", "dev"):
            dev = side == "dev"
            random = np.random.default_rng([seed, dev])
            chosen = [r for r in records if r.texts and is_dev(r.id) == dev]
            if chosen:
                pages = (page_features(r, model, labels, random, dev=dev) for r in chosen)
                count = write_pages(out / side / name, (page for page in pages if page.questions))
                yield f"{side}/{name}: {count} pages"
