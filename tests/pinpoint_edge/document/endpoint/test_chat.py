"""Chat endpoints: what is sent, and every way in which a server can fail."""

from __future__ import annotations

import base64
import json
import socket

import pytest

from pinpoint_edge.document.endpoint.chat import MOST_BYTES, Endpoint, Picture, Usage
from pinpoint_edge.errors import EndpointError, OptionError

from .conftest import Chat

PICTURE = Picture("Region 1:", b"\x89PNG", (3, 2))


def test_a_request_holds_captions_pictures_and_the_question(chat: Chat) -> None:
    chat.says("hello", prompt=41)
    endpoint = chat.endpoint(key="secret")
    reply = endpoint.send(endpoint.body("How much?", [PICTURE]))
    assert (reply.text, reply.usage) == ("hello", Usage(41, 5))
    path, headers, body = chat.requests[0]
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == "Bearer secret"
    caption, image, question = body["messages"][0]["content"]
    assert caption["text"] == "Region 1:"
    assert base64.b64decode(image["image_url"]["url"].partition(",")[2]) == PICTURE.png
    assert question["text"].endswith("Question: How much?")
    assert "secret" not in repr(endpoint)


def test_the_other_style(chat: Chat) -> None:
    content = [{"type": "thinking"}, {"type": "text", "text": "12.50"}]
    usage = {"input_tokens": 7, "output_tokens": 2}
    chat.replies.append((200, {}, json.dumps({"content": content, "usage": usage}).encode()))
    endpoint = chat.endpoint(style="anthropic", key="secret")
    reply = endpoint.send(endpoint.body("How much?", [PICTURE]))
    assert (reply.text, reply.usage) == ("12.50", Usage(7, 2))
    path, headers, body = chat.requests[0]
    assert (path, headers["x-api-key"]) == ("/v1/messages", "secret")
    assert headers["anthropic-version"]
    assert body["messages"][0]["content"][1]["source"]["media_type"] == "image/png"


def test_busy_servers_are_tried_again_after_the_time_they_ask_for(chat: Chat) -> None:
    chat.replies += [(429, {"Retry-After": "7"}, b"slow down"), (503, {}, b"")]
    chat.says("at last")
    assert chat.endpoint().send({}).text == "at last"
    assert chat.pauses == [7.0, 2.0]


def test_a_server_that_stays_busy_is_an_error(chat: Chat) -> None:
    chat.replies.append((429, {"Retry-After": "9999"}, b"quota \x1b[31m used up"))
    with pytest.raises(EndpointError, match=r"says 429: quota \?\[31m used up.*tried 4 times"):
        chat.endpoint().send({})
    assert chat.pauses == [60.0] * 3


def test_a_silent_server(chat: Chat) -> None:
    chat.says("too late")
    chat.delay_s = 0.5
    with pytest.raises(EndpointError, match=r"silent for 0\.1 s"):
        chat.endpoint(timeout_s=0.1, tries=2).send({})
    assert chat.pauses == [1.0]


def test_a_server_that_is_down() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(EndpointError, match="cannot be reached"):
        Endpoint(address, "m", key=None, tries=1).send({})


@pytest.mark.parametrize("status", [400, 401, 404])
def test_refusals_are_not_tried_again(chat: Chat, status: int) -> None:
    chat.replies.append((status, {}, b"no"))
    with pytest.raises(EndpointError, match=f"says {status}: no.") as raised:
        chat.endpoint().send({})
    assert len(chat.requests) == 1
    assert ("PINPOINT_ENDPOINT_KEY" in str(raised.value)) == (status == 401)


def test_redirects_are_not_followed(chat: Chat) -> None:
    chat.replies.append((307, {"Location": f"{chat.address}/elsewhere"}, b""))
    with pytest.raises(EndpointError, match="says 307"):
        chat.endpoint(key="secret").send({})
    assert len(chat.requests) == 1


@pytest.mark.parametrize("content", [
    b"", b"<html>", b"[]", b"{}", b'{"choices": []}', b'{"choices": [{"message": 3}]}',
    b"[" * 100_000, b"\xff\xfe",
])  # fmt: skip
def test_nonsense(chat: Chat, content: bytes) -> None:
    chat.replies.append((200, {}, content))
    with pytest.raises(EndpointError, match="does not answer like openai's"):
        chat.endpoint().send({})


def test_an_endless_reply_is_cut_off(chat: Chat) -> None:
    chat.replies.append((200, {}, b" " * (MOST_BYTES + 1)))
    with pytest.raises(EndpointError, match="sends more than"):
        chat.endpoint().send({})


@pytest.mark.parametrize("url", ["ftp://e.org", "e.org/v1", "file:///etc/passwd", "https://"])
def test_other_addresses(url: str) -> None:
    with pytest.raises(OptionError, match="no http or https"):
        Endpoint(url, "m", key=None)


def test_a_key_goes_to_no_plain_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINPOINT_ENDPOINT_KEY", "secret")
    with pytest.raises(OptionError, match="not encrypted"):
        Endpoint("http://example.org/v1", "m")
    assert Endpoint("https://example.org/v1", "m").key == "secret"
    assert Endpoint("http://localhost:8080/v1", "m").key == "secret"
