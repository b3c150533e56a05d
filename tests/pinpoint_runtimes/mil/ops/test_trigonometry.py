from __future__ import annotations

from typing import Any

import numpy as np
import pytest

X = np.array([[-0.9, -0.25], [0.0, 0.7]], np.float32)
CASES: dict[str, tuple[Any, ...]] = {
    "sin": (lambda mb, x: mb.sin(x=x), (X,), np.sin(X)),
    "cos": (lambda mb, x: mb.cos(x=x), (X,), np.cos(X)),
    "tan": (lambda mb, x: mb.tan(x=x), (X,), np.tan(X)),
    "asin": (lambda mb, x: mb.asin(x=x), (X,), np.arcsin(X)),
    "acos": (lambda mb, x: mb.acos(x=x), (X,), np.arccos(X)),
    "atan": (lambda mb, x: mb.atan(x=x), (X,), np.arctan(X)),
    "sinh": (lambda mb, x: mb.sinh(x=x), (X,), np.sinh(X)),
    "cosh": (lambda mb, x: mb.cosh(x=x), (X,), np.cosh(X)),
    "atanh": (lambda mb, x: mb.atanh(x=x), (X,), np.arctanh(X)),
}


@pytest.fixture(scope="module")
def found(evaluate_all: Any) -> Any:
    return evaluate_all(CASES)


@pytest.mark.parametrize("name", CASES)
def test_trigonometry(name: str, found: Any, agree: Any) -> None:
    agree(found[name], *CASES[name][2:])
