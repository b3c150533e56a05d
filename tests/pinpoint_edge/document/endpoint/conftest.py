"""A chat endpoint on this machine whose behaviour a test decides."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pinpoint_edge.document.endpoint.chat import Endpoint


@dataclass
class Chat:
    """What the server answers, in turn (the last one again and again), and what it was sent.

    replies: status, headers and body; delay_s: before each; requests: path, headers and JSON.
    """

    address: str = ""
    replies: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    delay_s: float = 0.0
    requests: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def says(self, text: str, prompt: int = 100) -> None:
        """Answer like OpenAI's endpoints do."""
        usage = {"prompt_tokens": prompt, "completion_tokens": 5}
        body = {"choices": [{"message": {"content": text}}], "usage": usage}
        self.replies.append((200, {}, json.dumps(body).encode()))

    def endpoint(self, **settings: Any) -> Endpoint:
        """An endpoint at this server that does not truly pause."""
        settings = {"key": None, "pause": self.pauses.append} | settings
        return Endpoint(f"{self.address}/v1", "tiny", **settings)


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, chat: Chat, *rest: object) -> None:
        self.chat = chat
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.chat.requests.append((self.path, headers, json.loads(body)))
        time.sleep(self.chat.delay_s)
        replies = self.chat.replies
        status, given, content = replies.pop(0) if len(replies) > 1 else replies[0]
        self.send_response(status)
        for name, value in given.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def chat() -> Iterator[Chat]:
    chat = Chat()
    handler: Callable[..., Any] = partial(_Handler, chat)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    chat.address = f"http://127.0.0.1:{server.server_address[1]}"
    yield chat
    server.shutdown()
    server.server_close()
