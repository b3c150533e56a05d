"""Core ML: stages as `.mlpackage`s on macOS 15 and later. Not measured here.

Conversions of inputs and outputs are plain functions, tested on real packages; `predict` itself
runs on Apple's systems only. Elsewhere the runtime `mil` evaluates the same packages.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from pinpoint_runtimes.chunks import Chunk
from pinpoint_runtimes.errors import BackendMissing, SessionError
from pinpoint_runtimes.kv_cache import ChunkedKVCache
from pinpoint_runtimes.mil.features import Feature, check_names, check_shapes, feature
from pinpoint_runtimes.runtime import RuntimeOptions, StageFile
from pinpoint_runtimes.session import Array, FeedCheck, TensorSpec

COMPUTE_UNITS = ("ALL", "CPU_ONLY", "CPU_AND_GPU", "CPU_AND_NE")
FLOATS = ("FLOAT16", "FLOAT32")


class CoreMLRuntime:
    """Runs the stages of the `coreml` target on Apple's own systems; macOS only.

    compute_units: where Core ML may run a stage, one of COMPUTE_UNITS; `RuntimeOptions.providers`
    may name another for a single stage.
    """

    name = "coreml"
    targets: tuple[str, ...] = ("coreml",)

    def __init__(self, compute_units: str = "ALL") -> None:
        self._compute_units = compute_units

    def check(self) -> None:
        """Raise BackendMissing unless this is macOS with coremltools installed."""
        if sys.platform != "darwin":
            raise BackendMissing(
                f"Core ML runs on macOS only and this is {sys.platform}; use `--runtime mil`, "
                "which evaluates the same packages on any machine."
            )
        if find_spec("coremltools") is None:
            raise BackendMissing(
                "The coreml runtime needs coremltools; run `pip install 'pinpoint-edge[coreml]'`."
            )

    def session(self, stage: StageFile, options: RuntimeOptions) -> CoreMLSession:
        """Load a vision stage; raises SessionError."""
        self.check()
        return CoreMLSession(stage, self._units(stage, options))

    def kv_cache(self, stage: StageFile, capacity: int, options: RuntimeOptions) -> CoreMLKVCache:
        """Load the decode stage with an empty cache; raises SessionError."""
        self.check()
        return CoreMLKVCache(stage, capacity, self._units(stage, options))

    def _units(self, stage: StageFile, options: RuntimeOptions) -> str:
        if options.threads is not None:
            raise SessionError(
                f"{stage.path}: Core ML chooses its threads itself; leave their number out."
            )
        units = options.providers[0] if options.providers else self._compute_units
        if units not in COMPUTE_UNITS:
            raise BackendMissing(
                f"Core ML has no compute units {units}; choose one of {', '.join(COMPUTE_UNITS)}."
            )
        return units


class CoreMLSession:
    """A vision stage. Raises SessionError when it cannot be loaded or is not of the contract."""

    def __init__(self, stage: StageFile, compute_units: str = "ALL") -> None:
        self.inputs, self.outputs = stage.inputs, stage.outputs
        self._where = str(stage.path)
        self._check = FeedCheck(self._where, stage.inputs, stage.buckets)
        self._model: Any = _load(stage, compute_units)
        self._features = check_description(stage, self._model.get_spec().description)

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Run the stage; see `Session.run`."""
        if self._model is None:
            raise SessionError(f"{self._where}: the session is closed.")
        self._check(feeds)
        found = _predict(self._model, self._where, to_predict(feeds, self._features))
        return from_predict(self._where, found, self.outputs)

    def close(self) -> None:
        """Free the model."""
        self._model = None


class CoreMLKVCache(ChunkedKVCache):
    """The decode stage, its keys and values in Core ML's states.

    Raises SessionError when it cannot be loaded, is no decode stage or holds fewer rows than
    `capacity`.
    """

    def __init__(self, stage: StageFile, capacity: int = 1, compute_units: str = "ALL") -> None:
        self._model: Any = _load(stage, compute_units)
        description = self._model.get_spec().description
        self._features = check_description(stage, description)
        rows = state_rows(str(stage.path), description)
        sizes = [bucket["q"] for bucket in stage.buckets]
        super().__init__(stage, sizes=sizes, rows=rows, capacity=capacity)
        self._outputs = stage.outputs
        self._state: Any = self._model.make_state()

    def _append(self, chunk: Chunk, position: int) -> Array:
        given = to_predict(chunk.feeds(position), self._features)
        found = _predict(self._model, self._where, given, self._state)
        return from_predict(self._where, found, self._outputs)["logits"]

    def close(self) -> None:
        """Free the model and its states."""
        super().close()
        self._model = self._state = None


def check_description(stage: StageFile, description: Any) -> dict[str, Feature]:
    """Compare a model's description with the stage's contract; return its inputs.

    Raises SessionError for another name, a type of another kind, or a size that is not enumerated.
    """
    where = str(stage.path)
    inputs = {message.name: feature(message) for message in description.input}
    check_names(where, "inputs", stage.inputs, list(inputs))
    check_names(where, "outputs", stage.outputs, [message.name for message in description.output])
    specs = {spec.name: spec for spec in (*stage.inputs, *stage.outputs)}
    for message in (*description.input, *description.output):
        array = message.type.multiArrayType
        if message.type.WhichOneof("Type") != "multiArrayType":
            continue  # an image; its sizes are checked below
        kind = array.ArrayDataType.Name(array.dataType)
        if (kind in FLOATS) == specs[message.name].dtype.startswith("int"):
            raise SessionError(
                f"{where}: its {message.name} is {kind.lower()}, the stage's "
                f"{specs[message.name].dtype}; it is of another stage or bundle."
            )
    for sizes in stage.buckets or ({},):
        check_shapes(where, stage.inputs, inputs, sizes)
    return inputs


def state_rows(where: str, description: Any) -> int:
    """Return the capacity of a decode stage: the third axis of all its states."""
    rows = {tuple(state.type.stateType.arrayType.shape)[2:3] for state in description.state}
    if len(rows) != 1 or () in rows:
        raise SessionError(f"{where}: this is no decode stage: it has no states of one capacity.")
    return int(rows.pop()[0])


def to_predict(feeds: Mapping[str, Array], features: Mapping[str, Feature]) -> dict[str, Any]:
    """Convert the feeds of the contract to the inputs of MLModel.predict.

    u8 (1, 3, H, W) becomes a PIL image where the model takes one, other u8 float32; the rest stays.
    """
    from PIL import Image

    given: dict[str, Any] = {}
    for name, array in feeds.items():
        if features[name].image is not None:
            given[name] = Image.fromarray(np.ascontiguousarray(array[0].transpose(1, 2, 0)))
        elif array.dtype == np.uint8:
            given[name] = array.astype(np.float32)
        else:
            given[name] = np.ascontiguousarray(array)
    return given


def from_predict(
    where: str, found: Mapping[str, Any], outputs: Sequence[TensorSpec]
) -> dict[str, Array]:
    """Copy the outputs of MLModel.predict in the dtypes of the contract."""
    missing = [spec.name for spec in outputs if spec.name not in found]
    if missing:
        raise SessionError(f"{where}: Core ML gave no {missing[0]}, only {', '.join(found)}.")
    return {spec.name: np.array(found[spec.name], dtype=spec.dtype) for spec in outputs}


def _load(stage: StageFile, compute_units: str) -> Any:
    import coremltools

    try:
        units = coremltools.ComputeUnit[compute_units]
        return coremltools.models.MLModel(str(stage.path), compute_units=units)
    except Exception as error:  # the framework's errors have no common type
        raise SessionError(f"{stage.path}: Core ML cannot load this stage: {error}") from error


def _predict(model: Any, where: str, given: dict[str, Any], state: Any = None) -> Any:
    try:
        return model.predict(given) if state is None else model.predict(given, state)
    except Exception as error:  # see _load
        raise SessionError(f"{where}: the stage failed to run: {error}") from error
