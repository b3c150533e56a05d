"""Questions about documents of several pages: asked of all of them, scored page by page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from pinpoint_edge.evaluation.answer_boxes import PAGE_APART, move_apart
from pinpoint_edge.evaluation.ask import ask_page
from pinpoint_edge.evaluation.dataset import AnnotatedPage, load_dataset
from pinpoint_edge.evaluation.summary import Results
from pinpoint_edge.vision.page import Page

if TYPE_CHECKING:
    from pinpoint_edge.reader import PinPoint

TENANT, RENT = [60, 45, 270, 72], [60, 135, 230, 162]


@pytest.fixture
def pages(printed: Callable[..., Page], tmp_path: Path) -> list[AnnotatedPage]:
    """A document of two pages: the tenant on the first, the rent on the second."""
    sheets = printed("Tenant: Ann Lee", "Lease 4711"), printed("Terms", "Rent: 900.00")
    for number, page in enumerate(sheets):
        Image.fromarray(page.image).save(tmp_path / f"p{number}.png")
    size = {"width": sheets[0].width, "height": sheets[0].height}
    first = {"image": "p0.png", "page": 0, **size, "support_boxes": [TENANT]}
    row = {
        "id": "rent", "image": "p1.png", "page": 1, **size, "answers": ["900.00"],
        "question": "What is the tenant's rent?", "answer_boxes": [RENT], "support_boxes": [RENT],
        "other_pages": [first],
    }  # fmt: skip
    path = tmp_path / "qa.jsonl"
    path.write_text(json.dumps(row))
    return load_dataset(path)


def test_a_document_is_opened_as_a_whole_and_scored_page_by_page(
    pages: list[AnnotatedPage], small_reader: PinPoint
):
    (document,) = pages
    assert [Path(path).name for path in document.paths] == ["p0.png", "p1.png"]
    (made,) = ask_page(small_reader, document.paths, document.questions, "oracle")
    # The gold regions of both pages were read, and those of the first page lie before the second.
    assert {round(box[0] // PAGE_APART) for box in made.evidence} == {-1, 0}
    assert made.regions_recall == 1
    means = Results(pages, [made]).summary("oracle").means
    assert means["answer_recall"].mean == means["support_complete"].mean == 1
    assert means["right_page"].mean == float(made.page == 1)


def test_boxes_of_different_pages_never_meet():
    assert move_apart((1, 2, 3, 4), 0) == (1, 2, 3, 4)
    assert move_apart((1, 2, 3, 4), -2) == (1 - 2 * PAGE_APART, 2, 3 - 2 * PAGE_APART, 4)
