"""The reference runtime: a torch module run eagerly."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_runtimes.errors import BackendMissing, SessionError
from pinpoint_runtimes.session import (
    Array,
    TensorSpec,
    check_feeds,
    check_rows,
    check_truncation,
)

try:
    import torch
except ImportError as error:
    raise BackendMissing(
        "The torch runtime needs torch; run `pip install pinpoint-edge-export`."
    ) from error


def _tensor(array: Array) -> torch.Tensor:
    return torch.from_numpy(np.array(array, order="C"))


class TorchSession:
    """A stage as a torch module whose positional arguments are `inputs`, in order."""

    def __init__(
        self,
        module: torch.nn.Module,
        inputs: Sequence[TensorSpec],
        outputs: Sequence[TensorSpec],
        name: str | None = None,
    ) -> None:
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        self._where = name or f"torch module {type(module).__name__}"
        self._module: torch.nn.Module | None = module.eval()

    def run(self, feeds: Mapping[str, Array]) -> dict[str, Array]:
        """Run the module without gradients; see `Session.run`."""
        if self._module is None:
            raise SessionError(f"{self._where}: the session is closed.")
        check_feeds(self._where, self.inputs, feeds)
        with torch.inference_mode():
            result = self._module(*(_tensor(feeds[spec.name]) for spec in self.inputs))
        tensors = (result,) if isinstance(result, torch.Tensor) else tuple(result)
        return {
            spec.name: tensor.numpy().copy()
            for spec, tensor in zip(self.outputs, tensors, strict=True)
        }

    def close(self) -> None:
        """Free the module."""
        self._module = None


class TorchKVCache:
    """The decode stage as a torch module with `forward(ids, visual, position, *kv)`.

    The module also gives its empty caches (`empty_cache(capacity)`) and, in `config`, `vocabulary`
    and `width`.
    """

    def __init__(self, module: Any, capacity: int = 1024) -> None:
        self.capacity, self.length = capacity, 0
        self._where = f"torch module {type(module).__name__}"
        self._module = module.eval()
        self._kv: list[torch.Tensor] = module.empty_cache(capacity)

    @property
    def module(self) -> Any:
        """The decode stage itself, whose attention no artifact gives."""
        return self._module

    def run(self, ids: Array, visual: Array) -> NDArray[np.float32]:
        """Append rows; see `KVCache.run`."""
        if self._module is None:
            raise SessionError(f"{self._where}: the cache is closed.")
        config = self._module.config
        check_rows(
            self._where,
            ids,
            visual,
            vocabulary=config.vocabulary,
            width=config.width,
            free_rows=self.capacity - self.length,
        )
        if not visual.size:
            visual = np.zeros((1, config.width), np.float32)
        position = torch.tensor([self.length], dtype=torch.int32)
        with torch.inference_mode():
            logits, *self._kv = self._module(
                _tensor(ids[None]), _tensor(visual), position, *self._kv
            )
        self.length += ids.size
        return np.array(logits[0].numpy(), dtype=np.float32)

    def truncate(self, length: int) -> None:
        """Forget all rows from `length` on."""
        check_truncation(self._where, length, self.length)
        self.length = length

    def close(self) -> None:
        """Free the module and the state."""
        self._module, self._kv = None, []
