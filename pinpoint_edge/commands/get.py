"""`pinpoint get`: a ready-made bundle from a release."""

from __future__ import annotations

from pathlib import Path

import click

from pinpoint_edge.commands.group import deliver, shared_options
from pinpoint_edge.errors import OptionError


@click.command(
    "get",
    epilog="Example: pinpoint get forms-int4 --index https://example.org/release/index.json "
    "--key release.pub.pem",
)
@click.argument("name", required=False)
@click.argument("out", type=click.Path(path_type=Path), default=Path("."), metavar="[OUT.pinpoint]")
@click.option("--index", metavar="URL", help="Of the release: a folder, a file, http: or https:.")
@click.option("--target", metavar="T", help="Of several targets; default: onnx.")
@click.option("--key", metavar="KEY", help="Refuse what no key of this file signed.")
@click.option("--digest", metavar="HEX", help="Of the bundle, as `inspect` shows it.")
@click.option("--unchecked", is_flag=True, help="Believe the index, with neither key nor digest.")
@click.option("--overwrite", is_flag=True, help="Replace another file that is already there.")
@click.option("--list", "listing", is_flag=True, help="Show the release's bundles; fetch none.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@shared_options
def command(
    name: str | None,
    out: Path,
    index: str | None,
    target: str | None,
    key: str | None,
    digest: str | None,
    unchecked: bool,
    overwrite: bool,
    listing: bool,
    quiet: bool,
) -> None:
    """Fetch the bundle NAME of a release, and check it.

    OUT is a file or a folder; default: this folder. A fetch that broke off goes on where it was.
    PINPOINT_INDEX and PINPOINT_KEY stand for --index and --key, and so does
    ~/.config/pinpoint-edge/config.toml. No other command uses the network.
    """
    from pinpoint_edge.bundle.release.get import fetch_index, get
    from pinpoint_edge.bundle.release.settings import release_settings
    from pinpoint_edge.bundle.release.signature import Trust
    from pinpoint_edge.bundle.release.source import Source
    from pinpoint_edge.storage.records import encode

    settings = release_settings()
    index, key = index or settings.index, key or settings.key
    if index is None:
        raise OptionError("Where the release is: give --index, or set PINPOINT_INDEX.")
    trust = None if key is None else Trust.load(key)
    if listing:
        listed = fetch_index(Source.of(index), trust)
        lines = [
            f"{b.name}  {b.target}  {b.archive.size / 1e6:.0f} MB  {b.digest}"
            for b in listed.bundles
        ]
        deliver(encode(listed), lambda: click.echo("\n".join(lines)))
        return
    if name is None:
        raise click.UsageError("Missing argument 'NAME'; --list shows what there is.")
    got = get(
        index, name, out, target=target, digest=digest, trust=trust, unchecked=unchecked,
        overwrite=overwrite, shown=(lambda done, size: None) if quiet else _Shown(),
    )  # fmt: skip
    report = {"file": str(got.path), "bytes": got.bundle.archive.size, "digest": got.bundle.digest}
    report |= {"target": got.bundle.target, "vouched": got.vouched, "present": got.present}
    state = "is already here" if got.present else f"{got.bundle.archive.size} bytes"
    line = f"{got.path}: {state}, bundle {got.bundle.digest[:12]}, vouched for by {got.vouched}"
    deliver(report, lambda: click.echo(line))


class _Shown:
    """Progress of a download on stderr, a line each tenth."""

    def __init__(self) -> None:
        self._last = -1

    def __call__(self, done: int, size: int) -> None:
        tenth = done * 10 // size
        if tenth > self._last:
            self._last = tenth
            click.echo(f"{done / 1e6:.1f} of {size / 1e6:.1f} MB", err=True)
