"""`pinpoint-export keys`: keys that sign a release, and the lists that replace them."""

from __future__ import annotations

from pathlib import Path

import click

from pinpoint_edge.commands.group import CONTEXT, FILE_PATH, deliver, shared_options


@click.group(
    "keys",
    context_settings=CONTEXT,
    epilog="Example: pinpoint-export keys new release.pem",
)
def command() -> None:
    """Make a key that signs releases, or replace the keys that are trusted."""


@command.command("new", epilog="Example: pinpoint-export keys new release.pem")
@click.argument("path", type=FILE_PATH, metavar="PRIVATE.pem")
@shared_options
def new(path: Path) -> None:
    """Write a new Ed25519 key, and its public key beside it as NAME.pub.pem."""
    from pinpoint_export.release.signing import new_key

    public, name = new_key(path)
    report = {"private": str(path), "public": str(public), "id": name}
    deliver(report, lambda: click.echo(f"{path}: keep it secret\n{public}: give it away, {name}"))


@command.command(
    "rotate",
    epilog="Example: pinpoint-export keys rotate keys.json --sign old.pem --trust new.pub.pem",
)
@click.argument("path", type=FILE_PATH, metavar="KEYS.json")
@click.option(
    "--sign", "signing", multiple=True, required=True, metavar="PRIVATE.pem",
    help="Key that the last list trusts; of the first list, one of its own.",
)  # fmt: skip
@click.option(
    "--trust", "trusted", multiple=True, required=True, metavar="PUBLIC.pem",
    help="Key that is trusted from now on; those that are not given are so no longer.",
)  # fmt: skip
@shared_options
def rotate(path: Path, signing: tuple[str, ...], trusted: tuple[str, ...]) -> None:
    """Append a list of trusted keys, signed by a key of the list before."""
    from pinpoint_export.release.signing import rotate as append

    now = append(path, signing, trusted)
    report = {"number": now.number, "keys": sorted(now.keys)}
    deliver(report, lambda: click.echo(f"{path}: list {now.number}, keys {', '.join(now.keys)}"))
