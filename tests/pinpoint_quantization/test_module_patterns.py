import pytest

from pinpoint_edge.errors import OptionError
from pinpoint_quantization.module_patterns import check_patterns
from pinpoint_quantization.recipe import StageRecipe

MODULES = ["layers.0.mlp.up", "layers.0.mlp.down", "embedding"]


def test_patterns_that_fit_pass() -> None:
    patterns = (("layers.*.down", "int8"), ("embedding", "float32"))
    check_patterns("decode", StageRecipe("int4", modules=patterns), MODULES)


def test_a_pattern_that_fits_nothing_is_named_with_what_is_near() -> None:
    recipe = StageRecipe("int4", modules=(("layers.0.mlp.donw", "int8"),))
    with pytest.raises(OptionError, match=r"'layers\.0\.mlp\.donw' fits no module .*mlp\.down"):
        check_patterns("decode", recipe, MODULES)
