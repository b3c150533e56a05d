"""Open .tflite files: check them, find their signatures and access the tensors of each.

The interpreter of ai-edge-litert runs them; where it is missing, that of its predecessor
tflite-runtime, which needs a numpy older than 2.
"""

import mmap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pinpoint_runtimes.errors import BackendMissing, SessionError
from pinpoint_runtimes.runtime import StageFile
from pinpoint_runtimes.session import Array, TensorSpec, bucket_name

IDENTIFIER = b"TFL3"  # at byte 4 of every .tflite file
INSTALL = "pip install 'pinpoint-edge[litert]'"
AGAIN = "export or fetch the bundle again."


def signature_name(sizes: Mapping[str, int]) -> str:
    """Return the signature for these sizes; for rows alone it is "decode" or "prefill_64"."""
    if list(sizes) == ["q"]:
        return "decode" if sizes["q"] == 1 else f"prefill_{sizes['q']}"
    return bucket_name(sizes)


def backend() -> Any:
    """Return the installed interpreter module; raises BackendMissing."""
    try:
        from ai_edge_litert import interpreter
    except ImportError:
        return _older_backend()
    return interpreter


def _older_backend() -> Any:
    try:
        from tflite_runtime import interpreter
    except ImportError as error:
        raise BackendMissing(
            f"The litert runtime needs ai-edge-litert; run `{INSTALL}`."
        ) from error
    if int(np.__version__.split(".")[0]) >= 2:
        raise BackendMissing(
            f"The litert runtime found tflite-runtime, which cannot run with numpy "
            f"{np.__version__}, only with numpy < 2; run `{INSTALL}` for its successor "
            "ai-edge-litert."
        )
    return interpreter


def open_file(path: Path, threads: int | None, *, keep_all: bool = False) -> Any:
    """Load a file into an interpreter.

    threads: of one operator, one when None; keep_all: keep every intermediate tensor, which the
    XNNPACK delegate cannot do. Raises SessionError, BackendMissing.
    """
    module = backend()
    if threads is not None and threads < 1:
        raise SessionError(f"{path}: cannot run on {threads} threads; give 1 or more.")
    _check_file(path)
    options: dict[str, Any] = {"model_path": str(path), "num_threads": threads or 1}
    if keep_all:
        plain = module.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        options |= {"experimental_op_resolver_type": plain}
        options |= {"experimental_preserve_all_tensors": True}
    try:
        return module.Interpreter(**options)
    except (ValueError, RuntimeError) as error:
        raise SessionError(f"{path}: LiteRT cannot load this stage: {_reason(error)}") from error


def _check_file(path: Path) -> None:
    """Raise SessionError for a file of another format."""
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise SessionError(f"{path}: cannot be read: {error.strerror}; {AGAIN}") from error
    if start[4:] != IDENTIFIER:
        raise SessionError(f"{path}: this is no LiteRT file; {AGAIN}")


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())


class LitertSignature:
    """One signature of a loaded file, whose tensors are allocated once.

    An input keeps its contents from one run to the next. The interpreter's own signature runner
    copies all inputs at every run, and `Interpreter.tensor` knows the first signature only, so this
    class calls the native wrapper.
    """

    def __init__(self, path: Path, interpreter: Any, name: str) -> None:
        self._path, self._native = path, interpreter._interpreter
        runner = interpreter.get_signature_runner(name)
        self.inputs: dict[str, Any] = runner.get_input_details()
        self.outputs: dict[str, Any] = runner.get_output_details()
        self._graph = int(self._native.GetSubgraphIndexFromSignature(name))
        self._allocated = False

    def check(
        self, inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec], sizes: Mapping[str, int]
    ) -> None:
        """Raise SessionError unless the file's tensors are those of the contract."""
        for kind, specs, found in (
            ("input", inputs, self.inputs),
            ("output", outputs, self.outputs),
        ):
            names = [spec.name for spec in specs]
            if set(names) != found.keys():
                raise SessionError(
                    f"{self._path}: it has the {kind}s {', '.join(sorted(found))}, the bundle says "
                    f"{', '.join(names)}; {AGAIN}"
                )
            for spec in specs:
                dtype = np.dtype(found[spec.name]["dtype"]).name
                shape = tuple(int(size) for size in found[spec.name]["shape"])
                wanted = [sizes.get(s, s) if isinstance(s, str) else s for s in spec.shape]
                if dtype != spec.dtype or not _fits(shape, wanted):
                    raise SessionError(
                        f"{self._path}: {kind} {spec.name} is {dtype} {shape}, the bundle says "
                        f"{spec.dtype} ({', '.join(map(str, wanted))}); {AGAIN}"
                    )

    def allocate(self) -> None:
        """Allocate the tensors, once; this also packs the weights."""
        if not self._allocated:
            self._native.AllocateTensors(self._graph)
            self._allocated = True

    def view(self, name: str) -> Array:
        """Return a view of an input of an allocated signature; drop it before a run."""
        view: Array = self._native.tensor(self._native, self.inputs[name]["index"], self._graph)
        return view

    def run(self, feeds: Mapping[str, Array]) -> None:
        """Set the given inputs and run; raises SessionError."""
        try:
            self.allocate()
            for name, array in feeds.items():
                index = self.inputs[name]["index"]
                self._native.SetTensor(index, np.ascontiguousarray(array), self._graph)
            self._native.Invoke(self._graph)
        except (ValueError, RuntimeError) as error:
            reason = _reason(error)
            raise SessionError(f"{self._path}: the stage failed to run: {reason}") from error

    def output(self, name: str) -> Array:
        """Return a copy of an output."""
        copy: Array = self._native.GetTensor(self.outputs[name]["index"], self._graph)
        return copy

    def computed(self) -> Iterator[tuple[str, Array]]:
        """Give name and copy of each computed tensor in order, if the file is opened with keep_all.

        Needs ai-edge-litert, which has the format's schema.
        """
        from ai_edge_litert import schema_py_generated as schema

        with self._path.open("rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        graph = schema.Model.GetRootAs(content).Subgraphs(self._graph)
        for number in range(graph.OperatorsLength()):
            for index in graph.Operators(number).OutputsAsNumpy():
                name = graph.Tensors(int(index)).Name().decode()
                yield name, self._native.GetTensor(int(index), self._graph)


def _fits(shape: Sequence[int], wanted: Sequence[int | str]) -> bool:
    """Return whether a shape is as wanted; a computed size ("w/8") can be any."""
    return len(shape) == len(wanted) and all(
        isinstance(size, str) or got == size for got, size in zip(shape, wanted, strict=True)
    )


def open_signatures(stage: StageFile, interpreter: Any) -> dict[str, LitertSignature]:
    """Find the signature of each bucket and compare it with the contract; raises SessionError."""
    known = list(interpreter.get_signature_list())
    opened = {}
    for sizes in stage.buckets or ({},):
        name = signature_name(sizes)
        if name not in known:
            raise SessionError(
                f"{stage.path}: it has no signature {name}, only {', '.join(known) or 'none'}; "
                f"{AGAIN}"
            )
        opened[name] = LitertSignature(stage.path, interpreter, name)
        opened[name].check(stage.inputs, stage.outputs, sizes)
    return opened
