"""Check of the module patterns in a recipe: each must fit a module of its stage."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Iterable

from pinpoint_edge.errors import OptionError
from pinpoint_quantization.recipe import StageRecipe


def check_patterns(stage: str, recipe: StageRecipe, modules: Iterable[str]) -> None:
    """Raise OptionError for a pattern of the recipe that fits no module of the stage."""
    names = sorted(modules)
    for pattern, _ in recipe.modules:
        if not fnmatch.filter(names, pattern):
            near = difflib.get_close_matches(pattern, names, 3, 0) or names[:3]
            raise OptionError(
                f"The recipe's pattern '{pattern}' fits no module with weights in stage {stage}; "
                f"near are {', '.join(near)}."
            )
