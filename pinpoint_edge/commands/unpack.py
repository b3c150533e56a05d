"""`pinpoint unpack`: a single-file bundle into a folder."""

from __future__ import annotations

import click

from pinpoint_edge.commands.group import deliver, shared_options


@click.command(
    "unpack",
    epilog="Example: pinpoint unpack forms.pinpoint bundles/forms-onnx",
)
@click.argument("file")
@click.argument("folder", metavar="DIR")
@shared_options
def command(file: str, folder: str) -> None:
    """Check a .pinpoint file, hash its members and unpack them into a new or empty folder."""
    from pinpoint_edge.bundle import unpack

    bundle = unpack(file, folder)
    report = {"folder": str(bundle.folder), "bytes": bundle.size, "digest": bundle.digest}
    line = f"{bundle.folder}: {len(bundle.manifest.files)} files, {bundle.size} bytes"
    deliver(report, lambda: click.echo(line))
