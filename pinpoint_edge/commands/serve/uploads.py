"""A request's pages and questions, read from a multipart form and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message

from pinpoint_edge.document.extraction import Extraction
from pinpoint_edge.errors import DataError, OptionError, PageError
from pinpoint_edge.generation.prompt import check_question
from pinpoint_edge.reader import PinPoint
from pinpoint_edge.result import Answer
from pinpoint_edge.storage.json_text import parse_json
from pinpoint_edge.values.schema import fields_of

MAX_FILES = 20
MAX_FIELDS = 50
DRAINED = 4  # times the bytes that a request may have
MAX_TEXT = 100_000  # bytes of one part that is no file
PARTS = ("question", "fields", "schema", "coverage", "token_budget", "password")


class TooLarge(Exception):
    """A request has more bytes than it may."""


@dataclass(frozen=True)
class Upload:
    """Pages, as the bytes of their files, and what is asked of them."""

    pages: list[bytes]
    question: str
    fields: dict[str, str]
    schema: dict[str, Any] | None
    coverage: float | None
    token_budget: int | None
    password: str | None

    def ask(self, reader: PinPoint) -> Answer:
        """Open the pages and ask the question; raises PinPointError."""
        document = reader.open(self.pages, password=self.password)
        return document.ask(self.question, coverage=self.coverage, token_budget=self.token_budget)

    def extract(self, reader: PinPoint) -> dict[str, Answer] | Extraction:
        """Open the pages and take the fields, or the data of the schema; raises PinPointError."""
        document = reader.open(self.pages, password=self.password)
        wanted = self.fields if self.schema is None else self.schema
        found: dict[str, Answer] | Extraction = document.extract(
            wanted, coverage=self.coverage, token_budget=self.token_budget
        )
        return found


async def read_upload(
    request: Request, wanted: Sequence[Literal["question", "fields", "schema"]], max_bytes: int
) -> Upload:
    """Read the form of a request; one of the `wanted` parts must be there.

    Raises TooLarge, DataError (no form, or a broken one), PageError (no page), OptionError,
    InstructionError.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise DataError("The request is no multipart/form-data; send the page as a file of a form.")
    await _limit(request, max_bytes)
    opened = request.form(max_files=MAX_FILES, max_fields=len(PARTS) + 5, max_part_size=MAX_TEXT)
    try:
        async with opened as form:
            files = [file for file in form.getlist("page") if isinstance(file, UploadFile)]
            pages = [await file.read() for file in files]
            texts = {name: value for name in PARTS if isinstance(value := form.get(name), str)}
    except (MultiPartException, HTTPException) as error:
        why = error.message if isinstance(error, MultiPartException) else error.detail
        raise DataError(f"The form is broken: {why} Send it again.") from error
    if not pages:
        raise PageError("The form has no file 'page'; add an image or a PDF under that name.")
    given = [name for name in wanted if name in texts]
    if len(given) != 1:
        names = " or ".join(f"'{name}'" for name in wanted)
        raise DataError(f"The form has {len(given)} parts {names}; send one of them as text.")
    return Upload(
        pages,
        check_question(texts["question"]) if "question" in given else "",
        _fields(texts["fields"]) if "fields" in given else {},
        _schema(texts["schema"]) if "schema" in given else None,
        _number(texts, "coverage", float),
        _number(texts, "token_budget", int),
        texts.get("password"),
    )


async def _limit(request: Request, max_bytes: int) -> None:
    """End the request when it has more bytes than it says or may.

    One that says so is read to its end first, within reason: many clients send all of a request
    before they look at the answer.
    """
    too_large = TooLarge(f"The request has more than {max_bytes / 1e6:.0f} MB; send smaller pages.")
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > max_bytes:
        if int(length) <= DRAINED * max_bytes:
            async for _ in request.stream():
                pass
        raise too_large
    receive, received = request._receive, 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > max_bytes:
            raise too_large
        return message

    request._receive = counted


def _json(text: str, part: str) -> Any:
    try:
        return parse_json(text)
    except ValueError as error:
        raise DataError(f"The part '{part}' is not valid JSON: {error}; correct it.") from error


def _schema(text: str) -> dict[str, Any]:
    value = _json(text, "schema")
    fields_of(value)
    schema: dict[str, Any] = value
    return schema


def _fields(text: str) -> dict[str, str]:
    value = _json(text, "fields")
    if not isinstance(value, dict) or not 0 < len(value) <= MAX_FIELDS:
        raise DataError(f'Write "fields" as {{"name": "question"}}, 1 to {MAX_FIELDS} of them.')
    for name, question in value.items():
        if not isinstance(question, str):
            raise DataError(f"The field {name!r} has no question; write one as text.")
        check_question(question)
    fields: dict[str, str] = value
    return fields


def _number(texts: dict[str, str], name: str, kind: type[Any]) -> Any:
    if name not in texts:
        return None
    try:
        return kind(texts[name])
    except ValueError as error:
        raise OptionError(f"The part '{name}' is {texts[name][:40]!r}, no number.") from error
