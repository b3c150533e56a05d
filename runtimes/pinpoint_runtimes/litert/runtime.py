"""LiteRT (TensorFlow Lite): stages as .tflite files with a signature for each size.

The decode stage takes its caches as inputs and returns only the new rows. Inputs keep their
contents between runs, so the caches stay in place and only the new rows are written.
"""

from collections.abc import Iterator, Mapping

from pinpoint_runtimes.chunks import Chunk
from pinpoint_runtimes.errors import SessionError
from pinpoint_runtimes.kv_cache import ROW_INPUTS, ChunkedKVCache
from pinpoint_runtimes.litert.model_file import (
    AGAIN,
    LitertSignature,
    backend,
    open_file,
    open_signatures,
    signature_name,
)
from pinpoint_runtimes.runtime import RuntimeOptions, StageFile
from pinpoint_runtimes.session import Array, FeedCheck

__all__ = ["LitertKVCache", "LitertRuntime", "LitertSession", "signature_name"]

STATE_PREFIX = "next_"  # the new rows of the cache `key_0` are the output `next_key_0`


class LitertSession:
    """A vision stage; or the decode stage, with its caches among the feeds.

    Args:
        stage: the file and its contract.
        threads: threads of one operator; one when None.

    Raises:
        SessionError: the file cannot be loaded, or is not the stage of the contract.
        BackendMissing: LiteRT is not installed.
    """

    def __init__(self, stage: StageFile, threads: int | None = None) -> None:
        self.inputs, self.outputs = stage.inputs, stage.outputs
        self._stage, self._threads = stage, threads
        self._signatures = open_signatures(stage, open_file(stage.path, threads))
        self._check = FeedCheck(str(stage.path), stage.inputs, stage.buckets, signature_name)

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Run the stage; see `Session.run`."""
        signature = self._signatures[self._signature_of(feeds)]
        signature.run(feeds)
        return {spec.name: signature.output(spec.name) for spec in self.outputs}

    def trace(self, feeds: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
        """Run the stage and give name and value of every computed tensor, in the graph's order.

        The file is loaded again without the XNNPACK delegate, which hides the inner tensors; the
        plain kernels may round in another order.
        """
        name = self._signature_of(feeds)
        interpreter = open_file(self._stage.path, self._threads, keep_all=True)
        signature = LitertSignature(self._stage.path, interpreter, name)
        signature.run(feeds)
        yield from signature.computed()

    def _signature_of(self, feeds: Mapping[str, Array]) -> str:
        if not self._signatures:
            raise SessionError(f"{self._stage.path}: the session is closed.")
        return self._check(feeds)

    def close(self) -> None:
        """Free the stage."""
        self._signatures = {}


class LitertKVCache(ChunkedKVCache):
    """The decode stage and its caches, which lie in the inputs of its signatures.

    Every signature has inputs of its own; new rows are written to those of all.

    Args:
        stage: the file and its contract, whose buckets are the q it takes, 1 among them.
        capacity: rows needed; the file's own number counts.
        threads: threads of one operator; one when None.

    Raises:
        SessionError: the file cannot be loaded, is no decode stage or has fewer rows.
        BackendMissing: LiteRT is not installed.
    """

    def __init__(self, stage: StageFile, capacity: int, threads: int | None = None) -> None:
        inputs = {spec.name: spec for spec in stage.inputs}
        outputs = {spec.name for spec in stage.outputs}
        self._caches = [name for name in inputs if STATE_PREFIX + name in outputs]
        sizes = [sizes["q"] for sizes in stage.buckets if list(sizes) == ["q"]]
        needed = inputs.keys() >= {*ROW_INPUTS} and "logits" in outputs
        if not (self._caches and needed and 1 in sizes):
            raise SessionError(
                f"{stage.path}: this is no decode stage: it needs {', '.join(ROW_INPUTS)}, "
                f"caches with their {STATE_PREFIX}* rows, and single steps; {AGAIN}"
            )
        rows = int(inputs[self._caches[0]].shape[2])
        super().__init__(stage, sizes=sizes, rows=rows, capacity=capacity)
        self._signatures = open_signatures(stage, open_file(stage.path, threads))
        for signature in self._signatures.values():
            signature.allocate()
            for name in self._caches:
                signature.view(name).fill(0)  # masked rows must be finite

    def _append(self, chunk: Chunk, position: int) -> Array:
        signature = self._signatures[signature_name({"q": chunk.size})]
        signature.run(chunk.feeds(position))
        for name in self._caches:
            rows = signature.output(STATE_PREFIX + name)[:, :, : chunk.valid]
            for other in self._signatures.values():
                other.view(name)[:, :, position : position + chunk.valid] = rows
        return signature.output("logits")

    def close(self) -> None:
        """Free the stage and its caches."""
        super().close()
        self._signatures = {}


class LitertRuntime:
    """LiteRT on the CPU; see `Runtime`."""

    name = "litert"
    targets: tuple[str, ...] = ("litert",)

    def check(self) -> None:
        """Raise BackendMissing unless ai-edge-litert, or a tflite-runtime that works, is here."""
        backend()

    def session(self, stage: StageFile, options: RuntimeOptions) -> LitertSession:
        """Load a vision stage."""
        return LitertSession(stage, options.threads)

    def kv_cache(self, stage: StageFile, capacity: int, options: RuntimeOptions) -> LitertKVCache:
        """Load the decode stage with an empty cache."""
        return LitertKVCache(stage, capacity, options.threads)
