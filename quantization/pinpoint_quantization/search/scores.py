"""Scores of groups of modules, kept line by line so that an interrupted search resumes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pinpoint_edge.storage.resumable_log import Log


@dataclass(frozen=True)
class GroupScore:
    """The harm of one type to one group of modules.

    Attributes:
        stage, group, kind: "decode", "layers.0.mlp.{gate,up}", "int4".
        modules: paths of the group's modules.
        size: bytes of the group's weights.
        harm: the stage's figure; 0: as in float32.
        sqnr_db: signal to noise of the stage's float output, in dB; None: bitwise equal.
        changed: share of the decode stage's tokens, or of the characters read, that differ.
        seconds: expected for one question, None where it was not measured.
    """

    stage: str
    group: str
    kind: str
    modules: tuple[str, ...]
    size: int
    harm: float
    sqnr_db: float | None
    changed: float
    seconds: float | None = None

    @property
    def key(self) -> tuple[str, str]:
        """The group and the type."""
        return self.group, self.kind


def score_log(path: Path | None, by: str) -> Log[GroupScore]:
    """Open the scores of earlier runs by group and type, so that an interrupted search resumes.

    by: digest of all that scores depend on; lines with another digest are ignored. path: None keeps
    scores in memory. Raises DataError for a file with other lines, OutputError when it cannot be
    written.
    """
    return Log(path, GroupScore, lambda score: score.key, by=by, shared=True)
