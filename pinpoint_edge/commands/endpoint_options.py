"""`pinpoint ask --endpoint`: a closed model answers, from crops alone."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinpoint_edge.commands.bundle_options import Command, Limits
from pinpoint_edge.commands.group import deliver
from pinpoint_edge.commands.terminal import corners
from pinpoint_edge.errors import OptionError

if TYPE_CHECKING:
    from pinpoint_edge.document import Document
    from pinpoint_edge.document.endpoint import EndpointAnswer
    from pinpoint_edge.document.endpoint.ask import Prepared
    from pinpoint_edge.document.endpoint.chat import Endpoint


@dataclass(frozen=True)
class Remote:
    """A chat endpoint and how it is asked; see the options."""

    endpoint: Endpoint
    on_one_sheet: bool
    compare_pages: bool
    dry_run: bool
    crops: Path | None

    def ask(self, document: Document, question: str, limits: Limits) -> None:
        """Ask one question and print the answer; raises PinPointError."""
        from pinpoint_edge.document.endpoint import ask_endpoint, prepare

        prepared = prepare(document, question, **limits, on_one_sheet=self.on_one_sheet)
        if self.crops is not None:
            _save(prepared, self.crops)
        if self.dry_run:
            deliver(_request(prepared, self.endpoint), lambda: _show(prepared, self.endpoint))
            return
        answer = ask_endpoint(prepared, self.endpoint, compare_pages=self.compare_pages)
        deliver(answer.to_json(), lambda: _print(answer))


def endpoint_options(function: Command) -> Command:
    """Add the options of a closed model, as `remote`: None where no endpoint is named."""

    @click.option(
        "--endpoint",
        metavar="URL",
        help="Let a chat endpoint answer (https://.../v1): only crops of the evidence are sent. "
        "Its key is PINPOINT_ENDPOINT_KEY of the environment.",
    )
    @click.option("--model", metavar="NAME", help="Model of the endpoint.")
    @click.option(
        "--api",
        type=click.Choice(("openai", "anthropic")),
        default="openai",
        help="Style of the endpoint.",
    )
    @click.option("--contact-sheet", is_flag=True, help="Send all crops on one picture.")
    @click.option(
        "--compare-pages", is_flag=True, help="Send whole pages as well, to learn their tokens."
    )
    @click.option("--dry-run", is_flag=True, help="Show the request to the endpoint; send nothing.")
    @click.option(
        "--crops",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="FOLDER",
        help="Write the pictures that are sent.",
    )
    @functools.wraps(function)
    def command(
        *,
        endpoint: str | None,
        model: str | None,
        api: str,
        contact_sheet: bool,
        compare_pages: bool,
        dry_run: bool,
        crops: Path | None,
        **rest: Any,
    ) -> Any:
        remote = None
        if endpoint is None and (model or contact_sheet or compare_pages or dry_run or crops):
            raise OptionError("--model, --dry-run and so on are of an --endpoint; name its URL.")
        if endpoint is not None:
            from pinpoint_edge.document.endpoint.chat import Endpoint

            if not model:
                raise OptionError("Name the --model of the endpoint.")
            asked = Endpoint(endpoint, model, "anthropic" if api == "anthropic" else "openai")
            remote = Remote(asked, contact_sheet, compare_pages, dry_run, crops)
        return function(remote=remote, **rest)

    return command  # fmt: skip


def _save(prepared: Prepared, folder: Path) -> None:
    from pinpoint_edge.storage.atomic import check_writable, replacing

    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(prepared.pictures, 1):
        with replacing(check_writable(str(folder / f"{number}.png"))) as file:
            file.write(picture.png)


def _request(prepared: Prepared, endpoint: Endpoint) -> dict[str, Any]:
    """The request without its pictures' bytes."""
    pictures = [
        {"caption": picture.caption, "size": list(picture.size), "bytes": len(picture.png)}
        for picture in prepared.pictures
    ]
    text = endpoint.body(prepared.question, ())["messages"][0]["content"][0]["text"]
    return {
        "address": endpoint.address,
        "model": endpoint.model,
        "key": endpoint.key is not None,
        "pictures": pictures,
        "text": text,
    }


def _show(prepared: Prepared, endpoint: Endpoint) -> None:
    click.echo(f"would be sent to {endpoint.address}, model {endpoint.model}:")
    for picture in prepared.pictures:
        width, height = picture.size
        click.echo(f"{picture.caption}\n  PNG {width}x{height}, {len(picture.png):,} bytes")
    click.echo(_request(prepared, endpoint)["text"])


def _print(answer: EndpointAnswer) -> None:
    click.echo(answer.text or "not found")
    where = f"page {answer.page + 1}" if answer.page is not None else "no page"
    boxes = " ".join(map(corners, answer.boxes)) or "none"
    click.echo(f"{answer.model} · {where} · boxes {boxes}")
    if not answer.crops:
        click.echo("nothing on the page is about the question, so nothing was sent")
        return
    click.echo(
        f"sent: {len(answer.crops)} crops of {answer.sent_bytes:,} bytes, whole pages have "
        f"{answer.page_bytes:,}"
    )
    if answer.usage is not None and answer.usage.prompt is not None:
        whole = answer.page_usage.prompt if answer.page_usage else None
        beside = "" if whole is None else f", {whole:,} with whole pages"
        click.echo(f"tokens: {answer.usage.prompt:,}{beside}, answer {answer.usage.answer}")
