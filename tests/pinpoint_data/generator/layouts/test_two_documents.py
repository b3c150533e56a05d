"""Two receipts on one scan: every field knows its shop, and every question has one answer."""

from collections import defaultdict

from pinpoint_data.generator import stream


def test_questions_about_two_receipts_name_the_shop() -> None:
    named = 0
    for index in range(6):
        page = stream.page("two", index, ["two_receipts"])
        answers = defaultdict[str, set[str]](set)
        for question in page.questions:
            answers[question.question].add(" ".join(question.answers))
        assert all(len(found) == 1 for found in answers.values())
        titles = [line.text for line in page.lines if line.kind == "title"]
        of_shop = [q for q in page.questions if any(t in q.question for t in titles)]
        named += len(of_shop)
        for question in page.questions:
            for box in (*question.answer_boxes, *question.support_boxes):
                assert 0 <= box[0] < box[2] <= page.image.shape[1]
                assert 0 <= box[1] < box[3] <= page.image.shape[0]
    assert named > 10
