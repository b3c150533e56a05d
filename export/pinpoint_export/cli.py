"""The `pinpoint-export` command line: trained weights in, a bundle out.

Without a subcommand it exports; `answers` compares what a bundle and the reference answer.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from pinpoint_edge.commands.group import CommandGroup, print_json, run, shared_options


@click.group(
    cls=CommandGroup,
    package="pinpoint_export",
    names=("answers",),
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: pinpoint-export --target onnx --out bundles/forms-onnx",
)
@click.option("--target", "name", help="What to export for, such as onnx.")
@click.option("--out", type=click.Path(path_type=Path), help="Default: bundles/forms-TARGET.")
@click.option(
    "--recipe",
    "recipe_name",
    default="fp32",
    show_default=True,
    help="A recipe's name, or its TOML file.",
)
@click.option(
    "--weights",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of your own checkpoints.",
)
@click.option("--llm", help="GGUF file, Hugging Face folder or hub:ORG/NAME of the language model.")
@click.option("--dry-run", is_flag=True, help="Say what would be made, and make nothing.")
@click.option("--overwrite", is_flag=True, help="Replace a bundle that is already there.")
@shared_options
@click.pass_context
def cli(
    context: click.Context,
    name: str | None,
    out: Path | None,
    recipe_name: str,
    weights: Path | None,
    llm: str | None,
    dry_run: bool,
    overwrite: bool,
    as_json: bool,
    debug: bool,
) -> None:
    """Export the trained pipeline as a bundle that provably answers like the reference."""
    if context.invoked_subcommand is not None:
        if name is not None:
            raise click.UsageError("--target exports a bundle; leave it out before a command.")
        return
    if name is None:
        raise click.UsageError("Missing option '--target', such as --target onnx.")
    from pinpoint_export.build import build, check_place, plan
    from pinpoint_export.paths import weights_folder
    from pinpoint_export.reference import Reference
    from pinpoint_export.targets import load_target
    from pinpoint_quantization.recipe import Recipe

    target = load_target(name)
    is_file = recipe_name.endswith(".toml")
    recipe = Recipe.load(recipe_name) if is_file else Recipe.builtin(recipe_name)
    place = out or Path("bundles") / f"forms-{name}"
    if not dry_run:
        check_place(place, overwrite)
    started = time.monotonic()

    def report(line: str) -> None:
        click.echo(f"{time.monotonic() - started:5.0f} s  {line}", err=True)

    report("loading weights")
    reference = Reference.load(weights or weights_folder(), llm)
    if dry_run:
        planned = plan(reference, target, recipe)
        facts = {
            "target": name,
            "recipe": recipe.name,
            "out": str(place),
            "stages_mb": {stage: round(size, 1) for stage, size in planned.stages.items()},
            "total_mb": round(planned.megabytes, 1),
            "refused": planned.refused,
        }
        if as_json:
            print_json(facts)
        else:
            for stage, size in planned.stages.items():
                click.echo(f"{stage:8} about {size:7.1f} MB  {planned.refused.get(stage, '')}")
            click.echo(f"{place}: about {planned.megabytes:.0f} MB; nothing was written")
        return
    manifest = build(reference, target, recipe, place, overwrite=overwrite, report=report)
    size = sum(file.size for file in manifest.files.values())
    if as_json:
        print_json({"bundle": str(place), "bytes": size, "seconds": time.monotonic() - started})
    else:
        click.echo(f"{place}: {size / 1e6:.0f} MB in {time.monotonic() - started:.0f} s")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with the exit code of its outcome."""
    sys.exit(run(cli, sys.argv[1:] if arguments is None else list(arguments), "pinpoint-export"))


if __name__ == "__main__":
    main()
