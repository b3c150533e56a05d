"""The clauses of agreements: headings, sentences with slots for values, and their questions.

A slot such as `{money:rent}` names a value kind and the value; `agreement` makes a value of each
kind. `{a}` and `{b}` are the names of the parties' roles.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pinpoint_data.word_lists import records, words

SLOT = re.compile(r"\{(\w+):(\w+)\}")


@dataclass(frozen=True)
class Clause:
    """One clause; `questions` are the wordings for each slot's name."""

    heading: str
    text: str
    questions: Mapping[str, tuple[str, ...]]


CLAUSES = records(Clause, "agreements", "clauses")
BOILERPLATE = words("agreements", "boilerplate")
"""Sentences without values."""
