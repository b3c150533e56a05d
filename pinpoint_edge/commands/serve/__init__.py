"""`pinpoint serve`: the page for browsers, the bundle, and an interface for programs."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from pinpoint_edge.commands.bundle_options import RunOn, runtime_options
from pinpoint_edge.commands.group import shared_options
from pinpoint_edge.errors import BackendError

EXTRA = "pip install 'pinpoint-edge[serve]'"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Of the repository; a wheel of the device holds no page, as its runtime alone has 14 MB.
PAGE = Path(__file__).parents[3] / "web_demo" / "page" / "dist"


@click.command("serve", epilog="Example: pinpoint serve bundles/forms-onnx --port 8017 --readers 2")
@click.argument("bundle")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8017, show_default=True,
    help="Port to listen at; 0 takes a free one.",
)  # fmt: skip
@click.option(
    "--page",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=PAGE if PAGE.is_dir() else None,
    help="Folder of the built page; default: that of the repository.",
)
@click.option(
    "--readers", type=click.IntRange(min=1), default=1, show_default=True,
    help="Documents to read at once; each reader loads the bundle.",
)  # fmt: skip
@click.option(
    "--queue", type=click.IntRange(min=0), default=8, show_default=True,
    help="Requests that may wait; more are answered with 429.",
)  # fmt: skip
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), default=120.0, show_default=True,
    help="Seconds that a request may take.",
)  # fmt: skip
@click.option(
    "--max-upload", type=click.IntRange(min=1), default=50, show_default=True, metavar="MB",
    help="Size of a request at most.",
)  # fmt: skip
@runtime_options
@shared_options
def command(
    bundle: str,
    host: str,
    port: int,
    page: Path | None,
    readers: int,
    queue: int,
    timeout: float,
    max_upload: int,
    run_on: RunOn,
) -> None:
    """Serve the page for browsers and an interface for programs, on this machine alone.

    POST /v1/ask and /v1/extract take pages and answer as the commands do; /docs describes them,
    /health and /metrics are for those who watch. A --host other than the loopback offers all of it,
    without a password, to everyone in the network.
    """
    try:
        import uvicorn

        from pinpoint_edge.commands.serve.app import Settings, make_app
    except ImportError as error:
        raise BackendError(f"pinpoint serve needs {error.name}; run `{EXTRA}`.") from error
    settings = Settings(
        hosts=(host, *LOOPBACK) if host in LOOPBACK else ("*",),
        page=page,
        readers=readers,
        queue=queue,
        timeout=timeout,
        max_bytes=max_upload * 10**6,
    )
    app = make_app(bundle, run_on, settings)
    if host not in LOOPBACK:
        click.echo(
            f"warning: everyone who reaches {host} can send pages and read answers: "
            "there is no password.",
            err=True,
        )
    if page is None:
        click.echo("No page was built (make web), so browsers are shown /docs.", err=True)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    config = uvicorn.Config(app, host=host, port=port, log_level="warning", server_header=False)
    server = uvicorn.Server(config)
    with config.bind_socket() as socket:
        socket.listen()  # who connects before the readers are loaded waits
        shown = f"[{host}]" if ":" in host else host
        click.echo(f"http://{shown}:{socket.getsockname()[1]}/")
        server.run(sockets=[socket])
