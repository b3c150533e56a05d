"""A KV cache that passes everything on to another: what watches one adds a line to `run`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinpoint_runtimes import KVCache


class PassingCache:
    """A `KVCache` that is another one, for a subclass to watch."""

    def __init__(self, cache: KVCache) -> None:
        self.capacity, self.length = cache.capacity, cache.length
        self._cache = cache

    def run(self, ids: NDArray[Any], visual: NDArray[Any]) -> NDArray[np.float32]:
        """Run rows; see `KVCache.run`."""
        logits = self._cache.run(ids, visual)
        self.length = self._cache.length
        return logits

    def truncate(self, length: int) -> None:
        """Forget rows; see `KVCache.truncate`."""
        self._cache.truncate(length)
        self.length = self._cache.length

    def close(self) -> None:
        """Free the other cache."""
        self._cache.close()
