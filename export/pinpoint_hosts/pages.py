"""Annotated pages as pictures, and their questions as the head's training takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from PIL import Image as Images
from PIL.Image import Image

from pinpoint_edge.evaluation.annotations import Question
from pinpoint_edge.evaluation.dataset import AnnotatedPage
from pinpoint_edge.vision.page import load_pages
from pinpoint_hosts.host import Box
from pinpoint_hosts.training import Asked


def picture(path: str) -> Image:
    """Return the upright page that a path of an annotation names."""
    return Images.fromarray(load_pages(path)[0].image)


def gold_boxes(question: Question) -> tuple[Box, ...]:
    """Return the boxes that answering needs, or those of the answer."""
    return question.support_boxes or question.answer_boxes


def asked_pages(pages: Iterable[AnnotatedPage]) -> Iterator[tuple[Image, Sequence[Asked]]]:
    """Yield each page with its answerable questions; of a document the page with the answer."""
    for page in pages:
        by_path: dict[str, list[Asked]] = {}
        for each in page.questions:
            if each.answers:
                asked = Asked(each.question, gold_boxes(each), each.answers[0])
                by_path.setdefault(each.path, []).append(asked)
        for path, questions in by_path.items():
            yield picture(path), questions
