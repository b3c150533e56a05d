"""A recipe: how each stage is quantized, as frozen data in TOML.

```toml
name = "mine"
vocabulary = 24576            # tokens to keep, the first-merged ones; default: all
[stages.decode]               # and detect, glance, align, refine
weights = "int4"              # float32, float16, int8, int4; palette6, palette4 (Core ML)
granularity = "block"         # weights that share a scale: block, channel (a row), tensor
block = 32                    # weights of a row in a block
symmetric = false             # true: without a zero point
activations = "dynamic"       # rounding of layer inputs: float, kept, dynamic, static
[stages.decode.modules]       # module paths with other types; the first match counts
"embedding" = "int8"
"layers.*.attention.*" = "float32"
```

The keys from `granularity` to `activations` are for int8 and int4 alone.
`activations` is a limit, not an order. "float": the input of a layer is not rounded. "dynamic": a
target whose integer products need it may round the input to int8, with scales computed at run time.
"static": likewise, with ranges measured on a calibration set. "kept": as "float" where a target has
such products, as "dynamic" where it would have to expand the weights.
"""

from __future__ import annotations

import fnmatch
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

from pinpoint_edge.errors import DataError, OptionError
from pinpoint_edge.storage.json_text import json_digest
from pinpoint_edge.storage.records import Check, decode

STAGES = ("detect", "glance", "align", "refine", "decode")
WEIGHTS = ("float32", "float16", "int8", "palette6", "int4", "palette4")
BITS = {"int8": 8, "int4": 4}
"""Bits of a weight, for the types whose weights share a scale."""
PALETTE_BITS = {"palette6": 6, "palette4": 4}
"""Bits of a weight, for the types whose weights are indices into a table of values."""
FLOAT_BITS = {"float32": 32, "float16": 16}
GRANULARITIES = ("block", "channel", "tensor")
ACTIVATIONS = ("float", "kept", "dynamic", "static")
KEEPING = ("float", "kept")
"""Activations that stay float where a target multiplies integers with floats."""
RUNNING = ("kept", "dynamic")
"""Activations that are rounded at run time where a target has no such products."""
BLOCKS = (16, 32, 64, 128, 256)
SMALLEST_VOCABULARY = 1024

INTEGER_KEYS = ("granularity", "block", "symmetric", "activations")
"""Keys of a stage that need int8 or int4 weights."""
_FOLDER = Path(__file__).parent / "recipes"


@dataclass(frozen=True)
class StageRecipe:
    """How one stage is quantized.

    Attributes:
        weights: the type of its weights.
        block: weights of a row that share a scale, where the granularity is "block".
        symmetric: without a zero point; with one, weights take more room and lose less.
        modules: patterns of module paths with the types of their weights, the first match counts.
        granularity: the weights that share a scale: a block, a channel (a row), the tensor.
        activations: how the input of a layer with integer weights may be rounded.
    """

    weights: str
    block: int = 32
    symmetric: bool = True
    modules: tuple[tuple[str, str], ...] = ()
    granularity: str = "block"
    activations: str = "dynamic"

    def weights_of(self, module: str) -> str:
        """Return the type of the weights of a module, by its path in the stage."""
        found = (kept for pattern, kept in self.modules if fnmatch.fnmatchcase(module, pattern))
        return next(found, self.weights)

    def bits_per_weight(self, scale: int) -> float:
        """Return the bits of a weight with its share of a scale; scale: bits of one."""
        if self.weights in BITS:
            return BITS[self.weights] + (scale / self.block if self.granularity == "block" else 0)
        return (FLOAT_BITS | PALETTE_BITS)[self.weights]

    @property
    def coarsest(self) -> str:
        """The type with the fewest bits, which bounds how well the stage answers."""
        return max(self.types(), key=WEIGHTS.index)

    def types(self) -> set[str]:
        """Return the types of weights that occur."""
        return {self.weights, *(kept for _, kept in self.modules)}

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values without the defaults."""
        value: dict[str, Any] = {"weights": self.weights}
        if self.types() & BITS.keys():
            value |= {"block": self.block, "symmetric": self.symmetric}
        if self.granularity != "block":
            value["granularity"] = self.granularity
        if self.activations != "dynamic":
            value["activations"] = self.activations
        if self.modules:
            value["modules"] = [list(pair) for pair in self.modules]
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> StageRecipe:
        """Read the result of `to_json`."""
        modules = tuple((str(pattern), str(kept)) for pattern, kept in value.get("modules", ()))
        return cls(**{**value, "modules": modules})


@dataclass(frozen=True)
class Recipe:
    """A named choice for each of the five stages; read from TOML, never edited.

    vocabulary: number of tokens that the language model keeps, the first-merged ones; None: all.
    """

    name: str
    stages: Mapping[str, StageRecipe]
    vocabulary: int | None = None

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
        return decode(_RecipeTable, value, str(path)).recipe()

    @classmethod
    def builtin(cls, name: str) -> Recipe:
        """Return a built-in recipe; raises OptionError for an unknown name."""
        if name not in builtin_names():
            raise OptionError(
                f"There is no recipe '{name}'; choose one of {', '.join(builtin_names())} or give "
                "the path of a .toml file."
            )
        return cls.load(_FOLDER / f"{name}.toml")

    def digest(self) -> str:
        """Return the sha256 of the recipe's canonical form, whatever its layout and comments.

        The canonical form is compact JSON in ASCII with sorted keys:
        `{"name":...,"stages":{stage:{"weights":...}}}`, a stage as `StageRecipe.to_json` gives it.
        """
        stages = {stage: recipe.to_json() for stage, recipe in self.stages.items()}
        value: dict[str, Any] = {"name": self.name, "stages": stages}
        if self.vocabulary is not None:
            value["vocabulary"] = self.vocabulary
        return json_digest(value)


def builtin_names() -> list[str]:
    """Return the names of the built-in recipes."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def _one_of(values: Sequence[object]) -> Check:
    return Check(lambda value: value in values, f"one of {', '.join(map(str, values))}")


_Weights = Annotated[str, _one_of(WEIGHTS)]
_Granularity = Annotated[str, _one_of(GRANULARITIES)]
_Block = Annotated[int, _one_of(BLOCKS)]
_Activations = Annotated[str, _one_of(ACTIVATIONS)]
_Name = Annotated[
    str,
    Check(
        lambda name: re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", name) is not None,
        "lower-case letters, digits and . _ -",
    ),
]
_Vocabulary = Annotated[
    int, Check(lambda count: count >= SMALLEST_VOCABULARY, f"{SMALLEST_VOCABULARY} or more")
]


@dataclass(frozen=True)
class _StageTable:
    """A table [stages.NAME] of a recipe file; None: the key is absent."""

    weights: _Weights
    granularity: _Granularity | None = None
    block: _Block | None = None
    symmetric: bool | None = None
    activations: _Activations | None = None
    modules: Mapping[str, _Weights] = field(default_factory=dict)

    def __post_init__(self) -> None:
        given = [key for key in INTEGER_KEYS if getattr(self, key) is not None]
        if given and not {self.weights, *self.modules.values()} & BITS.keys():
            raise ValueError(
                f"it has {' and '.join(given)}, but no weights in {' or '.join(BITS)}; leave it out"
            )
        if self.block is not None and self.granularity not in (None, "block"):
            raise ValueError(
                f"'block' is the length of a block, but granularity is {self.granularity!r}; leave "
                "one of them out"
            )

    def recipe(self) -> StageRecipe:
        given = {key: getattr(self, key) for key in INTEGER_KEYS}
        given = {key: value for key, value in given.items() if value is not None}
        return StageRecipe(self.weights, modules=tuple(self.modules.items()), **given)


@dataclass(frozen=True)
class _StageTables:
    detect: _StageTable
    glance: _StageTable
    align: _StageTable
    refine: _StageTable
    decode: _StageTable


@dataclass(frozen=True)
class _RecipeTable:
    """A recipe file."""

    name: _Name
    stages: _StageTables
    vocabulary: _Vocabulary | None = None

    def recipe(self) -> Recipe:
        stages = {stage: getattr(self.stages, stage).recipe() for stage in STAGES}
        return Recipe(self.name, MappingProxyType(stages), self.vocabulary)
