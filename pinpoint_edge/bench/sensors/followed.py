"""A program that prints figures for as long as it runs, followed in a thread."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from pinpoint_edge.bench.sensors.sensor import SensorStopped

FIRST_S = 5.0
STOPPED_S = 3.0
"""Seconds without a figure after which the program counts as stopped."""

T = TypeVar("T")


class Followed(Generic[T]):
    """The last figures of a program.

    Args:
        command: the program with its arguments.
        parse: returns the figures of a line, None for a line without any.

    Raises SensorStopped where no figure comes within FIRST_S, and OSError.
    """

    def __init__(self, command: Sequence[str], parse: Callable[[str], T | None]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            errors="replace",
        )  # fmt: skip
        self._parse = parse
        self._last: tuple[float, T] | None = None
        self._came = threading.Event()
        threading.Thread(target=self._follow, daemon=True).start()
        self._came.wait(FIRST_S)
        if self._last is None:
            self.close()
            raise SensorStopped("it shows no figure that is known here")

    def _follow(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            figures = self._parse(line)
            if figures is not None:
                self._last = time.monotonic(), figures
                self._came.set()
        self._came.set()

    def last(self) -> T:
        """Return the last figures; raises SensorStopped when no more come."""
        assert self._last is not None
        at, figures = self._last
        silent = time.monotonic() - at
        if silent > STOPPED_S:
            code = self._process.poll()
            end = "" if code is None else f"; it ended with exit code {code}"
            raise SensorStopped(f"no line came for {silent:.0f} s{end}")
        return figures

    def close(self) -> None:
        """End the program."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(2)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
