"""A deterministic test image for the golden vectors, with no drawing library behind it."""

from __future__ import annotations

import numpy as np


def texture(height: int, width: int, channels: int, seed: int) -> np.ndarray:
    """uint8 (height, width, channels): a slanted ramp, hard-edged strokes and noise."""
    y, x = np.mgrid[:height, :width]
    ramp = (x * 3 + y * 2)[..., None] % 200 + np.arange(channels) * 17
    strokes = ((x * 5 + y) // 11 % 3 == 0)[..., None] * 90
    noise = np.random.default_rng(seed).integers(-20, 21, (height, width, channels))
    return np.clip(230 - ramp + noise - strokes, 0, 255).astype(np.uint8)
