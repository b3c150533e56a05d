"""A choice becomes a recipe with few patterns, and a file that reads back as it was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinpoint_edge.errors import OutputError
from pinpoint_quantization.recipe import Recipe, StageRecipe, builtin_names
from pinpoint_quantization.search.recipe_file import recipe_of, to_toml, write_recipe
from pinpoint_quantization.search.scores import GroupScore

LAYERS = range(3)
BASE = Recipe.builtin("int4")


def scores() -> list[GroupScore]:
    modules = [("embedding",)]
    modules += [(f"layers.{n}.mlp.gate", f"layers.{n}.mlp.up") for n in LAYERS]
    modules += [(f"layers.{n}.mlp.down",) for n in LAYERS]
    return [
        GroupScore("decode", "+".join(names), kind, names, 1, 0.0, None, 0.0)
        for names in modules
        for kind in ("float32", "int8", "int4")
    ]


def chosen(**kinds: str) -> Recipe:
    choice = {("decode", s.group): kinds.get(s.group.replace(".", "_"), "int4") for s in scores()}
    return recipe_of(BASE, "mine", scores(), choice)


def test_layers_that_agree_share_a_pattern() -> None:
    recipe = chosen(
        embedding="int8",
        **{f"layers_{n}_mlp_down": "float32" for n in LAYERS},
        **{"layers_1_mlp_gate+layers_1_mlp_up": "int8"},
    )
    kept = recipe.stages["decode"]
    assert kept.weights == "int4"
    assert dict(kept.modules) == {
        "embedding": "int8",
        "layers.1.mlp.gate": "int8",
        "layers.1.mlp.up": "int8",
        "layers.*.mlp.down": "float32",
    }
    assert kept.weights_of("layers.2.mlp.down") == "float32"
    assert kept.weights_of("layers.2.mlp.up") == "int4"
    assert recipe.stages["refine"] == BASE.stages["refine"], "what was not searched stays"


def test_a_file_reads_back_as_the_recipe(tmp_path: Path) -> None:
    recipe = chosen(embedding="int8", layers_2_mlp_down="float32")
    path = tmp_path / "mine.toml"
    write_recipe(recipe, path, ["measured: 1 of 1", ""])
    assert path.read_text().startswith("# measured: 1 of 1\n#\nname = ")
    read = Recipe.load(path)
    assert read.digest() == recipe.digest()
    assert read.stages["decode"] == recipe.stages["decode"]
    with pytest.raises(OutputError, match="a recipe is never edited; give another name"):
        write_recipe(recipe, path)


@pytest.mark.parametrize("name", builtin_names())
def test_shipped_recipes_survive_the_writing(name: str, tmp_path: Path) -> None:
    recipe = Recipe.builtin(name)
    (tmp_path / "again.toml").write_text(to_toml(recipe), encoding="utf-8")
    assert Recipe.load(tmp_path / "again.toml").digest() == recipe.digest()


def test_all_that_a_stage_can_say_survives(tmp_path: Path) -> None:
    modules = (('a."b"', "float32"),)
    stage = StageRecipe("int8", 32, False, modules, "channel", "float")
    recipe = Recipe("x", {**BASE.stages, "refine": stage}, 2048)
    (tmp_path / "x.toml").write_text(to_toml(recipe), encoding="utf-8")
    assert Recipe.load(tmp_path / "x.toml") == Recipe("x", dict(recipe.stages), 2048)
