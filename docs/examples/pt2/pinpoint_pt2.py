"""A worked example: stages as torch.export archives (`.pt2`), and the runtime that runs them.

See docs/porting-a-target.md. Load only archives that you made: torch reads them with its own code.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pinpoint_export.targets import DECODE_ROWS, NO_PROVIDERS, STATE_CAPACITY, Artifact, StageCost
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.decoder.stateful import StatefulDecoder
from pinpoint_models.stages import StageProgram
from pinpoint_quantization import Recipe
from pinpoint_runtimes import SessionError, TensorSpec
from pinpoint_runtimes.chunks import chunks
from pinpoint_runtimes.runtime import RuntimeOptions, StageFile
from pinpoint_runtimes.session import check_bucket, check_feeds, check_rows, check_truncation

Array = NDArray[Any]


class Pt2Target:
    """Lowers stages to torch.export archives; see `Target`."""

    name = "pt2"
    extra = ""
    delegates: tuple[str, ...] = ()
    kv_form = "state"
    kv_capacity = STATE_CAPACITY
    providers = NO_PROVIDERS

    def requires(self) -> tuple[str, ...]:
        return ("torch",)

    def tools(self) -> tuple[str, ...]:
        return ("torch",)

    def runtime(self) -> str | None:
        return "pt2"

    def supports(self, stage: str, recipe: Recipe) -> str | None:
        weights = recipe.stages[stage].weights
        return None if weights == "float32" else f"pt2 keeps float32 weights, not {weights}"

    def estimate(self, program: StageProgram, recipe: Recipe) -> StageCost:
        weights, _ = program.weights()
        return StageCost(size=weights, memory=700_000_000 + 3 * weights, seconds=15.0)

    def lower(self, program: StageProgram, recipe: Recipe, out_dir: Path) -> Artifact:
        name = f"{program.name}.pt2"
        if not isinstance(program.module, Decoder):
            shapes = [_free(program, spec) for spec in program.inputs]
            _save(program.module, program.example(), shapes, out_dir / name)
            return Artifact.of(program, out_dir, [name])
        # The caches live inside: a program with state takes neither them nor a free capacity.
        width, vocabulary = program.module.config.width, program.module.config.vocabulary
        inputs = {
            "ids": torch.zeros(1, 8, dtype=torch.int32),
            "visual": torch.zeros(8, width),
            "position": torch.zeros(1, dtype=torch.int32),
            "valid": torch.full((1,), 8, dtype=torch.int32),
        }
        rows = torch.export.Dim.DYNAMIC(min=1, max=max(DECODE_ROWS))
        module = StatefulDecoder(program.module, self.kv_capacity)
        _save(module, inputs, [{1: rows}, {0: rows}, None, None], out_dir / name)
        return Artifact.of(
            program,
            out_dir,
            [name],
            inputs=(
                TensorSpec("ids", "int32", (1, "q")),
                TensorSpec("visual", "float32", ("q", width)),
                TensorSpec("position", "int32", (1,)),
                TensorSpec("valid", "int32", (1,)),
            ),
            outputs=(TensorSpec("logits", "float32", (1, vocabulary)),),
            buckets=(),
        )


def _free(program: StageProgram, spec: TensorSpec) -> dict[int, Any] | None:
    """Return torch.export's view of a tensor's free dimensions."""
    most = {name: limits[1] for name, limits in program.free_dims().items()}
    free = {
        axis: torch.export.Dim.DYNAMIC(min=1, max=16 * most[size])
        for axis, size in enumerate(spec.shape)
        if isinstance(size, str)
    }
    return free or None


def _save(
    module: torch.nn.Module, inputs: Mapping[str, torch.Tensor], shapes: list[Any], path: Path
) -> None:
    with torch.no_grad():
        program = torch.export.export(
            module, tuple(inputs.values()), dynamic_shapes=tuple(shapes), strict=False
        )
    for node in program.graph.nodes:  # source lines would name this machine's folders
        node.meta.pop("stack_trace", None)
        node.meta.pop("nn_module_stack", None)
    buffer = io.BytesIO()  # a file's own name would be inside its archive
    torch.export.save(program, buffer)
    path.write_bytes(buffer.getvalue())


class Pt2Session:
    """A stage in a .pt2 archive; see `Session`."""

    def __init__(self, stage: StageFile) -> None:
        self.inputs, self.outputs = stage.inputs, stage.outputs
        self._stage = stage
        self._module: torch.nn.Module | None = _load(stage.path)

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Run the stage."""
        where = str(self._stage.path)
        if self._module is None:
            raise SessionError(f"{where}: the session is closed.")
        check_bucket(where, check_feeds(where, self.inputs, feeds), self._stage.buckets)
        with torch.inference_mode():
            result = self._module(*(torch.from_numpy(feeds[s.name].copy()) for s in self.inputs))
        tensors = (result,) if isinstance(result, torch.Tensor) else tuple(result)
        return {s.name: t.numpy().copy() for s, t in zip(self.outputs, tensors, strict=True)}

    def close(self) -> None:
        """Free the stage."""
        self._module = None


class Pt2KVCache:
    """The decode stage with its caches inside; see `KVCache`."""

    def __init__(self, stage: StageFile, capacity: int) -> None:
        self._session = Pt2Session(stage)
        self._where = str(stage.path)
        self.capacity, self.length = STATE_CAPACITY, 0
        if capacity > self.capacity:
            raise SessionError(f"{self._where}: its cache has {self.capacity} rows, not {capacity}")
        self._vocabulary = int(stage.outputs[0].shape[1])
        self._width = int(stage.inputs[1].shape[1])

    def run(self, ids: Array, visual: Array) -> Array:
        """Append rows and return the logits that follow the last one."""
        sizes = {"vocabulary": self._vocabulary, "width": self._width}
        free = self.capacity - self.length
        check_rows(self._where, ids, visual, free_rows=free, **sizes)
        for chunk in chunks(ids, visual, vocabulary=self._vocabulary, sizes=DECODE_ROWS, free=free):
            feeds = {
                "ids": chunk.ids,
                "visual": chunk.visual,
                "position": np.array([self.length], np.int32),
                "valid": np.array([chunk.valid], np.int32),
            }
            logits = self._session.run(feeds)["logits"][0]
            self.length += chunk.valid
        return logits

    def truncate(self, length: int) -> None:
        """Forget all rows from `length` on."""
        check_truncation(self._where, length, self.length)
        self.length = length

    def close(self) -> None:
        """Free the stage."""
        self._session.close()


class Pt2Runtime:
    """torch.export archives as a `Runtime`."""

    name = "pt2"
    targets = ("pt2",)

    def check(self) -> None:
        """Do nothing: this module cannot be imported without torch."""

    def session(self, stage: StageFile, options: RuntimeOptions) -> Pt2Session:
        """Load a vision stage."""
        return Pt2Session(stage)

    def kv_cache(self, stage: StageFile, capacity: int, options: RuntimeOptions) -> Pt2KVCache:
        """Load the decode stage with an empty cache."""
        return Pt2KVCache(stage, capacity)


def _load(path: Path) -> torch.nn.Module:
    try:
        return torch.export.load(path).module()
    except Exception as error:  # torch raises many unrelated types for a broken archive
        raise SessionError(f"{path} is no torch.export archive: {error}") from error
