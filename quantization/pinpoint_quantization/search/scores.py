"""Scores of groups of modules, kept line by line so that an interrupted search resumes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pinpoint_edge.errors import DataError
from pinpoint_edge.storage.atomic import append_line, read_lines


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

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> GroupScore:
        """Read the result of `to_json`; raises TypeError or KeyError for anything else."""
        return cls(**{**value, "modules": tuple(value["modules"])})


class ScoreLog:
    """Scores line by line in a JSONL file, so that an interrupted search resumes.

    by: digest of all that scores depend on; lines with another digest are ignored. Raises DataError
    for a file with other lines, OutputError when it cannot be written.
    """

    def __init__(self, path: Path | None, by: str) -> None:
        self._path, self._by = path, by
        self.found: dict[tuple[str, str], GroupScore] = {}
        if path is None or not path.exists():
            return
        for number, line in enumerate(read_lines(path), 1):
            try:
                row = json.loads(line)
                if row["by"] == by:
                    score = GroupScore.from_json(row["score"])
                    self.found[score.group, score.kind] = score
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(
                    f"{path}, line {number}: this is no score ({error}); name another file."
                ) from error

    def add(self, score: GroupScore) -> None:
        """Keep a score; it is in the file when this returns."""
        self.found[score.group, score.kind] = score
        if self._path is not None:
            append_line(self._path, json.dumps({"by": self._by, "score": score.to_json()}))
