"""`pinpoint verify`: hash every file of a bundle."""

from __future__ import annotations

from pathlib import Path

import click

from pinpoint_edge.commands.group import deliver, shared_options


@click.command(
    "verify",
    epilog="Example: pinpoint verify forms.pinpoint",
)
@click.argument("bundle")
@shared_options
def command(bundle: str) -> None:
    """Compare the sha256 of every file of a bundle with its manifest.

    Takes a folder or a .pinpoint file; a file is checked as it is, nothing is unpacked. Files in
    a folder that the manifest does not list are named, and are no error.
    """
    from pinpoint_edge.bundle import Bundle, verify_archive

    unlisted: list[str] = []
    if Path(bundle).is_file():
        manifest = verify_archive(bundle)
    else:
        opened = Bundle.open(bundle, check_backends=False)
        manifest, unlisted = opened.manifest, opened.verify()
    size = sum(file.size for file in manifest.files.values())
    counts = {"files": len(manifest.files), "bytes": size}
    lines = [
        f"{manifest.name}: {len(manifest.files)} files, {size} bytes, all as listed",
        *(f"not listed in the manifest, never read: {name}" for name in unlisted),
    ]
    report = {"ok": True, "name": manifest.name, **counts, "unlisted": unlisted}
    deliver(report, lambda: click.echo("\n".join(lines)))
