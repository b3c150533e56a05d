"""Quantization of the stages: recipes as data."""

from pinpoint_quantization.recipe import Recipe, StageRecipe

__all__ = ["Recipe", "StageRecipe"]
