"""A stage run by its runtime without this package, to measure the overhead of a `Session`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pinpoint_runtimes.errors import SessionError
from pinpoint_runtimes.runtime import StageFile
from pinpoint_runtimes.session import Array, FeedCheck

Feeds = Mapping[str, Array]
Shapes = tuple[tuple[int, ...], ...]
Run = Callable[[Feeds], Any]


def direct(runtime: str, stage: StageFile, batches: Sequence[Feeds], threads: int) -> Run:
    """Return a function that runs a vision stage on feeds as its runtime's manual shows.

    runtime: "onnx", "executorch" or "litert". Everything that is done once is done here, for all
    sizes among the batches; the function takes one batch. Raises SessionError for another runtime.
    """
    if runtime == "onnx":
        return _onnx(stage, threads)
    bucket_of = FeedCheck(str(stage.path), stage.inputs)
    names = {_shapes(feeds): bucket_of(feeds) for feeds in batches}
    if runtime == "litert":
        return _litert(stage, threads, names)
    if runtime == "executorch":
        return _executorch(stage, names)
    raise SessionError(
        f"{stage.path}: there is nothing to compare the runtime {runtime} with; "
        "choose onnx, executorch or litert."
    )


def _shapes(feeds: Feeds) -> Shapes:
    return tuple([array.shape for array in feeds.values()])


def _onnx(stage: StageFile, threads: int) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.enable_cpu_mem_arena = False  # as in the session
    session = onnxruntime.InferenceSession(
        str(stage.path), options, providers=["CPUExecutionProvider"]
    )
    return lambda feeds: session.run(None, feeds)


def _litert(stage: StageFile, threads: int, names: Mapping[Shapes, str]) -> Run:
    from pinpoint_runtimes.litert.model_file import backend

    interpreter = backend().Interpreter(model_path=str(stage.path), num_threads=threads)
    runners = {shapes: interpreter.get_signature_runner(name) for shapes, name in names.items()}
    return lambda feeds: runners[_shapes(feeds)](**feeds)


def _executorch(stage: StageFile, names: Mapping[Shapes, str]) -> Run:
    # The process has one thread pool; the compared session has set its size.
    import torch
    from executorch.runtime import Runtime

    program = Runtime.get().load_program(stage.path)
    methods = {
        shapes: program.load_method(name if name in program.method_names else "forward")
        for shapes, name in names.items()
    }
    inputs = [spec.name for spec in stage.inputs]

    # Inputs and outputs are arrays, as in a session.
    def run(feeds: Feeds) -> list[Array]:
        tensors = [torch.from_numpy(feeds[name]) for name in inputs]
        return [result.numpy() for result in methods[_shapes(feeds)].execute(tensors)]

    return run
