"""A search's choice as a recipe, and a recipe as TOML with its measured figures."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from pinpoint_edge.errors import OutputError
from pinpoint_edge.storage.atomic import replacing
from pinpoint_quantization.recipe import BITS, STAGES, Recipe, StageRecipe
from pinpoint_quantization.search.groups import layers_alike
from pinpoint_quantization.search.scores import GroupScore


def recipe_of(
    base: Recipe, name: str, scores: Sequence[GroupScore], choice: Mapping[tuple[str, str], str]
) -> Recipe:
    """Return the recipe of a choice by (stage, group); other stages are those of base."""
    kinds: dict[str, dict[str, str]] = {}
    weights: dict[str, Counter[str]] = {}
    for score in scores:
        kind = choice[score.stage, score.group]
        if score.kind == kind:
            kinds.setdefault(score.stage, {}).update(dict.fromkeys(score.modules, kind))
            weights.setdefault(score.stage, Counter())[kind] += len(score.modules)
    stages = {
        stage: _stage(base.stages[stage], kinds[stage], weights[stage].most_common(1)[0][0])
        if stage in kinds
        else base.stages[stage]
        for stage in STAGES
    }
    return Recipe(name, MappingProxyType(stages), base.vocabulary)


def _stage(base: StageRecipe, kinds: Mapping[str, str], default: str) -> StageRecipe:
    """Return a stage's recipe with the fewest patterns that separate its modules."""
    alike: dict[str, set[str]] = {}
    for module, kind in kinds.items():
        alike.setdefault(layers_alike(module), set()).add(kind)
    patterns: dict[str, str] = {}
    for module, kind in kinds.items():
        if kind != default:
            whole = layers_alike(module)
            patterns[whole if len(alike[whole]) == 1 else module] = kind
    found = replace(base, weights=default, modules=tuple(patterns.items()))
    if any(found.weights_of(module) != kind for module, kind in kinds.items()):
        exact = tuple((module, kind) for module, kind in kinds.items() if kind != default)
        found = replace(found, modules=exact)
    if not found.types() & BITS.keys():
        found = StageRecipe(found.weights, modules=found.modules)
    return found


def to_toml(recipe: Recipe, comment: Sequence[str] = ()) -> str:
    """Return a recipe as TOML below the lines of a comment."""
    lines = [f"# {line}".rstrip() for line in comment]
    lines.append(f"name = {json.dumps(recipe.name)}")
    if recipe.vocabulary is not None:
        lines.append(f"vocabulary = {recipe.vocabulary}")
    for stage in STAGES:
        kept = recipe.stages[stage]
        lines += ["", f"[stages.{stage}]", f"weights = {json.dumps(kept.weights)}"]
        if kept.types() & BITS.keys():
            if kept.granularity == "block":
                lines.append(f"block = {kept.block}")
            else:
                lines.append(f"granularity = {json.dumps(kept.granularity)}")
            lines.append(f"symmetric = {json.dumps(kept.symmetric)}")
            lines.append(f"activations = {json.dumps(kept.activations)}")
        if kept.modules:
            lines.append(f"[stages.{stage}.modules]")
            lines += [f"{json.dumps(p)} = {json.dumps(kind)}" for p, kind in kept.modules]
    return "\n".join(lines) + "\n"


def check_new(path: Path) -> None:
    """Raise OutputError when a recipe's file exists: a recipe is never edited."""
    if path.exists():
        raise OutputError(f"{path} exists, and a recipe is never edited; give another name.")


def write_recipe(recipe: Recipe, path: Path, comment: Sequence[str] = ()) -> None:
    """Check that a recipe reads back, then write its file; raises OutputError when it exists."""
    check_new(path)
    text = to_toml(recipe, comment)
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "recipe.toml"
        written.write_text(text, encoding="utf-8")
        if Recipe.load(written).digest() != recipe.digest():
            raise OutputError(f"The recipe {recipe.name} does not read back as it was written.")
    with replacing(path) as file:
        file.write(text.encode())
