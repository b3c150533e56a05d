"""The small bundle, its reader and the drawn pages of pinpoint_edge's tests."""

from tests.pinpoint_edge.conftest import (
    make_bundle,
    printed,
    small_bundle,
    small_reader,
)

__all__ = ["make_bundle", "printed", "small_bundle", "small_reader"]
