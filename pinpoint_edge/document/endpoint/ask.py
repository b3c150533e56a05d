"""Ask a closed model about an open document, with the crops that the question needs."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_edge.document.document import Document
from pinpoint_edge.document.endpoint.chat import Endpoint, Picture, Reply, Usage
from pinpoint_edge.document.endpoint.crops import Crop, contact_sheet, crops_of, page_crop, png
from pinpoint_edge.document.looked import LookedPages
from pinpoint_edge.runtime.timings import Timings, timed
from pinpoint_edge.vision.geometry import Box, bounds

_WORDS = re.compile(r"\w+")


@dataclass(frozen=True)
class Prepared:
    """What would be sent for a question: crops of looked pages as pictures.

    relevance f32 (N,): of every region to the question.
    """

    pages: LookedPages
    question: str
    relevance: NDArray[np.float32]
    crops: tuple[Crop, ...]
    pictures: tuple[Picture, ...]
    timings: Timings

    @property
    def sent_bytes(self) -> int:
        """Bytes of the pictures."""
        return sum(len(picture.png) for picture in self.pictures)

    def whole(self) -> list[Picture]:
        """Return the pages that the crops are from, whole: what is not sent."""
        numbers = dict.fromkeys(crop.page for crop in self.crops)
        return _pictures(self.pages, [page_crop(self.pages, number) for number in numbers])


@dataclass(frozen=True)
class EndpointAnswer:
    """The answer of a closed model.

    `text` is None where the document does not answer, by the model or, with nothing sent, by the
    aligner. `page` is 0-based; `boxes` are those of the words where a region reads like the answer,
    else that of the region that the model names, in pixels of the upright source page. `crops` are
    the parts that were sent, `sent_bytes` their size, `page_bytes` that of the whole pages; `usage`
    is the server's own, `page_usage` that of the same question with the whole pages, where asked
    for.
    """

    text: str | None
    page: int | None
    boxes: tuple[Box, ...]
    model: str
    crops: tuple[Crop, ...]
    sent_bytes: int
    page_bytes: int
    usage: Usage | None
    page_usage: Usage | None
    timings: Timings

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values with stable keys."""
        return {
            "text": self.text,
            "found": self.text is not None,
            "page": self.page,
            "boxes": [[round(value, 2) for value in box] for box in self.boxes],
            "model": self.model,
            "sent": [{"page": crop.page, "box": list(crop.box)} for crop in self.crops],
            "bytes": {"sent": self.sent_bytes, "pages": self.page_bytes},
            "tokens": {
                "prompt": self.usage.prompt if self.usage else None,
                "answer": self.usage.answer if self.usage else None,
                "prompt_of_pages": self.page_usage.prompt if self.page_usage else None,
            },
            "timings": {name: round(ms, 2) for name, ms in self.timings.items()},
        }


def prepare(
    document: Document,
    question: str,
    *,
    coverage: float | None = None,
    token_budget: int | None = None,
    on_one_sheet: bool = False,
) -> Prepared:
    """Choose what a question needs and cut it out; nothing is sent.

    on_one_sheet: all crops on one contact sheet, for models whose pictures have a base price.
    Raises what `Document.ask` raises.
    """
    timings: Timings = {}
    pages, found = document.retrieve(
        question, timings, coverage=coverage, token_budget=token_budget
    )
    with timed(timings, "crop"):
        crops = crops_of(pages, found.indices if found.found else ())
        if on_one_sheet and len(crops) > 1:
            sheet = contact_sheet([crop.picture(pages) for crop in crops])
            caption = "".join(f"{_caption(pages, *each)}\n" for each in enumerate(crops, 1))
            pictures = [Picture(f"{caption}All on one sheet, numbered:", png(sheet), sheet.size)]
        else:
            pictures = _pictures(pages, crops)
    return Prepared(pages, question, found.relevance, tuple(crops), tuple(pictures), timings)


def ask_endpoint(
    prepared: Prepared, endpoint: Endpoint, *, compare_pages: bool = False
) -> EndpointAnswer:
    """Send prepared crops to a chat endpoint, and find its answer on the page.

    compare_pages: ask once more with the whole pages, to learn the tokens that they take. Raises
    EndpointError, BackendError, InferenceError.
    """
    whole = prepared.whole() if prepared.crops else []
    text, named, usage, page_usage = None, None, None, None
    if prepared.crops:
        with timed(prepared.timings, "endpoint"):
            reply = endpoint.send(endpoint.body(prepared.question, prepared.pictures))
        text, named = _read(reply, prepared.crops)
        usage = reply.usage
        if compare_pages:
            page_usage = endpoint.send(endpoint.body(prepared.question, whole)).usage
    page, boxes = _place(prepared, text, named) if text else (None, ())
    return EndpointAnswer(
        text, page, boxes, endpoint.model, prepared.crops, prepared.sent_bytes,
        sum(len(picture.png) for picture in whole), usage, page_usage, prepared.timings,
    )  # fmt: skip


def _pictures(pages: LookedPages, crops: Sequence[Crop]) -> list[Picture]:
    pictures = []
    for number, crop in enumerate(crops, 1):
        picture = crop.picture(pages)
        pictures.append(Picture(_caption(pages, number, crop), png(picture), picture.size))
    return pictures


def _caption(pages: LookedPages, number: int, crop: Crop) -> str:
    page = pages.pages[crop.page].page
    corners = ",".join(f"{value:.0f}" for value in crop.box)
    place = f"Region {number} of page {crop.page + 1}, box [{corners}]"
    return f"{place} of {page.width}x{page.height} pixels:"


def _read(reply: Reply, crops: Sequence[Crop]) -> tuple[str | None, Crop | None]:
    """The answer in a reply, and the crop that it names; a reply without JSON is the answer."""
    start, end = reply.text.find("{"), reply.text.rfind("}")
    try:
        read = json.loads(reply.text[start : end + 1])
        answer, number = read["answer"], read.get("region")
    except (ValueError, KeyError, RecursionError):
        answer, number = reply.text, None
    text = None if answer is None else " ".join(str(answer).split())
    known = isinstance(number, int) and 0 < number <= len(crops)
    return text or None, crops[number - 1] if known else None


def _place(prepared: Prepared, text: str, named: Crop | None) -> tuple[int | None, tuple[Box, ...]]:
    """Where an answer is: the most relevant region that holds it, or those that are parts of it.

    The recogniser reads the crops that were sent, here. Where no region reads like the answer, it
    is in the crop that the model named.
    """
    pages = prepared.pages
    pages.engine.check_process()
    with pages.engine.lock:
        for crop in (named, *prepared.crops) if named else prepared.crops:
            pages.refine(crop.regions, prepared.timings)
            likely = sorted(crop.regions, key=lambda index: -float(prepared.relevance[index]))
            for index in likely:
                if box := _words_box(pages, index, text):
                    return crop.page, (box,)
            if lines := [index for index in crop.regions if _is_part(pages, index, text)]:
                boxes = (bounds(pages.part(index, 0.0, 1.0)) for index in lines)
                return crop.page, tuple(boxes)
    return (named.page, (named.box,)) if named else (None, ())


def _words_box(pages: LookedPages, index: int, text: str) -> Box | None:
    """The box of an answer's words in a region that holds them."""
    line = pages.read(index).transcription
    at = line.text.casefold().find(text.casefold())
    spans = line.spans[at : at + len(text)] if at >= 0 else []
    return bounds(pages.part(index, spans[0][0], spans[-1][1])) if spans else None


def _is_part(pages: LookedPages, index: int, text: str) -> bool:
    """Whether the words of a region stand in a row in the answer."""
    line = pages.read(index).transcription.text
    own, whole = (" ".join(_WORDS.findall(words.casefold())) for words in (line, text))
    return bool(own) and f" {own} " in f" {whole} "
