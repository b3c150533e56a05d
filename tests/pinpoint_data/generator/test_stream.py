"""The page stream: reproducible pages whose questions, boxes and texts agree."""

from collections import Counter

import numpy as np
import pytest

from pinpoint_data.generator.stream import LAYOUTS, line_crops, page, pages
from pinpoint_data.generator.synthetic_page import (
    DERIVED,
    Box,
    DrawnLine,
    SyntheticQuestion,
    SynthPage,
)
from pinpoint_data.generator.text.labels import normalise
from pinpoint_edge.errors import OptionError

PER_KIND = 8


@pytest.fixture(scope="module")
def sample() -> list[SynthPage]:
    return [page("test", i, [kind]) for kind in LAYOUTS for i in range(PER_KIND)]


def _overlap(a: Box, b: Box) -> float:
    """Share of `a` inside `b`."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    area = (a[2] - a[0]) * (a[3] - a[1])
    return max(0.0, width) * max(0.0, height) / area


def _line_at(lines: list[DrawnLine], box: Box) -> DrawnLine:
    """The line whose middle runs through the box: upright boxes of slanted lines overlap."""
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)

    def distance(line: DrawnLine) -> float:
        corners = np.asarray(line.quad)
        along, down = corners[1] - corners[0], corners[3] - corners[0]
        share = np.linalg.solve(np.stack([along, down], axis=1), np.asarray(middle) - corners[0])
        beside = max(0.0, -share[0], share[0] - 1) * np.hypot(*along)
        return float(np.hypot(beside, (share[1] - 0.5) * np.hypot(*down)))

    return min(lines, key=distance)


def is_derived(question: SyntheticQuestion) -> bool:
    """Whether the answer is yes, no or a count, which no line prints."""
    answer = question.answers[0] if question.answers else ""
    return question.field in DERIVED and (answer in ("yes", "no") or answer.isdecimal())


def test_same_seed_and_index_give_the_same_page() -> None:
    for index in (0, 3, 7):
        first, second = page(5, index), page(5, index)
        assert first.kind == second.kind
        assert first.lines == second.lines
        assert first.questions == second.questions
        np.testing.assert_array_equal(first.image, second.image)


def test_pages_do_not_depend_on_their_neighbours() -> None:
    in_order = list(pages(9, indices=range(4)))
    alone = next(pages(9, indices=[3]))
    np.testing.assert_array_equal(in_order[3].image, alone.image)
    assert in_order[3].questions == alone.questions


def test_other_seeds_and_indices_give_other_pages() -> None:
    texts = {tuple(line.text for line in page(seed, i).lines) for seed in (1, 2) for i in range(4)}
    assert len(texts) == 8


def test_all_kinds_occur() -> None:
    assert {page("kinds", i).kind for i in range(80)} == set(LAYOUTS)


def test_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(OptionError, match="poster"):
        page(0, 0, ["poster"])


def test_images_are_rgb_of_the_promised_sizes(sample: list[SynthPage]) -> None:
    for made in sample:
        height, width, channels = made.image.shape
        assert made.image.dtype == np.uint8
        assert channels == 3
        assert 340 <= width <= 1700
        assert 250 <= height <= 3200


def test_boxes_lie_inside_the_page(sample: list[SynthPage]) -> None:
    for made in sample:
        height, width = made.image.shape[:2]
        boxes = [line.box for line in made.lines]
        boxes += [b for q in made.questions for b in (*q.answer_boxes, *q.support_boxes)]
        for x0, y0, x1, y1 in boxes:
            assert 0 <= x0 < x1 <= width
            assert 0 <= y0 < y1 <= height


def test_answers_are_the_texts_below_their_boxes(sample: list[SynthPage]) -> None:
    """Each answer box lies in one line; the lines' texts together hold the answer's words."""
    checked = 0
    for made in sample:
        for question in made.questions:
            if not question.answers or is_derived(question):
                continue
            found = []
            for box in question.answer_boxes:
                line = _line_at(made.lines, box)
                assert _overlap(box, line.box) > 0.8, (question, line)
                found.append(line.text)
            words = Counter(normalise(" ".join(found)).split())
            missing = Counter(normalise(question.answers[0]).split()) - words
            assert not missing, (question, found)
            checked += 1
    assert checked > 10 * len(LAYOUTS) * PER_KIND / 2


def test_line_boxes_hold_ink(sample: list[SynthPage]) -> None:
    """Where a line is said to be there is ink: paper and letters differ inside its box."""
    contrast = 0
    for made in sample:
        for line in made.lines[:20]:
            x0, y0, x1, y1 = (round(v) for v in line.box)
            patch = made.image[y0:y1, x0:x1]
            contrast += int(np.ptp(patch.mean(axis=2))) > 60 if patch.size else 0
    total = sum(len(made.lines[:20]) for made in sample)
    assert contrast > 0.97 * total


def test_support_holds_the_answer_boxes(sample: list[SynthPage]) -> None:
    for made in sample:
        for question in made.questions:
            assert set(question.answer_boxes) <= set(question.support_boxes)
            if question.label and question.answers:
                assert len(question.support_boxes) > len(question.answer_boxes) - 1


def test_absent_labels_are_not_on_the_page(sample: list[SynthPage]) -> None:
    absent = 0
    for made in sample:
        text = f" {normalise(' '.join(line.text for line in made.lines))} "
        for question in made.questions:
            if question.field != "absent":
                continue
            absent += 1
            assert question.answers == []
            assert question.answer_boxes == question.support_boxes == []
            if question.label:
                assert f" {normalise(question.label)} " not in text
    assert absent >= len(sample)


def test_a_question_has_one_answer(sample: list[SynthPage]) -> None:
    for made in sample:
        answers: dict[str, list[str]] = {}
        for question in made.questions:
            assert answers.setdefault(question.question, question.answers) == question.answers


def test_main_roles_are_asked_for() -> None:
    wanted = {
        "receipt": {"company", "address", "date", "total"},
        "invoice": {"contract_number", "advertiser", "gross", "flight_start", "flight_end"},
        "letter": {"recipient", "date"},
        "form": {"label"},
        "table": {"cell"},
        "chart": {"value", "extreme", "comparison", "yes_no", "count", "text"},
        "infographic": {"value", "text"},
        "report": {"text"},
        "agreement": {"party", "date", "money"},
        "order": {"contract_number", "advertiser", "gross", "flight_start", "flight_end"},
    }
    for kind, roles in wanted.items():
        seen = Counter(q.field for i in range(6) for q in page("roles", i, [kind]).questions)
        assert roles <= set(seen), kind


def test_same_label_twice_is_asked_for_with_its_section() -> None:
    asked = 0
    for index in range(30):
        made = page("sections", index, ["form"])
        labels = Counter(q.label for q in made.questions if q.field == "label")
        for question in made.questions:
            if question.field == "label" and labels[question.label] > 1:
                asked += 1
                assert len(question.support_boxes) >= 3
    assert asked > 5


def test_line_crops_are_reproducible_and_varied() -> None:
    first, second = line_crops(3), line_crops(3)
    texts, heights = set(), []
    for _ in range(80):
        crop, text = next(first)
        again, text_again = next(second)
        assert text == text_again
        np.testing.assert_array_equal(crop, again)
        assert crop.dtype == np.uint8
        assert crop.shape[2] == 3
        assert crop.shape[1] >= 4
        assert text == text.strip() != ""
        texts.add(text)
        heights.append(crop.shape[0])
    assert len(texts) > 70
    assert min(heights) < 16 < 40 < max(heights)
