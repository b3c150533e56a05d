"""A closed model about a receipt: only crops leave, and the answer comes back with boxes."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pinpoint_edge import Document, PinPoint
from pinpoint_edge.document.endpoint import ask_endpoint, prepare
from pinpoint_edge.document.endpoint.crops import Crop, _merged, contact_sheet

from .conftest import Chat

DATE = "What is the date on the receipt?"


@pytest.fixture(scope="module")
def asked(demo_questions: list[dict[str, Any]]) -> dict[str, Any]:
    return next(row for row in demo_questions if "date" in row["question"])


@pytest.fixture(scope="module")
def document(forms_bundle: Path, asked: dict[str, Any]) -> Document:
    return PinPoint.load(forms_bundle).open(asked["image"])


def sent_pictures(chat: Chat, request: int = 0) -> list[Image.Image]:
    content = chat.requests[request][2]["messages"][0]["content"]
    urls = [part["image_url"]["url"] for part in content if part["type"] == "image_url"]
    return [Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) for url in urls]


def test_only_crops_are_sent_and_the_words_are_found_on_the_page(
    document: Document, asked: dict[str, Any], chat: Chat
) -> None:
    own = document.ask(DATE)
    chat.says(json.dumps({"answer": own.text, "region": 1}), prompt=80)
    prepared = prepare(document, DATE)
    answer = ask_endpoint(prepared, chat.endpoint())
    assert (answer.text, answer.page) == (own.text, 0)
    assert own.boxes[0] == pytest.approx(answer.boxes[0], abs=1)
    page = document.pages[0].page
    for picture, crop in zip(sent_pictures(chat), answer.crops, strict=True):
        x0, y0, x1, y1 = map(int, crop.box)
        assert np.array_equal(np.asarray(picture), page.image[y0:y1, x0:x1])
        assert not picture.info  # no metadata
    assert 0 < answer.sent_bytes < 0.5 * answer.page_bytes
    assert answer.usage.prompt == 80
    assert len(chat.requests) == 1


def test_whole_pages_are_sent_where_asked_for(document: Document, chat: Chat) -> None:
    chat.says("12.00", prompt=80)
    chat.says("12.00", prompt=900)
    answer = ask_endpoint(prepare(document, DATE), chat.endpoint(), compare_pages=True)
    assert answer.to_json()["tokens"] == {"prompt": 80, "answer": 5, "prompt_of_pages": 900}
    (whole,) = sent_pictures(chat, 1)
    page = document.pages[0].page
    assert whole.size == (page.width, page.height)


@pytest.mark.parametrize(("reply", "text", "boxes"), [
    ('{"answer": null}', None, 0),
    ('Sure!\n```json\n{"answer": "zebra crossing", "region": 1}\n```', "zebra crossing", 1),
    ('{"answer": "zebra", "region": 99}', "zebra", 0),
    ('{"answer": "zebra", "region": true}', "zebra", 1),
    ("It is unclear.", "It is unclear.", 0),
    ("", None, 0),
])  # fmt: skip
def test_replies_of_every_kind(
    document: Document, chat: Chat, reply: str, text: str | None, boxes: int
) -> None:
    chat.says(reply)
    answer = ask_endpoint(prepare(document, DATE), chat.endpoint())
    assert (answer.text, len(answer.boxes)) == (text, boxes)


def test_one_sheet(document: Document, chat: Chat) -> None:
    chat.says('{"answer": null}')
    prepared = prepare(document, DATE, coverage=1.0, on_one_sheet=True)
    ask_endpoint(prepared, chat.endpoint())
    assert len(sent_pictures(chat)) == 1
    parts = [Image.new("RGB", size, "red") for size in ((30, 20), (50, 40))]
    sheet = np.asarray(contact_sheet(parts))
    assert int((sheet == (255, 0, 0)).all(-1).sum()) == 30 * 20 + 50 * 40


def test_the_command(
    forms_bundle: Path,
    asked: dict[str, Any],
    chat: Chat,
    pinpoint: Callable[..., tuple[int, str, str]],
    tmp_path: Path,
) -> None:
    chat.says('{"answer": "zebra", "region": 1}')
    arguments = ("ask", forms_bundle, asked["image"], DATE, "--endpoint", chat.address)
    code, out, _ = pinpoint(*arguments, "--model", "m", "--dry-run", "--crops", tmp_path / "sent")
    assert code == 0
    assert not chat.requests
    assert DATE in out
    assert Image.open(tmp_path / "sent" / "1.png").format == "PNG"
    code, out, _ = pinpoint(*arguments, "--model", "m", "--json")
    assert (code, json.loads(out)["text"]) == (0, "zebra")
    assert pinpoint(*arguments)[0] == 2  # no model
    assert pinpoint(*arguments, "--model", "m", "--free")[0] == 2
    assert pinpoint("ask", forms_bundle, asked["image"], DATE, "--dry-run")[0] == 2
    chat.replies[:] = [(404, {}, b"no model m")]
    code, _, err = pinpoint(*arguments, "--model", "m")
    assert code == 14
    assert "no model m" in err


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900), st.integers(1, 90)), max_size=30),
    st.integers(1, 8),
)
def test_crops_hold_all_regions_and_are_not_too_many(
    places: list[tuple[int, int, int]], most: int
) -> None:
    crops = [
        Crop(0, (float(x), float(y), float(x + size), float(y + 9)), (index,))
        for index, (x, y, size) in enumerate(places)
    ]
    merged = _merged(crops, most)
    assert len(merged) <= most
    assert sorted(index for crop in merged for index in crop.regions) == [*range(len(places))]
    for crop in merged:
        for index in crop.regions:
            low, high = crops[index].box[:2], crops[index].box[2:]
            assert all(a <= b for a, b in zip(crop.box[:2], low, strict=True))
            assert all(a >= b for a, b in zip(crop.box[2:], high, strict=True))
