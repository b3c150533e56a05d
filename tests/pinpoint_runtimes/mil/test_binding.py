from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pinpoint_runtimes import SessionError
from pinpoint_runtimes.mil.binding import Weights, bind
from pinpoint_runtimes.mil.package import MilPackage

X = np.zeros((1, 4), np.float32)


def package_of(save: Any, build: Any) -> MilPackage:
    path: Path = save(build, {"x": X}, names=("out",))
    return MilPackage(path)


def operations(package: MilPackage) -> Any:
    (block,) = package.spec.mlProgram.functions["main"].block_specializations.values()
    return block.operations


def test_an_operation_that_is_lacking_is_named_with_its_output_and_package(save: Any) -> None:
    package = package_of(
        save, lambda mb, x: mb.random_normal(shape=mb.shape(x=x), mean=0.0, stddev=1.0, seed=1)
    )
    with pytest.raises(
        SessionError, match=r"stage\.mlpackage \(main\): the operation random_normal \(output out\)"
    ):
        bind(package, "main", Weights(package))


def test_control_flow_is_refused(save: Any) -> None:
    def build(mb: Any, x: Any) -> Any:
        first = mb.squeeze(x=mb.slice_by_index(x=x, begin=[0, 0], end=[1, 1]))
        return mb.cond(
            pred=mb.greater(x=first, y=0.0),
            _true_fn=lambda: mb.relu(x=x),
            _false_fn=lambda: mb.tanh(x=x),
        )

    package = package_of(save, build)
    with pytest.raises(SessionError, match=r"the operation cond .* not one that can be evaluated"):
        bind(package, "main", Weights(package))


def test_an_input_that_the_operation_does_not_know_is_refused(save: Any) -> None:
    package = package_of(save, lambda mb, x: mb.relu(x=x))
    relu = operations(package)[-1]
    relu.inputs["slope"].CopyFrom(relu.inputs["x"])
    with pytest.raises(SessionError, match=r"relu .*: its input slope is not one"):
        bind(package, "main", Weights(package))
    del relu.inputs["slope"], relu.inputs["x"]
    with pytest.raises(SessionError, match=r"relu .*: it lacks its input x"):
        bind(package, "main", Weights(package))


def test_a_name_that_nothing_gives_is_refused(save: Any) -> None:
    package = package_of(save, lambda mb, x: mb.relu(x=x))
    operations(package)[-1].inputs["x"].arguments[0].name = "nothing"
    with pytest.raises(SessionError, match="no operation gives nothing"):
        bind(package, "main", Weights(package))


def test_a_result_of_another_shape_than_declared_is_an_error(save: Any) -> None:
    package = package_of(save, lambda mb, x: mb.transpose(x=x, perm=[1, 0]))
    dims = operations(package)[-1].outputs[0].type.tensorType.dimensions
    dims[0].constant.size, dims[1].constant.size = 1, 4
    function = bind(package, "main", Weights(package))
    with pytest.raises(SessionError, match=r"transpose \(output out\) failed: it gives .*\(4, 1\)"):
        function.run({"x": torch.zeros(1, 4)}, {})


def test_functions_of_one_package_share_their_weights(save: Any) -> None:
    weight = np.ones((64, 4), np.float16)
    package = package_of(save, lambda mb, x: mb.linear(x=mb.cast(x=x, dtype="fp16"), weight=weight))
    weights = Weights(package)
    held = [
        next(t for t in bind(package, "main", weights).template if t is not None) for _ in range(2)
    ]
    assert held[0].data_ptr() == held[1].data_ptr()


def test_a_trace_gives_every_result_in_program_order(save: Any) -> None:
    package = package_of(
        save,
        lambda mb, x: mb.split(x=mb.sigmoid(x=mb.relu(x=x, name="first")), axis=1, num_splits=2),
    )
    function = bind(package, "main", Weights(package))
    found = list(function.trace({"x": torch.full((1, 4), -1.0)}, {}))
    assert found[0][0] == "first"
    assert [tuple(tensor.shape) for _, tensor in found] == [(1, 4), (1, 4), (1, 2), (1, 2)]
    assert found[1][1].tolist() == [[0.5] * 4]
