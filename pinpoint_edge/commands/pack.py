"""`pinpoint pack`: a bundle's folder into one file."""

from __future__ import annotations

import click

from pinpoint_edge.commands.group import print_json, shared_options
from pinpoint_edge.storage.atomic import check_writable


@click.command(
    "pack",
    epilog="Example: pinpoint pack bundles/forms-onnx forms.pinpoint",
)
@click.argument("folder")
@click.argument("out", metavar="OUT.pinpoint")
@shared_options
def command(folder: str, out: str, as_json: bool, debug: bool) -> None:
    """Verify a bundle's folder and pack it into one file; the same bundle gives the same bytes."""
    target = check_writable(out)
    from pinpoint_edge.bundle import pack

    packed = pack(folder, target)
    if as_json:
        report = {"file": str(packed.path), "bytes": packed.size, "digest": packed.digest}
        print_json(report | {"left_out": list(packed.left_out)})
        return
    click.echo(f"{packed.path}: {packed.size} bytes, bundle {packed.digest[:12]}")
    for name in packed.left_out:
        click.echo(f"left out, not listed in the manifest: {name}")
