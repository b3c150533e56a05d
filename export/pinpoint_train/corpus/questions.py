"""More questions for pages of the corpus: other wordings, labelled values, check boxes.

The sets of real documents ask in one fixed wording; a reader must not depend on it.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from pinpoint_data.word_lists import groups, words
from pinpoint_edge.vision.regions import TEXT
from pinpoint_train.corpus.page import CorpusPage, CorpusQuestion

TICKED = words("label_questions", "elements", "ticked")

PHRASINGS = groups("corpus_questions", "by_field")
"""Field of an annotated set → other ways to ask for it."""
LABEL_PHRASINGS = words("corpus_questions", "by_label")

BESIDE = 1.5  # of a box's height: how far from it its label may begin
_BOXES = ("ticked", "unticked")
_DRAWN = re.compile(
    "chart|infographic|report"
)  # pages on which the squares of legends pass for boxes

_PAIR = re.compile(r"^\s*([A-Za-z][A-Za-z0-9 .,'/&()#-]{1,38}?)\s*[:：]\s*(\S.{0,60})$")
_LABEL = re.compile(r"^\s*([A-Za-z][A-Za-z0-9 .,'/&()#-]{1,38}?)\s*[:：]\s*$")


def ask_differently(question: CorpusQuestion, random: np.random.Generator) -> CorpusQuestion:
    """Put a fixed-wording question of an annotated set in other words, half of the time."""
    choices = PHRASINGS.get(question.field)
    if choices is None or random.random() < 0.5:
        return question
    return replace(question, text=choices[int(random.integers(len(choices)))])


def read_off_questions(record: CorpusPage, random: np.random.Generator) -> list[CorpusQuestion]:
    """Make questions from labels and their values as real pages print them: "Label: value".

    A value is the rest of its label's line, or the next region of the row when the label ends the
    line. Labels that are printed twice are left out, because a question could mean either.
    """
    if record.kind.startswith(("synthetic", "irs")):
        return []
    labelled: list[tuple[str, str, list[int], list[int]]] = []
    for row in record.layout.rows:
        for place, index in enumerate(row):
            if match := _PAIR.match(record.texts[index]):
                labelled.append((match[1], match[2].strip(), [index], [index]))
            elif (match := _LABEL.match(record.texts[index])) and place + 1 < len(row):
                value = row[place + 1]
                if record.kinds[value] != TEXT:
                    continue
                if record.texts[value].strip() and not record.texts[value].rstrip().endswith(":"):
                    labelled.append(
                        (match[1], record.texts[value].strip(), [index, value], [value])
                    )
    labels = [one[0].casefold() for one in labelled]
    result = []
    for label, value_words, support, answer in labelled:
        if labels.count(label.casefold()) == 1:
            phrasing = LABEL_PHRASINGS[int(random.integers(len(LABEL_PHRASINGS)))]
            result.append(
                CorpusQuestion(
                    phrasing.format(label.strip()), support, answer, value_words, "label"
                )
            )
    return result


def tick_questions(record: CorpusPage, random: np.random.Generator) -> list[CorpusQuestion]:
    """Ask whether the boxes that were found on a form are ticked, as many that are as are not.

    A box belongs to the text right of it, where that begins within BESIDE and text on its left ends
    farther away. The answer is the state that was found, which the evidence shows, too.
    """
    if _DRAWN.search(record.kind):
        return []
    found: list[tuple[str, bool, list[int]]] = []
    for row in record.layout.rows:
        for before, box, label in zip([None, *row], row, row[1:], strict=False):
            if record.kinds[box] not in _BOXES or record.kinds[label] != TEXT:
                continue
            gap = record.boxes[label][0] - record.boxes[box][2]
            reach = BESIDE * (record.boxes[box][3] - record.boxes[box][1])
            is_text = before is not None and record.kinds[before] == TEXT
            left = record.boxes[box][0] - record.boxes[before][2] if is_text else np.inf
            words = record.texts[label].strip(" :.,;")
            if gap <= reach and gap < left and re.search("[A-Za-z]{2}", words):
                found.append((words, record.kinds[box] == "ticked", [box, label]))
    labels = [words.casefold() for words, _, _ in found]
    alone = [one for one in found if labels.count(one[0].casefold()) == 1]
    on, off = ([one for one in alone if one[1] == state] for state in (True, False))
    few = min(len(on), len(off)) or 1
    kept = [side[i] for side in (on, off) for i in random.permutation(len(side))[:few]]
    return [
        CorpusQuestion(
            TICKED[int(random.integers(len(TICKED)))].format(label=words),
            support,
            support,
            "yes" if state else "no",
            "yes_no",
        )
        for words, state, support in kept
    ]
