"""Quantization of the stages: recipes, calibration, the search for a recipe, reports."""

from pinpoint_quantization.recipe import Recipe, StageRecipe

__all__ = ["Recipe", "StageRecipe"]
