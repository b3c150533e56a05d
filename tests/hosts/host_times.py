"""Print the processor time of the host steps of one page and question, and of the stages.

    python tests/hosts/host_times.py BUNDLE PAGE.png QUESTION ROUNDS

web_demo/tools/host_times.mjs and HostTimes.kt of core-ort print the same of the other hosts.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pinpoint_edge import Bundle, PinPoint
from pinpoint_edge.runtime.bundle_source import BundleSource
from pinpoint_runtimes import KVCache, Session


class TimedSource:
    """Sums the processor time of the stages, which run on one thread: the calling one."""

    def __init__(self, inner: BundleSource) -> None:
        self.inner = inner
        self.spent = 0.0

    def session(self, stage: str) -> Session:
        session = self._timed(self.inner.session)(stage)
        session.run = self._timed(session.run)  # type: ignore[method-assign]
        return session

    def kv_cache(self, capacity: int) -> KVCache:
        cache = self._timed(self.inner.kv_cache)(capacity)
        cache.run = self._timed(cache.run)  # type: ignore[method-assign]
        return cache

    def _timed(self, function: Any) -> Any:
        def run(*arguments: Any) -> Any:
            start = time.thread_time()
            try:
                return function(*arguments)
            finally:
                self.spent += time.thread_time() - start

        return run


def main() -> None:
    bundle, page, question, rounds = sys.argv[1:]
    image: NDArray[np.uint8] = np.asarray(Image.open(page).convert("RGB"))
    opened = Bundle.open(bundle)
    source = TimedSource(BundleSource(opened, threads=1))
    with PinPoint.from_bundle(opened, source) as reader:
        for number in range(int(rounds)):
            source.spent = 0.0
            start = time.thread_time()
            document = reader.open(image)
            read = time.thread_time() - start - source.spent
            start, before = time.thread_time(), source.spent
            answer = document.ask(question)
            asked = time.thread_time() - start - (source.spent - before)
            print(
                f"round {number + 1}: host {read * 1e3:.0f} ms to read, {asked * 1e3:.0f} ms to "
                f"ask; stages {source.spent * 1e3:.0f} ms: {answer.text}"
            )


if __name__ == "__main__":
    main()
