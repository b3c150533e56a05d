"""More questions for pages of the corpus: other wordings, labelled values.

The sets of real documents ask in one fixed wording; a reader must not depend on it.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from pinpoint_data.word_lists import groups, words
from pinpoint_train.corpus.page import CorpusPage, CorpusQuestion

PHRASINGS = groups("corpus_questions", "by_field")
"""Field of an annotated set → other ways to ask for it."""
LABEL_PHRASINGS = words("corpus_questions", "by_label")

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
