"""`pinpoint inspect`: the contents of a bundle."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from pinpoint_edge.commands.group import deliver, shared_options

if TYPE_CHECKING:
    from pinpoint_edge.bundle import Bundle, StageEntry
    from pinpoint_runtimes import TensorSpec


@click.command(
    "inspect",
    epilog="Example: pinpoint inspect bundles/forms-onnx --json",
)
@click.argument("bundle")
@click.option("--tensors", is_flag=True, help="Show the type and shape of every tensor.")
@shared_options
def command(bundle: str, tensors: bool) -> None:
    """Show a bundle's stages, sizes, recipe, parity and licences; nothing is loaded."""
    from pinpoint_edge.bundle import Bundle
    from pinpoint_edge.storage.records import encode

    opened = Bundle.open(bundle, check_backends=False)
    report = {"digest": opened.digest, "size": opened.size, "folder": str(opened.folder)}
    deliver(report | {"manifest": encode(opened.manifest)}, lambda: _print(opened, tensors))


def _print(bundle: Bundle, tensors: bool) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    manifest = bundle.manifest
    console = Console(highlight=False, soft_wrap=True)

    def line(name: str, value: str) -> None:
        console.print(f"[bold]{name:<10}[/] {escape(value)}")

    line("name", f"{manifest.name} ({manifest.model})")
    line("target", f"{manifest.target}, needs {', '.join(manifest.requires) or 'nothing'}")
    line("size", f"{bundle.size / 1e6:.1f} MB in {len(manifest.files)} files")
    line("digest", bundle.digest)
    line("recipe", f"{manifest.recipe.name} {manifest.recipe.digest[:12]}")
    budget, kv = manifest.token_budget, manifest.kv
    line(
        "evidence", f"coverage {manifest.coverage}, {budget.default} tokens (most {budget.maximum})"
    )
    line("kv cache", f"{kv.form}, {kv.layers} layers, {kv.capacity} tokens")
    line("made with", ", ".join(f"{k} {v}" for k, v in sorted(manifest.tools.items())))

    stages = Table("stage", "MB", "inputs", "outputs", "SQNR dB", box=None)
    stages.columns[1].justify = stages.columns[4].justify = "right"
    for stage, entry in manifest.stages.items():
        # Of floats alone: classes agree or not, a ratio of their numbers says nothing.
        whole = {spec.name for spec in entry.outputs if spec.dtype.startswith("int")}
        measured = manifest.parity.get(stage, {}).items()
        parity = [figures for name, figures in measured if name not in whole]
        worst = min((p.sqnr_db for p in parity if p.sqnr_db is not None), default=None)
        stages.add_row(
            escape(stage),
            f"{_stage_size(bundle, entry) / 1e6:.1f}",
            escape(_tensors(entry.inputs, tensors)),
            escape(_tensors(entry.outputs, tensors)),
            f"{worst:.0f}" if worst is not None else ("exact" if parity else "-"),
        )
    console.print()
    console.print(stages)
    console.print()
    licences = Table("component", "licence", "source", box=None)
    for item in manifest.licences:
        licences.add_row(escape(item.component), escape(item.licence), escape(item.source))
    console.print(licences)


def _stage_size(bundle: Bundle, entry: StageEntry) -> int:
    return sum(bundle.manifest.files[name].size for name in (entry.file, *entry.data))


def _tensors(specs: tuple[TensorSpec, ...], shapes: bool) -> str:
    """List tensors; a decode stage's caches of every layer are counted, not listed."""
    shown = [s for s in specs if not re.match(r"(next_)?(key|value)_", s.name)]
    caches = len(specs) - len(shown)
    more = [f"{caches} caches"] if caches else []
    if not shapes:
        return ", ".join([*(spec.name for spec in shown), *more])
    lines = [f"{s.name} {s.dtype}({','.join(str(d) for d in s.shape)})" for s in shown]
    return "\n".join([*lines, *more])
