"""Which way is up: pages that lie sideways or upside down, and single lines that run upwards.

The detector sees whether lines run across or down, but not in which direction they are read. A few
of them are transcribed in both; the recogniser is far surer of letters that are the right way up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from pinpoint_edge.vision.ctc import Transcription
from pinpoint_edge.vision.geometry import text_angle, text_size
from pinpoint_edge.vision.regions import LINE, SQUAT, Region

ReadLines = Callable[[Sequence[Region]], Sequence[Transcription]]
"""Transcribes regions of the page, each in the direction of its quad."""

LINES = 8  # that are transcribed in both directions
LONGEST = 12.0  # heights: longer lines say no more and cost more
SURER = 0.1  # in mean probability of a character
MIXED = 0.12  # share of neighbours in words that are a letter and a digit; upside down it is .2
UPWARDS = 16  # most single lines that are looked at


def quarters_of(found: Sequence[Region], read: ReadLines) -> int:
    """How many quarter turns, counter-clockwise, bring a page upright that lies sideways; else 0.

    A page lies sideways when its lines that run down are longer, together, than those that run
    across, and are read SURER in one direction than in the other.
    """
    lines = [region for region in found if _is_long(region, SQUAT)]
    down = [region for region in lines if _runs_down(region)]
    if sum(map(_length, down)) * 2 <= sum(map(_length, lines)):
        return 0
    gain = _gain_of_turning(down, read)
    return 3 if gain >= SURER else 1 if gain <= -SURER else 0


def is_upside_down(found: Sequence[Region], readings: Sequence[str], read: ReadLines) -> bool:
    """Whether a page is upside down.

    readings: the rough texts of its regions. Where they mix letters and digits as upside-down text
    does, a few lines are transcribed.
    """
    if _mixed(readings) < MIXED:
        return False
    lines = [region for region in found if _is_long(region, SQUAT)]
    return _gain_of_turning(lines, read) >= SURER


def with_upward_lines(found: Sequence[Region], read: ReadLines) -> list[Region]:
    """The regions of a page; lines that run up or down are turned the way they are read better.

    Lines more than LINE times as long as high, the UPWARDS longest of them.
    """
    down = [
        place for place, region in enumerate(found) if _runs_down(region) and _is_long(region, LINE)
    ]
    down = sorted(down, key=lambda place: -_length(found[place]))[:UPWARDS]
    if not down:
        return list(found)
    as_found = read([found[place] for place in down])
    other = read([_turned(found[place]) for place in down])
    regions = list(found)
    for place, one, two in zip(down, as_found, other, strict=True):
        if _certainty([two]) >= _certainty([one]) + SURER:
            regions[place] = _turned(found[place])
    return regions


def _gain_of_turning(lines: Sequence[Region], read: ReadLines) -> float:
    """How much surer lines are read when they are turned by half: the LINES longest of them."""
    lines = [region for region in lines if not _is_long(region, LONGEST)] or lines
    lines = sorted(lines, key=lambda region: -_elongation(region))[:LINES]
    if not lines:
        return 0.0
    return _certainty(read([_turned(line) for line in lines])) - _certainty(read(lines))


def _certainty(texts: Sequence[Transcription]) -> float:
    """The mean probability of the characters; 0 without any."""
    likely = [value for text in texts for value in text.probabilities]
    return sum(likely) / len(likely) if likely else 0.0


def _mixed(texts: Sequence[str]) -> float:
    """Of the neighbours in words, letters and digits, the share that are one of each."""
    count = mixed = 0
    for text in texts:
        for one, two in pairwise(text):
            if (one.isalpha() or one.isdecimal()) and (two.isalpha() or two.isdecimal()):
                count += 1
                mixed += one.isdecimal() != two.isdecimal()
    return mixed / count if count else 0.0


def _turned(region: Region) -> Region:
    """The region with its text read the other way."""
    return replace(region, quad=np.roll(region.quad, 2, axis=0))


def _runs_down(region: Region) -> bool:
    return 45 < abs(text_angle(region.quad)) < 135


def _length(region: Region) -> float:
    return text_size(region.quad)[0]


def _elongation(region: Region) -> float:
    width, height = text_size(region.quad)
    return width / max(height, 1e-9)


def _is_long(region: Region, times: float) -> bool:
    return _elongation(region) > times
