"""The interface of every runtime: a `Session` runs a stage, a `KVCache` the decode stage."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pinpoint_runtimes.errors import CacheFull, SessionError

Array = NDArray[Any]
REMEMBERED = 256  # forms of feeds; a stage of free sizes can get many


@dataclass(frozen=True)
class TensorSpec:
    """One named tensor of a stage."""

    name: Annotated[str, "Name of the tensor in the graph."]
    dtype: Annotated[str, "uint8, int32, int64, float16 or float32."]
    shape: Annotated[tuple[int | str, ...], "Sizes; a string is a free dimension, e.g. w or w/4."]


class Session(Protocol):
    """One stage, loaded."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Run the stage; the outputs are copies. Raises SessionError for a feed that misfits."""
        ...

    def close(self) -> None:
        """Free the stage; running it afterwards raises SessionError."""
        ...


class KVCache(Protocol):
    """The decode stage together with its state."""

    capacity: int
    length: int

    def run(self, ids: Array, visual: Array) -> NDArray[np.float32]:
        """Append q rows and return the logits f32 (vocabulary,) that follow the last one.

        Args:
            ids: i32 (q,); an id >= vocabulary picks the visual token `id - vocabulary`.
            visual: f32 (V, width); V may be 0.

        Raises:
            SessionError: a feed misfits, or an id picks a visual token that is not there.
            CacheFull: fewer than q rows are free; the state is as before.
        """
        ...

    def truncate(self, length: int) -> None:
        """Forget all rows from `length` on."""
        ...

    def close(self) -> None:
        """Free the stage and its state."""
        ...


def bucket_name(sizes: Mapping[str, int]) -> str:
    """Return the name of a bucket by its sizes of the free dimensions: "H960_W736"."""
    return "_".join(f"{name}{size}" for name, size in sizes.items()) or "forward"


def check_bucket(
    where: str, sizes: Mapping[str, int], buckets: Sequence[Mapping[str, int]]
) -> None:
    """Raise SessionError unless a stage of fixed sizes was lowered for these."""
    if buckets and dict(sizes) not in [dict(bucket) for bucket in buckets]:
        known = ", ".join(map(bucket_name, buckets))
        raise SessionError(
            f"{where}: it was not lowered for {bucket_name(sizes)}; its sizes are {known}."
        )


def check_feeds(
    where: str, inputs: Sequence[TensorSpec], feeds: Mapping[str, Array]
) -> dict[str, int]:
    """Raise SessionError unless `feeds` holds exactly the inputs, with their dtypes and shapes.

    A free dimension takes any size, the same one for all tensors that name it. The sizes are
    returned in the order of their first names. `where` names the stage.
    """
    expected = [spec.name for spec in inputs]
    for name in expected:
        if name not in feeds:
            raise SessionError(f"{where}: input {name} is missing; it takes {', '.join(expected)}.")
    for name in feeds:
        if name not in expected:
            raise SessionError(f"{where}: no input {name}; it takes {', '.join(expected)}.")
    free: dict[str, int] = {}
    for spec in inputs:
        array = feeds[spec.name]
        if array.dtype.name != spec.dtype:
            raise SessionError(
                f"{where}: input {spec.name} must be {spec.dtype}, got {array.dtype.name}."
            )
        fits = len(array.shape) == len(spec.shape) and all(
            size == (free.setdefault(wanted, size) if isinstance(wanted, str) else wanted)
            for size, wanted in zip(array.shape, spec.shape, strict=False)
        )
        if not fits:
            wanted = tuple(free.get(d, d) if isinstance(d, str) else d for d in spec.shape)
            shape = ", ".join(map(str, wanted))
            raise SessionError(
                f"{where}: input {spec.name} must have shape ({shape}), got {array.shape}."
            )
    return free


class FeedCheck:
    """Finds the bucket of feeds by name; raises as `check_feeds` and `check_bucket`.

    Known types and shapes are only compared: after a stage of a millisecond, whose weights fill the
    processor's caches, a line of Python takes ten times as long as in a loop.
    """

    def __init__(
        self,
        where: str,
        inputs: Sequence[TensorSpec],
        buckets: Sequence[Mapping[str, int]] = (),
        name: Callable[[Mapping[str, int]], str] = bucket_name,
    ) -> None:
        self._where, self._inputs, self._buckets, self._name = where, inputs, buckets, name
        self._names = [spec.name for spec in inputs]
        self._right: dict[tuple[Any, ...], str] = {}

    def __call__(self, feeds: Mapping[str, Array]) -> str:
        """Return the name, made of the sizes of the free dimensions."""
        try:
            arrays = [feeds[name] for name in self._names]
        except KeyError:
            arrays = []  # the check below names it
        form = (len(feeds), *[(array.dtype, array.shape) for array in arrays])
        found = self._right.get(form)
        if found is None:
            sizes = check_feeds(self._where, self._inputs, feeds)
            check_bucket(self._where, sizes, self._buckets)
            if len(self._right) == REMEMBERED:
                self._right.clear()
            found = self._right[form] = self._name(sizes)
        return found


def check_rows(
    where: str, ids: Array, visual: Array, *, vocabulary: int, width: int, free_rows: int
) -> None:
    """Raise unless `ids` i32 (q,) and `visual` f32 (V, width) may be appended to a KV cache."""
    if ids.dtype != np.int32 or ids.ndim != 1 or not ids.size:
        raise SessionError(
            f"{where}: ids must be int32 (q,) with q >= 1, got {ids.dtype.name} {ids.shape}."
        )
    if visual.dtype != np.float32 or visual.ndim != 2 or visual.shape[1] != width:
        raise SessionError(
            f"{where}: visual must be float32 (V, {width}), got {visual.dtype.name} {visual.shape}."
        )
    end = vocabulary + visual.shape[0]
    if int(ids.min()) < 0 or int(ids.max()) >= end:
        wrong = int(ids.min()) if int(ids.min()) < 0 else int(ids.max())
        raise SessionError(
            f"{where}: id {wrong} is outside 0..{end - 1} ({vocabulary} tokens and "
            f"{visual.shape[0]} visual tokens)."
        )
    if ids.size > free_rows:
        raise CacheFull(
            f"{where}: {ids.size} rows do not fit, {free_rows} are free; choose fewer "
            "regions (coverage, token budget), ask a shorter question, or take a bundle with a "
            "larger cache."
        )


def check_truncation(where: str, length: int, current: int) -> None:
    """Raise SessionError unless 0 <= length <= current."""
    if not 0 <= length <= current:
        raise SessionError(f"{where}: cannot truncate {current} rows to {length}.")
