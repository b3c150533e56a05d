"""Readers that share the requests: as many at once as there are readers, some that wait, no more.

A reader serves one request at a time, so that answers are never mixed up and a document is freed
with its request. Work that takes too long cannot be stopped halfway; its reader comes back when it
is done, and until then others answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from pinpoint_edge.reader import PinPoint

if TYPE_CHECKING:
    from pinpoint_edge.commands.serve.metrics import Metrics

T = TypeVar("T")


class Busy(Exception):
    """All readers work and the queue is full."""


class Late(Exception):
    """A request took longer than it may."""


class Readers:
    """A pool of readers; `load` makes one, `queue` requests may wait for them."""

    def __init__(
        self, load: Callable[[], PinPoint], count: int, queue: int, metrics: Metrics
    ) -> None:
        self._load, self._count, self._queue, self._metrics = load, count, queue, metrics
        self._free: asyncio.Queue[PinPoint] = asyncio.Queue()
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="reader")
        self._all: list[PinPoint] = []
        self._requests = 0

    async def start(self) -> None:
        """Load the readers; raises PinPointError."""
        loop = asyncio.get_running_loop()
        for _ in range(self._count):
            reader = await loop.run_in_executor(self._threads, self._load)
            self._all.append(reader)
            self._free.put_nowait(reader)

    async def run(self, work: Callable[[PinPoint], T], timeout: float) -> T:
        """Run the work on the next free reader; raises Busy, Late, and what the work raises."""
        if self._requests >= self._count + self._queue:
            raise Busy("All readers work and the queue is full: try again in a few seconds.")
        self._requests += 1
        self._metrics.waiting.set(self._requests)
        late = Late(
            f"The request took more than {timeout:.0f} seconds: send fewer or smaller pages."
        )
        try:
            async with asyncio.timeout(timeout) as limit:
                reader = await self._free.get()
                running = asyncio.get_running_loop().run_in_executor(self._threads, work, reader)
                running.add_done_callback(lambda _: self._free.put_nowait(reader))
                return await asyncio.shield(running)
        except TimeoutError as error:
            if limit.expired():
                raise late from error
            raise
        finally:
            self._requests -= 1
            self._metrics.waiting.set(self._requests)

    def state(self) -> dict[str, int]:
        """Return how many readers there are and are free, and how many requests are here."""
        return {"readers": self._count, "free": self._free.qsize(), "requests": self._requests}

    async def close(self) -> None:
        """Free the readers when the work that runs is done."""
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)
        for reader in self._all:
            reader.close()
