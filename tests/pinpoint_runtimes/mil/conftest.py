"""Packages of a few operations, made and saved by coremltools, and what they evaluate to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pinpoint_runtimes.mil.binding import Weights, bind
from pinpoint_runtimes.mil.bound_function import BoundFunction, held_dtype, rounded
from pinpoint_runtimes.mil.package import MilPackage

Build = Callable[..., Any]
Save = Callable[..., Path]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def coremltools() -> Any:
    return pytest.importorskip("coremltools")


@pytest.fixture(scope="session")
def save(coremltools: Any, tmp_path_factory: pytest.TempPathFactory) -> Save:
    """Save a package: build(mb, *inputs) gives its outputs; fp16 arrays make fp16 inputs.

    `states`: zeros of the shapes of states, which follow the inputs as arguments.
    """
    from coremltools.converters.mil.mil import Builder as mb
    from coremltools.converters.mil.mil import Function, Program, types

    kinds = {"float32": types.fp32, "float16": types.fp16, "int32": types.int32}

    def make(
        build: Build,
        inputs: dict[str, np.ndarray],
        *,
        target: str = "iOS18",
        states: dict[str, tuple[int, ...]] | None = None,
        names: tuple[str, ...] = (),
    ) -> Path:
        opset = getattr(coremltools.target, target)
        held = {
            name: mb.placeholder(shape=array.shape, dtype=kinds[array.dtype.name])
            for name, array in inputs.items()
        }
        for name, shape in (states or {}).items():
            held[name] = mb.state_tensor_placeholder(shape=shape, dtype=types.fp16)
        with Function(held, opset_version=opset) as function:
            found = build(mb, *(function.inputs[name] for name in held))
            outputs = list(found) if isinstance(found, list | tuple) else [found]
            for output, name in zip(outputs, names, strict=False):
                output.name = name
            function.set_outputs(outputs)
        program = Program()
        program.add_function("main", function)
        model = coremltools.convert(
            program,
            convert_to="mlprogram",
            minimum_deployment_target=opset,
            compute_precision=coremltools.precision.FLOAT32,
            pass_pipeline=coremltools.PassPipeline.EMPTY,
            skip_model_load=True,
        )
        path = tmp_path_factory.mktemp("package") / "stage.mlpackage"
        model.save(str(path))
        return path

    return make


@pytest.fixture(scope="session")
def bound(save: Save) -> Callable[..., BoundFunction]:
    """Save a package and bind its function."""

    def make(build: Build, inputs: dict[str, np.ndarray], **how: Any) -> BoundFunction:
        round_fp16 = how.pop("round_fp16", True)
        package = MilPackage(save(build, inputs, **how))
        return bind(package, "main", Weights(package), round_fp16)

    return make


@pytest.fixture(scope="session")
def evaluate(bound: Callable[..., BoundFunction]) -> Callable[..., list[np.ndarray]]:
    """Save a package, evaluate it and return its outputs in order."""

    def run(build: Build, *arrays: Any, **how: Any) -> list[np.ndarray]:
        inputs = {f"in{number}": np.asarray(array) for number, array in enumerate(arrays)}
        function = bound(build, inputs, **how)
        feeds = {}
        for name, array in inputs.items():
            kind = function.inputs[name]
            tensor = torch.from_numpy(array).to(held_dtype(kind))
            feeds[name] = rounded(tensor) if kind.rounds else tensor
        found = function.run(feeds, {})
        return [tensor.numpy() for tensor in found.values()]

    return run


@pytest.fixture(scope="session")
def evaluate_all(evaluate: Callable[..., list[np.ndarray]]) -> Callable[..., dict[str, list[Any]]]:
    """Evaluate many cases in one package, for saving one takes most of a second.

    A case starts with (build, inputs); what follows is its test's.
    """

    def run(cases: dict[str, tuple[Any, ...]], **how: Any) -> dict[str, list[Any]]:
        counts: dict[str, int] = {}

        def build(mb: Any, *values: Any) -> list[Any]:
            outputs: list[Any] = []
            start = 0
            for name, (make, inputs, *_) in cases.items():
                made = make(mb, *values[start : start + len(inputs)])
                made = list(made) if isinstance(made, list | tuple) else [made]
                counts[name] = len(made)
                outputs += made
                start += len(inputs)
            return outputs

        found = iter(evaluate(build, *(x for case in cases.values() for x in case[1]), **how))
        return {name: [next(found) for _ in range(count)] for name, count in counts.items()}

    return run


@pytest.fixture(scope="session")
def agree() -> Callable[..., None]:
    """Compare outputs with what is expected, in types, shapes and values."""

    def check(found: list[np.ndarray], *expected: Any, rtol: float = 2e-6) -> None:
        assert len(found) == len(expected)
        for have, want in zip(found, expected, strict=True):
            wanted = np.asarray(want)
            assert have.shape == wanted.shape
            if have.dtype.kind != "f" or wanted.dtype.kind != "f":
                assert have.dtype.kind == wanted.dtype.kind
            np.testing.assert_allclose(have, wanted, rtol=rtol, atol=1e-6)

    return check
