"""Crops are cut from the source, encoded alone, and kept by their pixels."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from PIL import Image

from pinpoint_edge.errors import CapacityError, DataError, PageError
from pinpoint_hosts.head import Head, HeadShape, head_inputs
from pinpoint_hosts.refinement import CropCache, PinPointHost, cut
from tests.pinpoint_hosts import tiny
from tests.pinpoint_hosts.test_families import QUESTION, page


@pytest.fixture(scope="module", params=["smolvlm", "qwen2_vl", "llava_onevision", "florence2"])
def host(request: pytest.FixtureRequest) -> Any:
    return tiny.host(request.param)


@pytest.fixture(scope="module")
def reader(host: Any) -> PinPointHost:
    torch.manual_seed(0)
    head = Head(HeadShape(*head_inputs(host), width=16, queries=4)).eval()
    return PinPointHost(host, head, coverage=0.3, crops=2)


def test_kept_crops_are_equal_to_the_bit(host: Any) -> None:
    cache = CropCache(host, size=2)
    crops = [page(90, 60, 1), page(60, 60, 2)]
    first = cache.again(crops)
    again = cache.again([crops[1], crops[0], crops[1]])
    assert cache.encoded == 2
    fresh = host.again([crops[1], crops[0], crops[1]])
    for kept, made in zip(again, fresh, strict=True):
        assert torch.equal(kept.tokens, made.tokens)
        assert kept.marks == made.marks
    assert again[0] is first[1]
    cache.again([page(60, 60, 3)])
    cache.again([crops[0]])
    assert cache.encoded == 4, "the oldest crop has left"


def test_a_question_is_answered_from_regions(reader: PinPointHost) -> None:
    image = page(300, 420)
    answer = reader.ask(image, QUESTION, limit=4)
    assert 1 <= len(answer.boxes) <= 2
    assert all(0 <= a < c <= 300 and 0 <= b < d <= 420 for a, b, c, d in answer.boxes)
    encoded = reader.cache.encoded
    assert reader.ask(image, QUESTION, limit=4).ids == answer.ids
    assert reader.cache.encoded == encoded
    full = reader.host.prompt(QUESTION, [reader.host.look(image)])
    if reader.host.square and reader.host.family != "florence2":
        assert answer.cost.visual_tokens < int(full.visual.sum())


def test_crops_are_cut_square() -> None:
    image = Image.new("RGB", (100, 60), "black")
    assert cut(image, (10.2, 10, 40, 20.5), square=False).size == (30, 11)
    square = cut(image, (10, 10, 40, 20), square=True)
    assert square.size == (30, 30)
    assert square.getextrema() == ((0, 0),) * 3
    wide = cut(image, (0, 0, 100, 20), square=True)
    assert wide.size == (100, 100)
    assert wide.getpixel((50, 99)) == (255, 255, 255)


def test_a_square_shows_the_pixels_of_its_place() -> None:
    image = page(100, 60)
    found = cut(image, (70, 30, 100, 60), square=True)
    assert found.tobytes() == image.crop((70, 30, 100, 60)).tobytes()


def test_bad_input_is_said_so(host: Any) -> None:
    with pytest.raises(PageError, match="smaller than a patch"):
        host.look(Image.new("RGB", (3, 200)))
    with pytest.raises(DataError, match="no text"):
        host.instruction("")
    most = host.language.config.max_position_embeddings
    crop = host.again([page(60, 60)])[0]
    with pytest.raises(CapacityError, match="choose fewer regions"):
        host.prompt(QUESTION, [crop] * (most // len(crop.tokens) + 1))
