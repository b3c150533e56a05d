"""Proposals: where an answer and its labels stand, and how sure that is.

The self-check multiplies what can go wrong: the answer reads otherwise there, it does not read back
out of the boxes, it stands in several places and no label tells which, no label is there at all, or
it is so short that it stands somewhere by chance. `note` says which of these it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pinpoint_data.annotating.answer_labels import (
    AnswerLabel,
    QuestionWords,
    labels_of,
    named_lines,
)
from pinpoint_data.annotating.text_lines import PageLines
from pinpoint_data.annotating.text_search import Finder, Place, normal
from pinpoint_edge.evaluation.annotations import Box
from pinpoint_edge.evaluation.metrics import levenshtein

# A place must explain so much more of the question than the next one to be told from it.
CLEAR = 0.1
SHORT = 3  # normal characters; a shorter answer may stand anywhere by chance
NOWHERE, AMBIGUOUS, NO_LABEL, FAR_LABEL, CHANCE = 0.1, 0.5, 0.7, 0.6, 0.6


@dataclass(frozen=True)
class Proposal:
    """Boxes for one question on one page, as the annotation format has them.

    `confidence` is 0 to 1, `note` its reasons.
    """

    answer_boxes: tuple[Box, ...]
    support_boxes: tuple[Box, ...]
    alt_answer_boxes: tuple[Box, ...]
    confidence: float
    note: str

    @property
    def is_found(self) -> bool:
        return bool(self.answer_boxes)


class Annotator:
    """Proposes boxes for questions about one page."""

    def __init__(self, layout: PageLines) -> None:
        self.layout = layout
        self._finder = Finder(layout)

    def propose(self, question: str, answers: Sequence[str]) -> Proposal:
        """Return the boxes of a question and its answers, which mean the same.

        Without answers there is nothing to find, and that is certain.
        """
        if not answers:
            return Proposal((), (), (), 1.0, "unanswerable: nothing to find")
        words = QuestionWords(question, self.layout)
        answer, places = self._best(answers)
        if not places:
            named = named_lines(words, self.layout)
            boxes = tuple(label.box(self.layout) for label in named)
            return Proposal((), boxes, (), NOWHERE, "the answer stands nowhere on the page")
        labels = [labels_of(place, words, self.layout) for place in places]
        scores = [sum(label.score for label in found) for found in labels]
        best = max(range(len(places)), key=lambda k: (scores[k], -k))
        rest = [k for k in range(len(places)) if k != best]
        margin = scores[best] - max((scores[k] for k in rest), default=0.0)
        confidence, note = self._check(answer, places[best], labels[best], bool(rest), margin)
        answer_boxes = places[best].boxes(self.layout)
        return Proposal(
            answer_boxes=tuple(answer_boxes),
            support_boxes=(*(label.box(self.layout) for label in labels[best]), *answer_boxes),
            alt_answer_boxes=tuple(places[k].box(self.layout) for k in rest),
            confidence=round(confidence, 3),
            note=note,
        )

    def _best(self, answers: Sequence[str]) -> tuple[str, list[Place]]:
        found = [(answer, self._finder.find(answer)) for answer in dict.fromkeys(answers)]
        return max(found, key=lambda item: max((p.quality for p in item[1]), default=-1.0))

    def _check(
        self, answer: str, place: Place, labels: list[AnswerLabel], is_several: bool, margin: float
    ) -> tuple[float, str]:
        reads = "reads exactly" if place.quality == 1 else f"reads {place.quality:.2f} alike"
        notes = [reads]
        confidence = place.quality
        back = self._read_back(place)
        if back < 1:
            notes.append(f"reads back {back:.2f} alike")
            confidence *= back
        if not labels:
            confidence *= NO_LABEL
            notes.append("no label")
        else:
            strength = min(1.0, sum(label.score for label in labels))
            confidence *= FAR_LABEL + (1 - FAR_LABEL) * strength
            said = " + ".join(f"{label.text(self.layout)!r} {label.where}" for label in labels)
            notes.append(f"label {said}")
        if is_several and margin < CLEAR:
            confidence *= AMBIGUOUS + (1 - AMBIGUOUS) * margin / CLEAR
            notes.append("several places, and no label tells which")
        elif is_several:
            notes.append("several places, one with the better label")
        if len(normal(answer)) < SHORT and (not labels or is_several):
            confidence *= CHANCE
            notes.append("short enough to stand there by chance")
        return confidence, "; ".join(notes)

    def _read_back(self, place: Place) -> float:
        """How alike what was found and all characters that lie in its boxes are, 0 to 1."""
        read = ""
        for x0, y0, x1, y1 in place.boxes(self.layout):
            for line in self.layout.lines:
                if min(x1, line.box[2]) <= max(x0, line.box[0]):
                    continue
                if not y0 <= (line.box[1] + line.box[3]) / 2 <= y1:
                    continue
                for number, character in enumerate(line.text):
                    left, _, right, _ = line.part(number, number + 1)
                    read += character if x0 <= (left + right) / 2 <= x1 else ""
                read += " "
        a, b = normal(place.text(self.layout)), normal(read)
        return 1 - levenshtein(a, b) / max(len(a), len(b), 1)
