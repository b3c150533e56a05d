"""`pinpoint pack`: a bundle's folder into one file."""

from __future__ import annotations

from pathlib import Path

import click

from pinpoint_edge.commands.group import FILE_PATH, deliver, shared_options, writable
from pinpoint_edge.errors import OutputError


@click.command(
    "pack",
    epilog="Example: pinpoint pack bundles/forms-onnx forms.pinpoint",
)
@click.argument("folder")
@click.argument("out", type=FILE_PATH, metavar="OUT.pinpoint", callback=writable)
@click.option("--overwrite", is_flag=True, help="Replace a file that is already there.")
@shared_options
def command(folder: str, out: Path, overwrite: bool) -> None:
    """Verify a bundle's folder and pack it into one file; the same bundle gives the same bytes."""
    if out.is_file() and not overwrite:
        raise OutputError(f"{out} exists; give --overwrite to replace it, or another name.")
    from pinpoint_edge.bundle import pack

    packed = pack(folder, out)
    report = {"file": str(packed.path), "bytes": packed.size, "digest": packed.digest}
    lines = [
        f"{packed.path}: {packed.size} bytes, bundle {packed.digest[:12]}",
        *(f"left out, not listed in the manifest: {name}" for name in packed.left_out),
    ]
    deliver(report | {"left_out": list(packed.left_out)}, lambda: click.echo("\n".join(lines)))
