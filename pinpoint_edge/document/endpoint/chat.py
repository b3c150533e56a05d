"""Chat endpoints of two styles: OpenAI's `chat/completions` and Anthropic's `messages`.

This module opens connections, and only to the address that it is given: redirects are not followed,
and the key goes to no plain http address of another machine.
"""

from __future__ import annotations

import base64
import json
import os
import time
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pinpoint_edge.bundle.release.source import PASSING
from pinpoint_edge.errors import BackendError, EndpointError, OptionError

KEY_VARIABLE = "PINPOINT_ENDPOINT_KEY"
MOST_TOKENS = 200  # of a reply
MOST_BYTES = 1_000_000  # of a reply
LONGEST_WAIT_S = 60.0

ASK = (
    "The pictures are parts of a document. Answer the question from them alone, in the words that "
    'stand there. Reply with JSON and nothing else: {"answer": "...", "region": N}, N being the '
    'number of the region that holds the answer; {"answer": null} where none does.\nQuestion: '
)

Style = Literal["openai", "anthropic"]


@dataclass(frozen=True)
class Picture:
    """A PNG, and the words that introduce it."""

    caption: str
    png: bytes
    size: tuple[int, int]


@dataclass(frozen=True)
class Usage:
    """Tokens as the server counted them; None where it does not say."""

    prompt: int | None
    answer: int | None


@dataclass(frozen=True)
class Reply:
    """What the model wrote, and the tokens that it took."""

    text: str
    usage: Usage


@dataclass(frozen=True)
class Endpoint:
    """A chat endpoint: its base address (".../v1"), the model's name, and how it is asked.

    key: sent with each request, by default that of the environment's PINPOINT_ENDPOINT_KEY;
    timeout_s: without a byte; tries: in all, with growing pauses between them. Raises OptionError
    for an address that is no http or https one, and for a key over plain http to another machine.
    """

    url: str
    model: str
    style: Style = "openai"
    key: str | None = field(default_factory=lambda: os.environ.get(KEY_VARIABLE), repr=False)
    timeout_s: float = 60.0
    tries: int = 4
    pause: Callable[[float], None] = field(default=time.sleep, repr=False)

    def __post_init__(self) -> None:
        parts = urllib.parse.urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise OptionError(f"'{self.url}' is no http or https address of a chat endpoint.")
        here = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if self.key and parts.scheme == "http" and not here:
            raise OptionError(
                f"'{self.url}' is not encrypted, so the key is not sent there: give an https "
                f"address, or unset {KEY_VARIABLE}."
            )

    @property
    def address(self) -> str:
        """Where requests go."""
        last = "chat/completions" if self.style == "openai" else "messages"
        base = self.url.rstrip("/")
        return base if base.endswith(last) else f"{base}/{last}"

    def body(self, question: str, pictures: Sequence[Picture]) -> dict[str, Any]:
        """Return the JSON of a request: each picture behind its caption, the question last."""
        content: list[dict[str, Any]] = []
        for picture in pictures:
            content += [{"type": "text", "text": picture.caption}, self._image(picture.png)]
        content.append({"type": "text", "text": ASK + question})
        return {
            "model": self.model,
            "max_tokens": MOST_TOKENS,
            "temperature": 0,
            "messages": [{"role": "user", "content": content}],
        }

    def _image(self, png: bytes) -> dict[str, Any]:
        data = base64.b64encode(png).decode()
        if self.style == "anthropic":
            source = {"type": "base64", "media_type": "image/png", "data": data}
            return {"type": "image", "source": source}
        url = {"url": f"data:image/png;base64,{data}", "detail": "high"}
        return {"type": "image_url", "image_url": url}

    def send(self, body: dict[str, Any]) -> Reply:
        """Send a request; try again where the server is busy or does not answer.

        Raises EndpointError when it is down, refuses or answers nonsense, BackendError without
        httpx.
        """
        for tried in range(1, self.tries + 1):
            try:
                return self._reply(self._post(body))
            except _Busy as error:
                if tried == self.tries:
                    raise EndpointError(f"{error} It was tried {tried} times.") from None
                self.pause(min(error.wait_s or 2.0 ** (tried - 1), LONGEST_WAIT_S))
        raise EndpointError(f"{self.address} was not asked: give at least one try.")

    def _post(self, body: dict[str, Any]) -> bytes:
        try:
            import httpx
        except ImportError:
            raise BackendError(
                "Endpoints need httpx: pip install 'pinpoint-edge[endpoint]'."
            ) from None
        try:
            with httpx.stream(
                "POST", self.address, json=body, headers=self._headers(), timeout=self.timeout_s
            ) as response:
                content = b""
                for part in response.iter_bytes():
                    content += part
                    if len(content) > MOST_BYTES:
                        raise EndpointError(f"{self.address} sends more than {MOST_BYTES:,} bytes.")
        except httpx.TimeoutException:
            raise _Busy(f"{self.address} was silent for {self.timeout_s:g} s.") from None
        except httpx.TransportError as error:
            raise _Busy(f"{self.address} cannot be reached: {error}.") from None
        except httpx.HTTPError as error:
            raise EndpointError(f"{self.address} cannot be asked: {error}.") from None
        if response.status_code in PASSING:
            wait = response.headers.get("retry-after", "")
            said = f"{self.address} says {response.status_code}: {_excerpt(content)}"
            raise _Busy(said, float(wait) if wait.isdecimal() else None)
        if response.status_code != 200:
            hint = f" Is {KEY_VARIABLE} right?" if response.status_code in (401, 403) else ""
            raise EndpointError(
                f"{self.address} says {response.status_code}: {_excerpt(content)}{hint}"
            )
        return content

    def _headers(self) -> dict[str, str]:
        if self.style == "anthropic":
            key = {"x-api-key": self.key} if self.key else {}
            return {"anthropic-version": "2023-06-01", **key}
        return {"authorization": f"Bearer {self.key}"} if self.key else {}

    def _reply(self, content: bytes) -> Reply:
        try:
            read = json.loads(content)
            if self.style == "anthropic":
                text = "".join(part["text"] for part in read["content"] if part["type"] == "text")
                names = ("input_tokens", "output_tokens")
            else:
                text = read["choices"][0]["message"]["content"]
                names = ("prompt_tokens", "completion_tokens")
            usage = read.get("usage") or {}
            counts = [usage[name] if isinstance(usage.get(name), int) else None for name in names]
            return Reply(str(text or ""), Usage(*counts))
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
            raise EndpointError(
                f"{self.address} does not answer like {self.style}'s endpoints: "
                f"{_excerpt(content)} Is --api right?"
            ) from None


class _Busy(Exception):
    """A request that another try may get through; wait_s: what the server asks for."""

    def __init__(self, message: str, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


def _excerpt(content: bytes) -> str:
    text = " ".join(content[:600].decode("utf-8", "replace").split())
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return (shown[:200] or "nothing") + "."
