"""ONNX Runtime: stages as .onnx files, the KV cache in one buffer that a step updates in place."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_runtimes.errors import BackendMissing, SessionError
from pinpoint_runtimes.memory import give_back_pages
from pinpoint_runtimes.onnx.providers import REMEDIES, options_of
from pinpoint_runtimes.runtime import RuntimeOptions, StageFile
from pinpoint_runtimes.session import (
    Array,
    FeedCheck,
    TensorSpec,
    check_rows,
    check_truncation,
)

try:
    import onnxruntime
except ImportError as error:
    raise BackendMissing(
        "The onnx runtime needs onnxruntime; run `pip install onnxruntime`."
    ) from error

CPU = "CPUExecutionProvider"
STATE_PREFIX = "next_"  # the state tensor `key_0` has the output `next_key_0`

DTYPES = {
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
    "tensor(uint8)": "uint8",
    "tensor(int8)": "int8",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(bool)": "bool",
}

CONFIG = {
    # A thread without work spins briefly, since the next operator comes in microseconds. ONNX
    # Runtime's own, longer spinning takes a third more processor time and saves none here.
    "session.intra_op.spin_duration_us": "50",
    # Folded constants lie on the heap. The view of a tied embedding, 14 or 28 MB, would become a
    # second copy there; scales cast to float32 are smaller.
    "optimization.constant_folding_max_output_size_in_bytes": str(8 << 20),
}


def _check_providers(providers: Sequence[str]) -> None:
    installed = onnxruntime.get_available_providers()
    for name in providers:
        if name not in installed:
            remedy = REMEDIES.get(name, "an ONNX Runtime build that has it")
            raise BackendMissing(
                f"The execution provider {name} is not in this ONNX Runtime "
                f"{onnxruntime.__version__}, which has {', '.join(installed)}; it needs: {remedy}."
            )


def _load(
    path: Path,
    providers: Sequence[str] | None,
    threads: int | None,
    map_weights: bool,
    provider_options: Sequence[Mapping[str, str]] | None = None,
    profile: Path | None = None,
) -> Any:
    wanted = [CPU] if providers is None else list(providers)
    _check_providers(wanted)
    if threads is not None and threads < 1:
        raise SessionError(f"{path}: cannot run on {threads} threads; give 1 or more.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0  # 0 lets ONNX Runtime take every physical core
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors are raised; warnings about the host are hidden
    # The arena keeps the memory of a run until the session ends. Without it the peak of a question
    # on a dense page is 730 MB instead of 930 MB, most of it from one run of detect.
    options.enable_cpu_mem_arena = map_weights
    for key, value in CONFIG.items():
        options.add_session_config_entry(key, value)
    if profile is not None:
        options.enable_profiling = True
        options.profile_file_prefix = str(profile)
    if map_weights:
        # Packing copies every weight to the heap. Unpacked ones stay pages of the mapped file,
        # which the system shares between processes and may drop when memory is short.
        options.add_session_config_entry("session.disable_prepacking", "1")
    try:
        session = onnxruntime.InferenceSession(
            str(path),
            options,
            providers=wanted,
            provider_options=None if provider_options is None else [*map(dict, provider_options)],
        )
    except Exception as error:  # onnxruntime raises a dozen unrelated types
        raise SessionError(f"{path}: ONNX Runtime cannot load this stage: {error}") from error
    refused = [name for name in wanted if name not in session.get_providers()]
    if refused:
        raise BackendMissing(
            f"The execution provider {refused[0]} is installed but does not start here; "
            f"check its driver and libraries ({path})."
        )
    return session


def _computes_in_integers(path: Path) -> bool:
    """Return whether a graph multiplies with integers, which is slow until they are packed."""
    try:
        return b"MatMulNBits" in path.read_bytes()  # large weights lie in another file
    except OSError as error:
        raise SessionError(f"{path}: cannot be read: {error.strerror}.") from error


def _spec(node: Any) -> TensorSpec:
    shape = tuple(size if isinstance(size, int) else str(size) for size in node.shape)
    return TensorSpec(node.name, DTYPES.get(node.type, node.type), shape)


class OnnxSession:
    """A stage in an .onnx file.

    Args:
        path: the file; its external data, if any, lies beside it.
        providers: names of execution providers, best first; the CPU when None.
        threads: threads of one operator; all physical cores when None.
        map_weights: keep the weights as pages of the file (least memory) rather than packed for
            speed in memory of their own.
        provider_options: of each provider, in their order.
        profile: start of the path of a file with the time of every operator, which
            `pinpoint_runtimes.onnx.profile` reads; None: operators are not timed.

    Raises:
        SessionError: the file cannot be loaded.
        BackendMissing: a provider is not installed or does not start.
    """

    def __init__(
        self,
        path: str | Path,
        providers: Sequence[str] | None = None,
        threads: int | None = None,
        *,
        map_weights: bool = False,
        provider_options: Sequence[Mapping[str, str]] | None = None,
        profile: Path | None = None,
    ) -> None:
        self.path = Path(path)
        self._session: Any = _load(
            self.path, providers, threads, map_weights, provider_options, profile
        )
        self.inputs = tuple(_spec(node) for node in self._session.get_inputs())
        self.outputs = tuple(_spec(node) for node in self._session.get_outputs())
        self._names = [spec.name for spec in self.outputs]
        self._check = FeedCheck(str(self.path), self.inputs)

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Run the stage; see `Session.run`."""
        if self._session is None:
            raise SessionError(f"{self.path}: the session is closed.")
        self._check(feeds)
        try:
            arrays = self._session.run(self._names, dict(feeds))
        except Exception as error:  # see _load
            raise SessionError(f"{self.path}: the stage failed to run: {error}") from error
        return dict(zip(self._names, arrays, strict=True))

    def close(self) -> None:
        """Free the stage."""
        self._session = None


class OnnxKVCache:
    """A decode stage whose state lives in one buffer a tensor, updated in place.

    The state inputs of the graph are those with an output `next_<name>`; past and present are bound
    to the same memory, which GroupQueryAttention then only appends to.

    Args:
        path, providers, threads, provider_options, profile: as in `OnnxSession`; float weights
            stay mapped.
        capacity: rows the buffers hold; a longer text needs a new cache (`resized`).
    """

    def __init__(
        self,
        path: str | Path,
        providers: Sequence[str] | None = None,
        threads: int | None = None,
        capacity: int = 1024,
        *,
        provider_options: Sequence[Mapping[str, str]] | None = None,
        profile: Path | None = None,
    ) -> None:
        self.path = Path(path)
        mapped = not _computes_in_integers(self.path)
        self._session: Any = _load(self.path, providers, threads, mapped, provider_options, profile)
        if not mapped:
            # Packing read all weights; of their pages, runs need only a few rows and the scales.
            give_back_pages(self.path.with_name(f"{self.path.name}.data"))
        self._allocate(capacity)

    def _allocate(self, capacity: int) -> None:
        if capacity < 1:
            raise SessionError(f"{self.path}: a KV cache of {capacity} rows is impossible.")
        self.capacity, self.length = capacity, 0
        inputs = {node.name: _spec(node) for node in self._session.get_inputs()}
        outputs = {node.name: _spec(node) for node in self._session.get_outputs()}
        states = [spec for name, spec in inputs.items() if STATE_PREFIX + name in outputs]
        if not states or not {"ids", "visual", "position"} <= inputs.keys():
            raise SessionError(
                f"{self.path}: this is no decode stage: it needs ids, visual, position and state "
                f"tensors with their {STATE_PREFIX}* outputs."
            )
        self._vocabulary = int(outputs["logits"].shape[1])
        self._width = int(inputs["visual"].shape[1])
        self._binding = self._session.io_binding()
        self._logits = np.zeros((1, self._vocabulary), np.float32)
        self._logits_value = onnxruntime.OrtValue.ortvalue_from_numpy(self._logits)
        self._binding.bind_ortvalue_output("logits", self._logits_value)
        self._state = []
        for spec in states:
            shape = [capacity if isinstance(size, str) else size for size in spec.shape]
            array = np.zeros(shape, spec.dtype)  # zeros are mapped lazily: unused rows cost nothing
            value = onnxruntime.OrtValue.ortvalue_from_numpy(array)
            self._binding.bind_ortvalue_input(spec.name, value)
            self._binding.bind_ortvalue_output(STATE_PREFIX + spec.name, value)
            self._state.append((array, value))  # the arrays own the memory

    def run(self, ids: Array, visual: Array) -> NDArray[np.float32]:
        """Append rows; see `KVCache.run`."""
        if self._session is None:
            raise SessionError(f"{self.path}: the cache is closed.")
        check_rows(
            str(self.path),
            ids,
            visual,
            vocabulary=self._vocabulary,
            width=self._width,
            free_rows=self.capacity - self.length,
        )
        if not visual.size:
            visual = np.zeros((1, self._width), np.float32)  # the graph gathers from at least a row
        feeds = {
            "ids": np.ascontiguousarray(ids[None]),
            "visual": np.ascontiguousarray(visual),
            "position": np.array([self.length], np.int32),
        }
        for name, array in feeds.items():
            self._binding.bind_cpu_input(name, array)
        try:
            self._session.run_with_iobinding(self._binding)
        except Exception as error:  # see _load
            raise SessionError(f"{self.path}: the stage failed to run: {error}") from error
        self.length += ids.size
        return np.array(self._logits_value.numpy()[0], dtype=np.float32)

    def resized(self, capacity: int) -> "OnnxKVCache":
        """Return an empty cache of another capacity that shares this one's loaded stage."""
        if self._session is None:
            raise SessionError(f"{self.path}: the cache is closed.")
        other = OnnxKVCache.__new__(OnnxKVCache)
        other.path, other._session = self.path, self._session
        other._allocate(capacity)
        return other

    def truncate(self, length: int) -> None:
        """Forget all rows from `length` on."""
        check_truncation(str(self.path), length, self.length)
        self.length = length

    def close(self) -> None:
        """Free the state, and the stage when no resized cache uses it."""
        self._session = self._binding = None
        self._state = []


class OnnxRuntime:
    """ONNX Runtime as a `Runtime`; the import of this module fails without it."""

    name = "onnx"
    targets = ("onnx",)

    def check(self) -> None:
        """Do nothing: this module cannot be imported without ONNX Runtime."""

    def session(self, stage: StageFile, options: RuntimeOptions) -> OnnxSession:
        """Load a vision stage, with each provider's options for it."""
        providers, their_options = _providers(stage, options)
        return OnnxSession(stage.path, providers, options.threads, provider_options=their_options)

    def kv_cache(self, stage: StageFile, capacity: int, options: RuntimeOptions) -> OnnxKVCache:
        """Load the decode stage with an empty cache of `capacity` rows."""
        providers, their_options = _providers(stage, options)
        return OnnxKVCache(
            stage.path, providers, options.threads, capacity, provider_options=their_options
        )


def _providers(stage: StageFile, options: RuntimeOptions) -> tuple[list[str], list[dict[str, str]]]:
    names = list(options.providers or (CPU,))
    return names, [options_of(name, options.provider_options, stage) for name in names]
