"""Recipes are data: read strictly, named by a digest of their meaning."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from pinpoint_edge.errors import DataError, OptionError
from pinpoint_quantization import Recipe
from pinpoint_quantization.recipe import STAGES, StageRecipe, builtin_names

TEXT = 'name = "mine"\n' + "".join(f'[stages.{s}]\nweights = "float32"\n' for s in STAGES)


def load(tmp_path: Path, text: str) -> Recipe:
    path = tmp_path / "recipe.toml"
    path.write_text(text, "utf-8")
    return Recipe.load(path)


def test_fp32_keeps_every_stage() -> None:
    recipe = Recipe.builtin("fp32")
    assert recipe.name == "fp32"
    assert {stage: r.weights for stage, r in recipe.stages.items()} == dict.fromkeys(
        STAGES, "float32"
    )
    # Bundles carry it; a change of the canonical form would break their comparison.
    assert recipe.digest() == "bb1b4f8ad8660d97229356f9c8176d3bb9580c9a7a336a2473ce36edf283c4cc"


@pytest.mark.parametrize("name", builtin_names())
def test_builtin_recipes_load_under_their_name(name: str) -> None:
    assert Recipe.builtin(name).name == name


def test_unknown_builtin_lists_the_known() -> None:
    with pytest.raises(OptionError, match=r"no recipe '\.\./x'; choose one of .*fp32"):
        Recipe.builtin("../x")


def test_digest_sees_meaning_not_layout(tmp_path: Path) -> None:
    one = load(tmp_path, TEXT)
    blocks = TEXT.split("[")[1:]
    other = load(tmp_path, '# a comment\nname="mine"\n' + "".join(f"[{b}" for b in blocks[::-1]))
    assert one == other
    assert one.digest() == other.digest()
    assert one.digest() != load(tmp_path, TEXT.replace("mine", "yours")).digest()


def test_recipe_is_frozen(tmp_path: Path) -> None:
    recipe = load(tmp_path, TEXT)
    with pytest.raises(dataclasses.FrozenInstanceError):
        recipe.name = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        recipe.stages["detect"] = recipe.stages["align"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "not valid TOML"),
        (TEXT.replace('"mine"', "5"), "name: expected string, found integer"),
        (TEXT.replace('"mine"', '"Mine X"'), "name: expected lower-case letters"),
        (TEXT + "[more]\n", "unknown field 'more'"),
        (TEXT + '[stages.vision]\nweights = "float32"\n', "stages: unknown field 'vision'"),
        (TEXT + "bits = 4\n", "stages.decode: unknown field 'bits'"),
        (TEXT + "block = 32\n", "stages.decode: it has block, but no weights in int8"),
        (TEXT.replace("[", "vocabulary = 5\n[", 1), "vocabulary: expected 1024 or more, found 5"),
        (
            TEXT.replace('"float32"', '"int8"\ngranularity = "row"', 1),
            "granularity: expected one of block, channel, tensor, found 'row'",
        ),
        (TEXT.replace('"float32"', '"int8"\nactivations = 8', 1), "activations: expected string"),
        (
            TEXT.replace('"float32"', '"int8"\nblock = 32\ngranularity = "channel"', 1),
            "but granularity is 'channel'",
        ),
        (TEXT + "modules = 1\n", "stages.decode.modules: expected object"),
        (
            TEXT + 'modules = {"layers.*" = "int3"}\n',
            "stages.decode.modules.layers.*: expected one",
        ),
        (
            TEXT.replace('"float32"', '"int8"\nblock = 31', 1),
            "stages.detect.block: expected one of 16, 32",
        ),
        (TEXT.replace('"float32"', '"int8"\nsymmetric = 1', 1), "symmetric: expected boolean"),
        (TEXT.replace('"float32"', '"int3"', 1), "stages.detect.weights: expected one of float32"),
        (TEXT.replace('"float32"', "[1]", 1), "stages.detect.weights: expected string"),
        (TEXT[: TEXT.index("[stages.decode]")], "stages: the field 'decode' is missing"),
        ('name = "mine"\nstages = 1\n', "stages: expected object"),
        ('name = "mine"\n', "the field 'stages' is missing"),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        load(tmp_path, text)


def test_modules_differ_from_their_stage_in_order(tmp_path: Path) -> None:
    text = TEXT + 'block = 64\n[stages.decode.modules]\n"layers.0.*" = "int8"\n"*.down" = "int4"\n'
    recipe = load(tmp_path, text)
    decode = recipe.stages["decode"]
    paths = ("layers.0.mlp.down", "layers.1.mlp.down", "embedding")
    assert [decode.weights_of(path) for path in paths] == ["int8", "int4", "float32"]
    assert (decode.block, decode.coarsest, recipe.stages["align"].coarsest) == (
        64,
        "int4",
        "float32",
    )
    assert StageRecipe.from_json(json.loads(json.dumps(decode.to_json()))) == decode
    swapped = text.replace('"layers.0.*"', '"x"').replace('"*.down"', '"layers.0.*"')
    assert load(tmp_path, swapped.replace('"x"', '"*.down"')).digest() != recipe.digest()


def test_what_is_rounded_and_kept_is_part_of_the_digest(tmp_path: Path) -> None:
    plain = load(tmp_path, TEXT.replace('"float32"', '"int8"', 1))
    said = load(
        tmp_path,
        TEXT.replace('"float32"', '"int8"\nactivations = "dynamic"\ngranularity = "block"', 1),
    )
    assert plain.digest() == said.digest()  # said or left out, it is the same
    other = load(tmp_path, TEXT.replace('"float32"', '"int8"\nactivations = "static"', 1))
    pruned = load(tmp_path, TEXT.replace("[", "vocabulary = 24576\n[", 1))
    assert len({plain.digest(), other.digest(), pruned.digest()}) == 3
    assert (pruned.vocabulary, plain.vocabulary) == (24576, None)
    detect = other.stages["detect"]
    assert StageRecipe.from_json(detect.to_json()) == detect


@pytest.mark.parametrize(
    ("recipe", "bits"),
    [
        (StageRecipe("float16"), 16),
        (StageRecipe("palette6"), 6),
        (StageRecipe("int4", block=32), 4.5),
        (StageRecipe("int8", granularity="channel"), 8),
    ],
)
def test_bits_of_a_weight(recipe: StageRecipe, bits: float) -> None:
    assert recipe.bits_per_weight(scale=16) == bits


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        Recipe.load(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="not valid TOML"):
        Recipe.load(tmp_path / "bytes.toml")
