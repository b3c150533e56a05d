"""`pinpoint verify`: hash every file of a bundle, and check its signature."""

from __future__ import annotations

from pathlib import Path

import click

from pinpoint_edge.commands.group import deliver, shared_options
from pinpoint_edge.errors import OptionError


@click.command(
    "verify",
    epilog="Example: pinpoint verify forms.pinpoint --key release.pub.pem",
)
@click.argument("bundle")
@click.option("--key", metavar="KEY", help="Refuse a bundle that no key of this file signed.")
@click.option("--signature", metavar="FILE.sig", help="Where it is not BUNDLE.sig.")
@shared_options
def command(bundle: str, key: str | None, signature: str | None) -> None:
    """Compare the sha256 of every file of a bundle with its manifest.

    Takes a folder or a .pinpoint file; a file is checked as it is, nothing is unpacked. Files in
    a folder that the manifest does not list are named, and are no error. KEY is a public key (PEM)
    or a list of keys (JSON); PINPOINT_KEY stands for --key.
    """
    from pinpoint_edge.bundle import Bundle, verify_archive
    from pinpoint_edge.bundle.release.settings import release_settings

    key = key or release_settings().key
    if signature is not None and key is None:
        raise OptionError("--signature is checked with --key; give both.")

    unlisted: list[str] = []
    if Path(bundle).is_file():
        manifest = verify_archive(bundle)
    else:
        opened = Bundle.open(bundle, check_backends=False)
        manifest, unlisted = opened.manifest, opened.verify()
    signer = None
    if key is not None:
        from pinpoint_edge.bundle.release.signed import check_bundle

        signer = check_bundle(bundle, key, signature=signature)
    size = sum(file.size for file in manifest.files.values())
    counts = {"files": len(manifest.files), "bytes": size}
    lines = [
        f"{manifest.name}: {len(manifest.files)} files, {size} bytes, all as listed",
        *([f"signed by the key {signer}"] if signer else []),
        *(f"not listed in the manifest, never read: {name}" for name in unlisted),
    ]
    report = {"ok": True, "name": manifest.name, **counts, "unlisted": unlisted}
    report |= {"signed_by": signer}
    deliver(report, lambda: click.echo("\n".join(lines)))
