"""The search for a recipe: sensitivities, a choice within a budget, and its proof."""
