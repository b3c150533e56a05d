"""Every seed and a few hundred changes of it: no fault. `make fuzz` goes on from here."""

from __future__ import annotations

import random

import pytest

from .run import changed
from .seeds import FOUND, seeds
from .targets import TARGETS, check

CHANGES = 60


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_and_changes_of_them(name: str) -> None:
    draw = random.Random(name)
    own = seeds(name)
    for raw in [*own, b"", *(changed(draw.choice(own), draw) for _ in range(CHANGES))]:
        check(name, raw)


def test_every_found_input_has_a_target() -> None:
    assert all(path.name.split("-")[0] in TARGETS for path in FOUND.glob("*"))


def test_valid_seeds_are_valid() -> None:
    for name in ("image", "manifest", "annotations", "recipe", "index", "keys", "schema"):
        for raw in seeds(name)[:4]:
            TARGETS[name](raw)
