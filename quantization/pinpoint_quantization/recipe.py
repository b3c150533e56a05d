"""A recipe: how each stage is quantized, as frozen data in TOML."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pinpoint_edge.errors import DataError, OptionError

STAGES = ("detect", "glance", "align", "refine", "decode")
WEIGHTS = ("float32", "float16")

_FOLDER = Path(__file__).parent / "recipes"


@dataclass(frozen=True)
class StageRecipe:
    """How one stage is quantized: `weights` is the type that its weights are kept in."""

    weights: str


@dataclass(frozen=True)
class Recipe:
    """A named choice for each of the five stages; read from TOML, never edited."""

    name: str
    stages: Mapping[str, StageRecipe]

    @classmethod
    def load(cls, path: str | Path) -> Recipe:
        """Read a recipe file; raises DataError for anything that is not exactly a recipe."""
        path = Path(path)
        try:
            value = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror}; check the path.") from error
        except ValueError as error:  # of TOML and of UTF-8 alike
            raise DataError(f"{path} is not valid TOML: {error}; correct it.") from error
        return _decode(value, path)

    @classmethod
    def builtin(cls, name: str) -> Recipe:
        """Return a recipe that comes with the package; raises OptionError for an unknown name."""
        if name not in builtin_names():
            raise OptionError(
                f"There is no recipe '{name}'; choose one of {', '.join(builtin_names())} or give "
                "the path of a .toml file."
            )
        return cls.load(_FOLDER / f"{name}.toml")

    def digest(self) -> str:
        """Return the sha256 of the recipe's canonical form, whatever its layout and comments.

        The canonical form is compact JSON in ASCII with sorted keys:
        `{"name":...,"stages":{stage:{"weights":...}}}`.
        """
        stages = {stage: {"weights": recipe.weights} for stage, recipe in self.stages.items()}
        value = {"name": self.name, "stages": stages}
        text = json.dumps(value, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()


def builtin_names() -> list[str]:
    """Return the names of the recipes that come with the package."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def _decode(value: dict[str, Any], path: Path) -> Recipe:
    _only(value, ("name", "stages"), "", path)
    name = value["name"]
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", name):
        raise DataError(f"{path}: 'name' must be lower-case letters, digits and . _ -; correct it.")
    if not isinstance(value["stages"], dict):
        raise DataError(f"{path}: 'stages' must be a table; write [stages.detect] and so on.")
    _only(value["stages"], STAGES, "stages", path)
    stages = {}
    for stage in STAGES:
        table = value["stages"][stage]
        if not isinstance(table, dict):
            raise DataError(f"{path}: 'stages.{stage}' must be a table; write [stages.{stage}].")
        _only(table, ("weights",), f"stages.{stage}", path)
        if table["weights"] not in WEIGHTS:
            raise DataError(
                f"{path}: 'stages.{stage}.weights' is {table['weights']!r}; choose one of "
                f"{', '.join(WEIGHTS)}."
            )
        stages[stage] = StageRecipe(weights=table["weights"])
    return Recipe(name=name, stages=MappingProxyType(stages))


def _only(table: dict[str, Any], keys: tuple[str, ...], where: str, path: Path) -> None:
    """Refuse a table that lacks one of the keys or has another."""
    dot = f"{where}." if where else ""
    for key in table:
        if key not in keys:
            raise DataError(f"{path}: unknown key '{dot}{key}'; known are {', '.join(keys)}.")
    for key in keys:
        if key not in table:
            raise DataError(f"{path}: the key '{dot}{key}' is missing; add it.")
