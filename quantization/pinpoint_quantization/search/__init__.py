"""The search for a recipe: scores of modules, a choice within limits, real answers as proof."""
