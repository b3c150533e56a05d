"""`pinpoint-export release`: bundles packed, described, listed and signed, for any web server."""

from __future__ import annotations

from pathlib import Path

import click

from pinpoint_edge.commands.group import deliver, shared_options


@click.command(
    "release",
    epilog="Example: pinpoint-export release bundles/forms-onnx-int4 --out dist/release "
    "--key release.pem",
)
@click.argument("folders", nargs=-1, required=True, metavar="BUNDLE...")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, metavar="DIR",
    help="Folder of the release; files of its names are replaced.",
)  # fmt: skip
@click.option(
    "--key", "keys", multiple=True, metavar="PRIVATE.pem",
    help="Sign with this Ed25519 key; may be given several times.",
)  # fmt: skip
@click.option("--keys", "key_list", metavar="KEYS.json", help="The list of keys that goes along.")
@click.option("--pin", is_flag=True, help="Write the digests into pinned.py of pinpoint_edge.")
@shared_options
def command(
    folders: tuple[str, ...], out: Path, keys: tuple[str, ...], key_list: str | None, pin: bool
) -> None:
    """Pack bundles into the folder of a release: files, index, checksums, materials, signatures.

    Each BUNDLE is a folder that `pinpoint-export` wrote. The same bundles and keys give the same
    bytes.
    """
    from pinpoint_export.release.build import build_release, pin_release

    index = build_release([Path(folder) for folder in folders], out, keys, key_list)
    lines = [f"{b.archive.file}: {b.archive.size / 1e6:.0f} MB, {b.digest}" for b in index.bundles]
    if pin:
        lines.append(f"{pin_release(index)}: {len(index.bundles)} digests")
    report = {bundle.pin: bundle.digest for bundle in index.bundles}
    signed = "signed" if keys else "not signed (--key)"
    lines.append(f"{out / 'index.json'}: {len(index.bundles)} bundles, {signed}")
    deliver({"out": str(out), "bundles": report}, lambda: click.echo("\n".join(lines)))
