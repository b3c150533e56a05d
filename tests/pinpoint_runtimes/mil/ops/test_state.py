from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from pinpoint_runtimes.mil.bound_function import BoundFunction

ROWS = np.array([[1.0, 2.0]], np.float16)


def append(mb: Any, rows: Any, position: Any, state: Any) -> Any:
    """Put a row at a position and return the sum of all, as a decode stage uses its caches."""
    end = mb.add(x=position, y=1)
    zero, two = np.array([0], np.int32), np.array([2], np.int32)
    updated = mb.slice_update(
        x=mb.read_state(input=state),
        update=rows,
        begin=mb.concat(values=[position, zero], axis=0),
        end=mb.concat(values=[end, two], axis=0),
    )
    held = mb.coreml_update_state(state=state, value=updated)
    return mb.reduce_sum(x=held, axes=[0])


def step(function: BoundFunction, states: dict[str, torch.Tensor], row: Any, at: int) -> Any:
    feeds = {
        "rows": torch.tensor([row], dtype=torch.float32),
        "position": torch.tensor([at], dtype=torch.int32),
    }
    (found,) = function.run(feeds, states).values()
    return found.tolist()


@pytest.fixture(scope="module")
def appending(bound: Any) -> BoundFunction:
    inputs = {"rows": ROWS, "position": np.zeros(1, np.int32)}
    function: BoundFunction = bound(append, inputs, states={"cache": (4, 2)})
    return function


def test_a_state_outlives_a_run_and_write_state_replaces_it(appending: BoundFunction) -> None:
    states = {"cache": torch.zeros(4, 2)}
    assert step(appending, states, [1.0, 2.0], 0) == [1.0, 2.0]
    assert step(appending, states, [10.0, 20.0], 2) == [11.0, 22.0]
    assert step(appending, states, [5.0, 5.0], 0) == [15.0, 25.0]
    assert states["cache"].tolist() == [[5, 5], [0, 0], [10, 20], [0, 0]]


def test_appending_rows_does_not_copy_the_state(appending: BoundFunction) -> None:
    states = {"cache": torch.zeros(4, 2)}
    before = states["cache"].data_ptr()
    step(appending, states, [1.0, 2.0], 0)
    assert states["cache"].data_ptr() == before


def test_a_value_read_before_a_write_keeps_what_it_was(bound: Any) -> None:
    def build(mb: Any, rows: Any, state: Any) -> Any:
        old = mb.read_state(input=state)
        updated = mb.slice_update(x=old, update=rows, begin=[0, 0], end=[1, 2])
        new = mb.coreml_update_state(state=state, value=updated)
        return mb.add(x=old, y=np.float16(0)), mb.add(x=new, y=np.float16(0))

    function = bound(build, {"rows": ROWS}, states={"cache": (2, 2)})
    states = {"cache": torch.zeros(2, 2)}
    feeds = {"rows": torch.tensor([[1.0, 2.0]])}
    for expected in ([[0.0, 0.0], [0.0, 0.0]], [[1.0, 2.0], [0.0, 0.0]]):
        old, new = (tensor.tolist() for tensor in function.run(feeds, states).values())
        assert old == expected
        assert new == [[1.0, 2.0], [0.0, 0.0]]


def test_two_states_that_are_given_one_value_stay_two(bound: Any) -> None:
    def build(mb: Any, rows: Any, first: Any, second: Any) -> Any:
        doubled = mb.add(x=rows, y=rows)
        a = mb.coreml_update_state(state=first, value=doubled)
        b = mb.coreml_update_state(state=second, value=doubled)
        return mb.add(x=a, y=b)

    function = bound(build, {"rows": ROWS}, states={"first": (1, 2), "second": (1, 2)})
    states = {"first": torch.zeros(1, 2), "second": torch.zeros(1, 2)}
    function.run({"rows": torch.tensor([[1.0, 2.0]])}, states)
    assert states["first"].tolist() == states["second"].tolist() == [[2.0, 4.0]]
    assert states["first"].data_ptr() != states["second"].data_ptr()
