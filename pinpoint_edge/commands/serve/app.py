"""The application: its addresses, their limits, and the headers of every answer."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.commands.bundle_options import RunOn
from pinpoint_edge.commands.serve.documentation import as_html, description
from pinpoint_edge.commands.serve.metrics import Metrics
from pinpoint_edge.commands.serve.readers import Busy, Late, Readers
from pinpoint_edge.commands.serve.uploads import TooLarge, read_upload
from pinpoint_edge.document.extraction import Extraction
from pinpoint_edge.errors import PinPointError
from pinpoint_edge.reader import PinPoint
from pinpoint_edge.result import fields_json

FAULTS_OF_THE_SENDER = {"option", "data", "page", "instruction", "capacity"}
HEADERS = {
    # Threads of the page need the first two.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
Next = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Settings:
    """What the service offers and allows.

    hosts: names that a request may ask for, "*" for any; page: folder of the built page; readers:
    documents read at once; queue: requests that may wait; timeout: seconds, max_bytes: of a
    request.
    """

    hosts: tuple[str, ...]
    page: Path | None
    readers: int
    queue: int
    timeout: float
    max_bytes: int


def make_app(bundle: str | Path, run_on: RunOn, settings: Settings) -> Starlette:
    """Make the application; raises BundleError, BackendError, OptionError.

    The bundle is opened and checked at once; its readers are loaded when the service starts.
    """
    opened = Bundle.open(bundle, check_backends=run_on["runtime"] is None)
    metrics = Metrics(opened.manifest.name)
    readers = Readers(
        lambda: PinPoint.load(opened.folder, **run_on), settings.readers, settings.queue, metrics
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await readers.start()
        try:
            yield
        finally:
            await readers.close()

    async def ask(request: Request) -> Response:
        upload = await read_upload(request, ("question",), settings.max_bytes)
        answer = await readers.run(lambda reader: upload.ask(reader), settings.timeout)
        metrics.stages(answer.timings)
        return JSONResponse(answer.to_json())

    async def extract(request: Request) -> Response:
        upload = await read_upload(request, ("fields", "schema"), settings.max_bytes)
        found = await readers.run(lambda reader: upload.extract(reader), settings.timeout)
        if isinstance(found, Extraction):
            answers, result = found.answers, found.to_json()
        else:
            answers, result = found, {"fields": fields_json(found)}
        for answer in answers.values():
            metrics.stages(answer.timings)
        return JSONResponse(result)

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok", "bundle": opened.manifest.name, **readers.state()})

    async def expose(_: Request) -> Response:
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def openapi(_: Request) -> Response:
        return JSONResponse(description(settings.max_bytes))

    async def docs(_: Request) -> Response:
        return HTMLResponse(as_html(description(settings.max_bytes)))

    async def bundle_file(request: Request) -> Response:
        name = request.path_params["name"]
        if name != "manifest.json" and name not in opened.manifest.files:
            raise HTTPException(404)
        path = opened.folder / name
        return FileResponse(
            path, headers={"Cache-Control": "no-cache", "ETag": _etag(opened, name)}
        )

    routes: list[BaseRoute] = [
        # Mounted, so that what is asked with another method is refused here, not by the page.
        Mount(
            "/v1",
            routes=[
                Route("/ask", metrics.measured("ask", ask), methods=["POST"]),
                Route("/extract", metrics.measured("extract", extract), methods=["POST"]),
            ],
        ),
        Route("/health", health),
        Route("/metrics", expose),
        Route("/openapi.json", openapi),
        Route("/docs", docs),
        Route("/bundle/{name:path}", bundle_file),
    ]
    if settings.page is None:
        routes.append(Route("/", lambda _: RedirectResponse("/docs")))
    else:
        routes.append(Mount("/", StaticFiles(directory=settings.page, html=True)))
    return Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=list(settings.hosts)),
            Middleware(BaseHTTPMiddleware, dispatch=_guard),
        ],
        exception_handlers={
            PinPointError: _refused, Busy: _busy, Late: _late, TooLarge: _too_large,
            HTTPException: _http, Exception: _internal,
        },
    )  # fmt: skip


def _etag(bundle: Bundle, name: str) -> str:
    entry = bundle.manifest.files.get(name)
    return f'"{entry.sha256 if entry else bundle.digest}"'


async def _guard(request: Request, go_on: Next) -> Response:
    """Refuse what another site's page sends, and add the headers to every answer."""
    if request.method == "POST" and request.headers.get("sec-fetch-site") == "cross-site":
        response: Response = _error(403, "origin", "Pages of another site may not ask here.")
    else:
        response = await go_on(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.url.path.endswith((".html", "/", "/sw.js")):
        response.headers["Cache-Control"] = "no-cache"
    return response


def _error(status: int, code: str, message: str, **headers: str) -> JSONResponse:
    body = {"error": {"code": code, "message": message}}
    return JSONResponse(body, status, {name.replace("_", "-"): v for name, v in headers.items()})


async def _refused(_: Request, error: Any) -> Response:
    return _error(422 if error.code in FAULTS_OF_THE_SENDER else 500, error.code, str(error))


async def _busy(_: Request, error: Any) -> Response:
    return _error(429, "busy", str(error), Retry_After="5")


async def _late(_: Request, error: Any) -> Response:
    return _error(503, "timeout", str(error), Retry_After="30")


async def _too_large(_: Request, error: Any) -> Response:
    return _error(413, "size", str(error))


async def _http(_: Request, error: Any) -> Response:
    response = _error(error.status_code, "http", str(error.detail))
    response.headers.update(error.headers or {})  # 405 names the methods that are allowed
    return response


async def _internal(_: Request, error: Any) -> Response:
    logging.getLogger("pinpoint.serve").error("A request failed.", exc_info=error)
    return _error(500, "internal", "The service failed; its log says where.")
