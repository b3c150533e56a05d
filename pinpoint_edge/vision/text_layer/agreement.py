"""Whether two transcriptions of a line are of the same text, by their letters and digits."""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher

from pinpoint_edge.vision.ctc import Transcription

ALIKE = 0.6  # a line of the layer that is read more differently is not what is seen
SURE = 0.9  # of its probability: a digit read so surely is what is seen


def alike(first: str, second: str) -> float:
    """How much of two texts is the same, 0..1, but for case, accents, spaces and punctuation."""
    one, other = (_letters(text) for text in (first, second))
    if not one and not other:
        return 1.0
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def agrees(layer: str, read: Transcription) -> bool:
    """Whether a line of the layer is what was read in its place.

    A line that is read otherwise is covered, or lies about what is seen; so does one in which a
    digit was surely read as another. Letters and lost digits are the recogniser's own mistakes: of
    500 digits of true layers it read none surely as another.
    """
    if alike(layer, read.text) < ALIKE:
        return False
    mine = [letter for letter in layer if letter.isdigit()]
    theirs = [
        (letter, probability)
        for letter, probability in zip(read.text, read.probabilities, strict=True)
        if letter.isdigit()
    ]
    return len(mine) != len(theirs) or all(
        one == other or probability < SURE
        for one, (other, probability) in zip(mine, theirs, strict=True)
    )


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum())
