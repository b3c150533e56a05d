"""`pinpoint-export host`: a host's stages as files that an app runs."""

from __future__ import annotations

from pathlib import Path

import click

from pinpoint_edge.commands.group import deliver, shared_options
from pinpoint_edge.commands.terminal import console

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT = click.Path(file_okay=False, path_type=Path)


@click.command(
    "host",
    epilog="Example: pinpoint-export host SmolVLM-256M --head windows.safetensors --out smolvlm",
)
@click.argument("folder", type=_FOLDER)
@click.option("--out", type=_OUT, required=True, help="Folder to write.")
@click.option("--head", "head_file", type=_FILE, help="Head of `pinpoint-train windows`.")
@shared_options
def command(folder: Path, out: Path, head_file: Path | None) -> None:
    """Write look, embed, decode and, with --head, align as ONNX files with their parity.

    Each stage is compared with the host itself in ONNX Runtime first.
    """
    from PIL import Image

    from pinpoint_edge.errors import OutputError
    from pinpoint_hosts.export import onnx
    from pinpoint_hosts.export.stages import align_stage
    from pinpoint_hosts.head import Head
    from pinpoint_hosts.opening import open_host

    if out.exists() and any(out.iterdir()):
        raise OutputError(f"{out} is not empty; name another --out")
    host = open_host(folder)
    crop = Image.effect_noise((448, 336), 64)
    stages = host.stages(crop)
    if head_file is not None:
        head = Head.load(head_file, host)
        stages["align"] = align_stage(head, head.windows(host.look(crop, small=True)))
    made = onnx.export(stages, out, {"family": host.family, "folder": folder.name})
    host.tokenizer.save_pretrained(out)
    host.images.save_pretrained(out)
    found = {each.path.name: round(each.sqnr, 1) for each in made}
    figures = {"out": str(out), "parity_db": found}
    lines = [f"{name}  {db} dB" for name, db in found.items()]
    deliver(figures, lambda: console().print("\n".join(lines)))
