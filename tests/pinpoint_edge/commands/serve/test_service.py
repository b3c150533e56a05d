"""The service over HTTP: answers as the library's, limits, many clients, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn

from pinpoint_edge.commands.serve import app as service
from pinpoint_edge.document.extraction import Extraction
from pinpoint_edge.errors import InstructionError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
PAGE = b"any bytes: the reader is a stand-in"


class StandIn:
    """A reader whose answer is its question; "wait" lasts until it is released."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.running = threading.Semaphore(0)

    def open(self, pages: list[bytes], password: str | None) -> StandIn:
        assert pages
        return self

    def ask(self, question: str, **_: Any) -> Any:
        if question == "wait":
            self.running.release()
            assert self.release.wait(60)
        if question == "fail":
            raise InstructionError("The question is odd: ask another.")
        if question == "crash":
            raise RuntimeError("a secret path")
        values = {"text": question, "found": True, "confidence": 1.0, "page": 0, "boxes": []}
        values["value"] = None
        return SimpleNamespace(timings={"decode": 2.0}, to_json=lambda: values)

    def extract(self, fields: dict[str, Any], **limits: Any) -> Any:
        if fields.get("type") == "object":
            answers = {name: self.ask(name, **limits) for name in fields["properties"]}
            return Extraction(dict.fromkeys(answers, 1), answers)
        return {name: self.ask(question, **limits) for name, question in fields.items()}

    def close(self) -> None:
        self.release.set()


class Served:
    """A running service; `readers` are its stand-ins."""

    def __init__(
        self,
        bundle: Path,
        monkeypatch: pytest.MonkeyPatch,
        *,
        stand_in: bool = True,
        **settings: Any,
    ) -> None:
        self.readers: list[StandIn] = []
        if stand_in:
            monkeypatch.setattr(service.PinPoint, "load", self._load)
        run_on: Any = {"runtime": None, "threads": None, "providers": None}
        given = {"page": None, "readers": 1, "queue": 40, "timeout": 60, "max_bytes": 10**6}
        hosts = ("127.0.0.1",)
        app = service.make_app(bundle, run_on, service.Settings(hosts, **{**given, **settings}))
        config = uvicorn.Config(app, port=0, log_level="warning")
        self._server = uvicorn.Server(config)
        self._socket = config.bind_socket()
        self._socket.listen()
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._thread.start()

    def _load(self, *_: object, **__: object) -> StandIn:
        self.readers.append(StandIn())
        return self.readers[-1]

    def close(self) -> None:
        for reader in self.readers:
            reader.close()
        self._server.should_exit = True
        self._thread.join(30)
        self._socket.close()

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        return self._answer(urllib.request.Request(self.address + path, headers=headers))

    def post(self, path: str, parts: dict[str, str | bytes], **headers: str) -> tuple[int, Any]:
        boundary = uuid.uuid4().hex
        body = b""
        for name, value in parts.items():
            file = '; filename="p.jpg"' if isinstance(value, bytes) else ""
            body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}'.encode()
            body += b"\r\n\r\n" + (value if isinstance(value, bytes) else value.encode()) + b"\r\n"
        body += f"--{boundary}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        request = urllib.request.Request(self.address + path, body, {**kind, **headers})
        status, answer = self._answer(request)
        return status, json.loads(answer)

    def ask(self, question: str) -> tuple[int, Any]:
        return self.post("/v1/ask", {"page": PAGE, "question": question})

    @staticmethod
    def _answer(request: urllib.request.Request) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


@pytest.fixture
def served(small_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    found = Served(small_bundle, monkeypatch)
    yield found
    found.close()


def test_an_answer_has_the_keys_of_the_command(served: Served) -> None:
    status, answer = served.ask("What is the total?")
    assert (status, answer["text"], answer["page"]) == (200, "What is the total?", 0)
    fields = json.dumps({"total": "Total?", "date": "Date?"})
    status, answer = served.post("/v1/extract", {"page": PAGE, "fields": fields})
    assert status == 200
    assert {name: field["text"] for name, field in answer["fields"].items()} == {
        "total": "Total?", "date": "Date?",
    }  # fmt: skip


def test_twenty_clients_get_their_own_answers(
    small_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = Served(small_bundle, monkeypatch, readers=2)
    try:
        questions = [f"question {number}?" for number in range(200)]
        with ThreadPoolExecutor(20) as clients:
            answers = list(clients.map(served.ask, questions))
        assert [status for status, _ in answers] == [200] * len(questions)
        assert [answer["text"] for _, answer in answers] == questions
        assert json.loads(served.get("/health")[1])["free"] == 2
    finally:
        served.close()


def test_more_than_the_queue_holds_is_told_to_come_back(
    small_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = Served(small_bundle, monkeypatch, queue=0)
    try:
        with ThreadPoolExecutor(1) as clients:
            waiting = clients.submit(served.ask, "wait")
            while not served.readers:  # loaded when the service starts
                time.sleep(0.01)
            assert served.readers[0].running.acquire(timeout=60)
            status, answer = served.ask("Total?")
            assert (status, answer["error"]["code"]) == (429, "busy")
            served.readers[0].release.set()
            assert waiting.result()[0] == 200
        assert served.ask("Total?")[0] == 200
    finally:
        served.close()


def test_what_takes_too_long_ends_and_its_reader_comes_back(
    small_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = Served(small_bundle, monkeypatch, timeout=0.2)
    try:
        status, answer = served.ask("wait")
        assert (status, answer["error"]["code"]) == (503, "timeout")
        served.readers[0].release.set()
        assert served.ask("wait")[0] in (200, 503)  # the first may not be done yet
    finally:
        served.close()


@pytest.mark.parametrize(
    ("path", "parts", "status", "code"),
    [
        ("/v1/ask", {"question": "Total?"}, 422, "page"),
        ("/v1/ask", {"page": PAGE}, 422, "data"),
        ("/v1/ask", {"page": PAGE, "question": " "}, 422, "instruction"),
        ("/v1/ask", {"page": PAGE, "question": "Total?", "coverage": "much"}, 422, "option"),
        ("/v1/ask", {"page": PAGE, "question": "fail"}, 422, "instruction"),
        ("/v1/ask", {"page": PAGE, "question": "crash"}, 500, "internal"),
        ("/v1/ask", {"page": bytes(2 * 10**6), "question": "Total?"}, 413, "size"),
        ("/v1/extract", {"page": PAGE}, 422, "data"),
        ("/v1/extract", {"page": PAGE, "fields": '{"a": "x"}', "schema": "{}"}, 422, "data"),
        ("/v1/extract", {"page": PAGE, "schema": '{"type": "array"}'}, 422, "data"),
        ("/v1/extract", {"page": PAGE, "fields": "{"}, 422, "data"),
        ("/v1/extract", {"page": PAGE, "fields": "{}"}, 422, "data"),
        ("/v1/extract", {"page": PAGE, "fields": '{"a": 1}'}, 422, "data"),
        ("/v1/extract", {"page": PAGE, "fields": '{"a": "x", "a": "y"}'}, 422, "data"),
    ],
)
def test_what_is_wrong_is_said(
    served: Served, path: str, parts: dict[str, Any], status: int, code: str
) -> None:
    found, answer = served.post(path, parts)
    assert (found, answer["error"]["code"]) == (status, code)
    assert "secret" not in answer["error"]["message"]


def test_a_schema_gives_data_and_what_it_is_made_of(served: Served) -> None:
    schema = {"type": "object", "properties": {"total": {"type": "number"}}}
    status, found = served.post("/v1/extract", {"page": PAGE, "schema": json.dumps(schema)})
    assert status == 200
    assert found["data"] == {"total": 1}
    assert found["unfit"] == {}
    assert found["fields"]["total"]["text"] == "total"


def test_pages_of_other_sites_may_not_ask(served: Served) -> None:
    parts: dict[str, str | bytes] = {"page": PAGE, "question": "Total?"}
    assert served.post("/v1/ask", parts, **{"Sec-Fetch-Site": "cross-site"})[0] == 403
    assert served.get("/health", Host="evil.example")[0] == 400


def test_only_files_of_the_bundle_are_served(served: Served, small_bundle: Path) -> None:
    manifest = (small_bundle / "manifest.json").read_bytes()
    assert served.get("/bundle/manifest.json") == (200, manifest)
    for name in json.loads(manifest)["files"]:
        assert served.get(f"/bundle/{name}") == (200, (small_bundle / name).read_bytes())
    (small_bundle / "note.txt").write_text("not listed")
    for path in ("/bundle/note.txt", "/bundle/../note.txt", "/bundle/%2e%2e/%2e%2e/etc/passwd"):
        assert served.get(path)[0] == 404


def test_those_who_watch_see_requests_and_stages(served: Served) -> None:
    served.ask("Total?")
    served.ask("fail")
    text = served.get("/metrics")[1].decode()
    assert 'pinpoint_requests_total{kind="ask",outcome="ok"} 1.0' in text
    assert 'pinpoint_requests_total{kind="ask",outcome="instruction"} 1.0' in text
    assert 'pinpoint_stage_seconds_total{stage="decode"} 0.002' in text
    assert json.loads(served.get("/health")[1])["status"] == "ok"


def test_the_documentation_names_every_address_and_loads_nothing(served: Served) -> None:
    described = json.loads(served.get("/openapi.json")[1])
    page = served.get("/docs")[1].decode()
    assert set(described["paths"]) == {"/v1/ask", "/v1/extract", "/health", "/metrics"}
    assert all(path in page for path in described["paths"])
    assert "<script" not in page
    assert "https://" not in page


def test_answers_to_any_request_are_as_described(
    forms_bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Schemathesis makes requests from the OpenAPI document and holds the answers to it.

    Not every form that the document allows can be answered: a page must be a picture as well.
    """
    served = Served(forms_bundle, monkeypatch, stand_in=False)
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{served.address}/openapi.json"]
    options = ["--max-examples", "25", "--request-timeout", "60"]
    options += ["--exclude-checks", "positive_data_acceptance"]
    found = subprocess.run(
        [*command, *options], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    served.close()
    assert found.returncode == 0, found.stdout[-4000:]
