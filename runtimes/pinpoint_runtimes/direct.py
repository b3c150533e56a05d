"""A stage run by its runtime without this package: what a `Session` is measured against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pinpoint_runtimes.errors import SessionError
from pinpoint_runtimes.runtime import StageFile
from pinpoint_runtimes.session import Array, bucket_name, check_feeds

Feeds = Mapping[str, Array]


def direct(runtime: str, stage: StageFile, feeds: Feeds, threads: int) -> Callable[[], Any]:
    """Return a function that runs a vision stage on these feeds as its runtime's manual shows.

    runtime: "onnx", "executorch" or "litert". Everything that need be done once is done before;
    the function gives whatever the runtime gives. Raises SessionError for another runtime.
    """
    sizes = check_feeds(str(stage.path), stage.inputs, feeds)
    if runtime == "onnx":
        return _onnx(stage, feeds, threads)
    if runtime == "litert":
        return _litert(stage, feeds, threads, bucket_name(sizes))
    if runtime == "executorch":
        return _executorch(stage, feeds, bucket_name(sizes))
    raise SessionError(
        f"{stage.path}: there is nothing to compare the runtime {runtime} with; "
        "choose onnx, executorch or litert."
    )


def _onnx(stage: StageFile, feeds: Feeds, threads: int) -> Callable[[], Any]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.enable_cpu_mem_arena = False  # as the session does, or memory would be compared
    session = onnxruntime.InferenceSession(
        str(stage.path), options, providers=["CPUExecutionProvider"]
    )
    return lambda: session.run(None, feeds)


def _litert(stage: StageFile, feeds: Feeds, threads: int, name: str) -> Callable[[], Any]:
    from pinpoint_runtimes.litert_file import backend

    interpreter = backend().Interpreter(model_path=str(stage.path), num_threads=threads)
    runner = interpreter.get_signature_runner(name)
    return lambda: runner(**feeds)


def _executorch(stage: StageFile, feeds: Feeds, name: str) -> Callable[[], Any]:
    # The thread pool is the process's; the session that is compared has set it.
    import torch
    from executorch.runtime import Runtime

    program = Runtime.get().load_program(stage.path)
    method = program.load_method(name if name in program.method_names else "forward")
    tensors = [torch.from_numpy(feeds[spec.name]) for spec in stage.inputs]
    return lambda: method.execute(tensors)
