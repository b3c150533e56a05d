"""The service against the library: the time of a warm question, many clients, and its memory.

A service of the bundle is started as its own process. Requests and calls of the library take turns,
so that their ratio holds on a busy machine; then clients ask side by side.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pinpoint_edge.commands.group import check_installed
from pinpoint_edge.errors import BackendError
from pinpoint_edge.evaluation.metrics import INSTALL_BENCH
from pinpoint_edge.reader import PinPoint

WARM = 3  # turns that load and allocate, not counted
SETTLED = 0.1  # share of the requests after which memory counts as that of a warm service


@dataclass
class ServiceFigures:
    """What was measured.

    `service_ms`, `library_ms`: median and 95th percentile of a warm question at one client;
    `p95_ratio`: of the two. `statuses`: requests by HTTP status; `wrong`: answers that differ from
    the library's. `warm_bytes`, `end_bytes`: resident memory of the service, once warm and at last.
    """

    service_ms: dict[str, float] = field(default_factory=dict)
    library_ms: dict[str, float] = field(default_factory=dict)
    p95_ratio: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)
    wrong: int = 0
    requests: int = 0
    clients: int = 0
    per_second: float = 0.0
    warm_bytes: int = 0
    end_bytes: int = 0


def measure(
    bundle: str,
    page: Path,
    question: str,
    *,
    runs: int = 50,
    requests: int = 200,
    clients: int = 20,
    readers: int = 1,
    threads: int = 1,
    on_done: Callable[[str], None] = lambda name: None,
) -> ServiceFigures:
    """Time `runs` turns at one client, then send `requests` by `clients` side by side.

    Raises BackendError without psutil or when the service does not start, and what loading and
    asking raise.
    """
    check_installed("psutil", "The service under load", INSTALL_BENCH)
    import psutil

    content = page.read_bytes()
    figures = ServiceFigures(requests=requests, clients=clients)
    options = ["--readers", str(readers), "--threads", str(threads), "--queue", str(clients)]
    with PinPoint.load(bundle, threads=threads) as reader, _service(bundle, options) as served:
        address, process = served
        expected = reader.open(content).ask(question).text
        times: tuple[list[float], list[float]] = ([], [])

        def ask(_: int) -> tuple[int, str | None]:
            return _post(f"{address}/v1/ask", content, question)

        for turn in range(runs + WARM):
            for which in (0, 1) if turn % 2 else (1, 0):
                start = time.perf_counter()
                if which == 0:
                    ask(turn)
                else:
                    reader.open(content).ask(question)
                if turn >= WARM:
                    times[which].append((time.perf_counter() - start) * 1e3)
            on_done("turn")
        figures.service_ms, figures.library_ms = map(_spread, times)
        figures.p95_ratio = figures.service_ms["p95"] / figures.library_ms["p95"]
        watched = psutil.Process(process.pid)
        start = time.perf_counter()
        found: Counter[str] = Counter()
        with ThreadPoolExecutor(clients) as pool:
            for number, (status, text) in enumerate(pool.map(ask, range(requests))):
                found[str(status)] += 1
                figures.wrong += status == 200 and text != expected
                if number == int(requests * SETTLED):
                    figures.warm_bytes = watched.memory_info().rss
                on_done("request")
        figures.per_second = requests / (time.perf_counter() - start)
        figures.statuses = dict(found)
        figures.end_bytes = watched.memory_info().rss
    return figures


def _spread(times: list[float]) -> dict[str, float]:
    return {"median": float(np.median(times)), "p95": float(np.percentile(times, 95))}


@contextmanager
def _service(bundle: str, options: list[str]) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A service of the bundle on a free port: its address and its process."""
    command = [sys.executable, "-m", "pinpoint_edge.commands.cli", "serve", bundle, "--port", "0"]
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if match := re.search(r"http://[\w.:\[\]]+", line):
                yield match[0].rstrip("/"), process
                return
        raise BackendError(f"The service of {bundle} did not start; try `pinpoint serve {bundle}`.")
    finally:
        process.terminate()
        process.wait(30)


def _post(address: str, page: bytes, question: str) -> tuple[int, str | None]:
    """Ask by HTTP; returns the status and the answer's text."""
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="question"\r\n\r\n{question}\r\n'
    file = f'--{boundary}\r\nContent-Disposition: form-data; name="page"; filename="page"\r\n\r\n'
    body = head.encode() + file.encode() + page + f"\r\n--{boundary}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    try:
        with urllib.request.urlopen(urllib.request.Request(address, body, kind)) as response:
            return response.status, json.load(response)["text"]
    except urllib.error.HTTPError as error:
        return error.code, None
