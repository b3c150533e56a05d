"""An answer is a function of page, question and options: nothing asked before changes it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from pinpoint_edge import Answer, Document, PinPoint
from pinpoint_edge.document.strategy import every_region

MORE = ("What is the date?", "Who is it addressed to?")


def as_text(answer: Answer) -> str:
    facts = answer.to_json()
    del facts["timings"]
    return json.dumps(facts, sort_keys=True)


def ask_all(document: Document, questions: list[str]) -> dict[str, str]:
    return {question: as_text(document.ask(question)) for question in questions}


@pytest.mark.slow
def test_the_order_of_questions_the_threads_and_full_pages_change_nothing(
    forms_bundle: Path, demo_questions: list[dict[str, Any]]
) -> None:
    image = demo_questions[0]["image"]
    questions = [row["question"] for row in demo_questions if row["image"] == image] + [*MORE]
    with PinPoint.load(forms_bundle, threads=1) as reader:
        first = ask_all(reader.open(image), questions)
        document = reader.open(image)
        document.ask(questions[0], strategy=every_region)  # reads every region in other company
        assert ask_all(document, random.Random(1).sample(questions, len(questions))) == first
        assert as_text(document.ask(questions[-1])) == first[questions[-1]], "asked twice in a row"
    with PinPoint.load(forms_bundle, threads=2) as reader:
        assert ask_all(reader.open(image), questions[::-1]) == first
