"""The folder of the shipped weights."""

from __future__ import annotations

from pathlib import Path


def weights_folder() -> Path:
    """The folder of weights that comes with the package."""
    return Path(__file__).parent / "weights"
