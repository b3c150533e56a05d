"""`pinpoint cache`: the folder of unpacked bundles, exported stages and compiled libraries."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from pinpoint_edge.commands.group import deliver, shared_options
from pinpoint_edge.errors import OutputError


@click.command(
    "cache",
    epilog="Example: pinpoint cache --clear",
)
@click.option("--clear", is_flag=True, help="Remove everything in it; it is made anew when needed.")
@shared_options
def command(clear: bool) -> None:
    """Show the cache folder and its sizes, or clear it. XDG_CACHE_HOME moves it."""
    from pinpoint_runtimes.cache import cache_folder

    folder = cache_folder("")
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    sizes = {entry.name: _size(entry) for entry in entries}
    if clear:
        for entry in entries:
            _remove(entry)
    lines = [f"{folder}: {sum(sizes.values()) / 1e6:.1f} MB{' cleared' if clear else ''}"]
    lines += [f"  {name}: {size / 1e6:.1f} MB" for name, size in sizes.items()]
    report = {"folder": str(folder), "bytes": sizes, "cleared": clear}
    deliver(report, lambda: click.echo("\n".join(lines)))


def _size(path: Path) -> int:
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_size
    return sum(file.lstat().st_size for file in path.rglob("*") if not file.is_dir())


def _remove(path: Path) -> None:
    try:
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)
        else:
            shutil.rmtree(path)
    except OSError as error:
        raise OutputError(
            f"{path} cannot be removed: {error.strerror}; check its permissions."
        ) from error
