"""The `pinpoint-export` command line: trained weights in, bundles out.

Without a subcommand it exports; `answers` and `parity` compare a bundle with the reference, and
`gguf` writes the language model for llama.cpp; `release` and `keys` pack, list and sign bundles.
"""

from __future__ import annotations

import importlib.util
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinpoint_edge.commands.group import (
    FILE_PATH,
    CommandGroup,
    deliver,
    entry_point,
    shared_options,
)
from pinpoint_edge.errors import ExportError, OptionError
from pinpoint_quantization.commands.sensitivity import DEFAULT_DROP, limit_options

if TYPE_CHECKING:
    from pinpoint_quantization.search.run import Settings

AUTO = "auto"
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group(
    "pinpoint-export",
    cls=CommandGroup,
    package="pinpoint_export",
    commands={
        "answers": "Compare bundles' answers with the reference's.",
        "parity": "Measure how far a bundle's tensors are from the reference's.",
        "gguf": "Write the language model for llama.cpp.",
        "release": "Pack, list and sign bundles for others to fetch.",
        "keys": "Make keys that sign a release, or replace them.",
    },
    plugins="pinpoint_edge.export_commands",
    invoke_without_command=True,
    epilog="Example: pinpoint-export --target onnx,litert --out bundles/forms",
)
@click.option("--target", "names", metavar="T[,T...]", help="What to export for, such as onnx.")
@click.option("--delegate", metavar="D", help="What a target lowers to, where it has a choice.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder of the bundle, or of one bundle a target. Default: bundles/forms-TARGET.",
)
@click.option(
    "--recipe",
    "recipe_name",
    default="fp32",
    show_default=True,
    help="A recipe's name, its TOML file, or auto: search one on --data.",
)
@click.option(
    "--data", type=FILE_PATH, metavar="QA.jsonl", help="auto: questions on pages of yours."
)
@limit_options
@click.option(
    "--questions",
    type=click.IntRange(min=1),
    metavar="N",
    help="auto: asked under each recipe that is tried; default 120.",
)
@click.option(
    "--skip-held-out", is_flag=True, help="auto: leave out pages that are kept for measuring."
)
@click.option(
    "--calibration",
    type=FILE_PATH,
    metavar="SET.npz",
    help="Real inputs, of `pinpoint-quantize calibrate`; for ranges that are measured before.",
)
@click.option(
    "--weights",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of your own checkpoints.",
)
@click.option("--llm", help="GGUF file, Hugging Face folder or hub:ORG/NAME of the language model.")
@click.option("--dry-run", is_flag=True, help="Say what would be made, and make nothing.")
@click.option("--overwrite", is_flag=True, help="Replace a bundle that is already there.")
@click.option("--allow-mismatch", is_flag=True, help="Write stages that miss parity, marked so.")
@click.option("--cache", type=_FOLDER, metavar="DIR", help="Where finished stages are kept.")
@click.option("--no-cache", is_flag=True, help="Make every stage anew and keep none.")
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N",
    help="Stages to make at once; default one a core, as memory allows.",
)  # fmt: skip
@click.option("--layers", type=click.IntRange(min=1), hidden=True, help="For tests: cut the LLM.")
@click.option("--buckets", type=click.IntRange(min=1), hidden=True, help="For tests: cut sizes.")
@shared_options
@click.pass_context
def cli(
    context: click.Context,
    names: str | None,
    delegate: str | None,
    out: Path | None,
    recipe_name: str,
    data: Path | None,
    max_drop: float | None,
    max_size: int | None,
    optimize: str | None,
    questions: int | None,
    skip_held_out: bool,
    calibration: Path | None,
    weights: Path | None,
    llm: str | None,
    dry_run: bool,
    overwrite: bool,
    allow_mismatch: bool,
    cache: Path | None,
    no_cache: bool,
    jobs: int | None,
    layers: int | None,
    buckets: int | None,
) -> None:
    """Export the trained pipeline as bundles that provably answer like the reference."""
    if context.invoked_subcommand is not None:
        if names is not None:
            raise click.UsageError("--target exports a bundle; leave it out before a command.")
        return
    if names is None:
        raise click.UsageError("Missing option '--target', such as --target onnx.")
    if cache is not None and no_cache:
        raise click.UsageError("--cache and --no-cache exclude each other.")
    limits = (("--max-drop", max_drop), ("--max-size", max_size), ("--optimize", optimize))
    searching = {"--data": data, **dict(limits), "--questions": questions}
    searching |= {"--skip-held-out": skip_held_out or None}
    if recipe_name != AUTO:
        for option, value in searching.items():
            if value is not None:
                raise click.UsageError(f"{option} belongs to --recipe auto.")
    elif data is None:
        raise click.UsageError("--recipe auto needs --data: real questions to hold it to.")
    elif dry_run:
        raise click.UsageError("--recipe auto has no plan before its search; leave --dry-run out.")
    elif no_cache:
        raise click.UsageError("--recipe auto keeps stages for its tries; leave --no-cache out.")
    _check_torch()
    from pinpoint_export.bundling import build
    from pinpoint_export.bundling.cache import StageCache
    from pinpoint_export.bundling.jobs import Calibration, Checkpoint, bundle_places, choices
    from pinpoint_export.bundling.plan import make_plan
    from pinpoint_export.bundling.progress import on_terminal
    from pinpoint_models.paths import weights_folder
    from pinpoint_quantization.recipe import Recipe
    from pinpoint_runtimes.cache import cache_folder

    chosen = choices(names, delegate)
    is_file = recipe_name.endswith(".toml")
    if recipe_name == AUTO:
        recipe = replace(Recipe.builtin("fp32"), name=AUTO)
    else:
        recipe = Recipe.load(recipe_name) if is_file else Recipe.builtin(recipe_name)
    real = None if calibration is None else Calibration.of(calibration)
    checkpoint = Checkpoint(weights or weights_folder(), llm, layers, buckets)
    places = bundle_places(chosen, recipe, out)
    stages = StageCache(cache or cache_folder("stages"))
    if dry_run:
        click.echo("loading weights", err=True)
        plan = make_plan(checkpoint, recipe, places, stages, real)
        at_once = jobs or os.cpu_count() or 1
        facts = plan.to_json(at_once)
        deliver(facts, lambda: _show(facts, at_once))
        return
    started = time.monotonic()
    with on_terminal() as (report, show):
        if data is not None:
            from pinpoint_export.auto import find_recipe

            if len(places) > 1:
                raise OptionError("--recipe auto searches for one target; name one.")
            ((choice, folder),) = places.items()
            recipe, real = find_recipe(
                checkpoint,
                choice,
                folder,
                data,
                _settings(max_drop, max_size, optimize, questions, skip_held_out),
                cache=stages,
                calibration=calibration,
                jobs=jobs,
                overwrite=overwrite,
                report=report,
                show=show,
            )
        manifests = build(
            checkpoint,
            recipe,
            places,
            cache=None if no_cache else stages,
            jobs=jobs,
            overwrite=overwrite,
            allow_mismatch=allow_mismatch,
            calibration=real,
            report=report,
            show=show,
        )
    seconds = time.monotonic() - started
    sizes = {
        str(places[choice]): sum(file.size for file in manifest.files.values())
        for choice, manifest in manifests.items()
    }
    lines = [f"{place}: {size / 1e6:.0f} MB" for place, size in sizes.items()]
    deliver(
        {"bundles": sizes, "seconds": round(seconds, 1)},
        lambda: click.echo("\n".join([*lines, f"done in {seconds:.0f} s"])),
    )


def _settings(
    max_drop: float | None,
    max_size: int | None,
    optimize: str | None,
    questions: int | None,
    skip_held_out: bool,
) -> Settings:
    from pinpoint_quantization.recipe import Recipe
    from pinpoint_quantization.search.choice import SearchLimits
    from pinpoint_quantization.search.run import Settings

    drop = DEFAULT_DROP if max_drop is None else max_drop
    limits = SearchLimits(drop / 100, max_size, optimize or "size")
    settings = Settings(limits, Recipe.builtin("fp32"), skip_held_out=skip_held_out)
    return settings if questions is None else replace(settings, questions=questions)


def _check_torch() -> None:
    """Say how to install the exporter where only the reader is installed."""
    if importlib.util.find_spec("torch") is None:
        raise ExportError(
            "Exporting needs torch, which is not installed; run: pip install pinpoint-edge-export"
        )


def _show(facts: dict[str, Any], jobs: int) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, soft_wrap=True)
    table = Table("target", "stage", "weights", "MB", "peak RAM, GB", "seconds", "")
    for target in facts["targets"]:
        for name, stage in target["stages"].items():
            state = "from the cache" if stage["cached"] else ""
            table.add_row(
                target["target"],
                name,
                stage["weights"],
                f"{stage['mb']:.1f}",
                f"{stage['peak_memory_mb'] / 1e3:.1f}",
                str(stage["seconds"]),
                f"refused: {stage['refused']}" if stage["refused"] else state,
            )
    console.print(table)
    for target in facts["targets"]:
        console.print(f"{target['out']}: about {target['total_mb']:.0f} MB", markup=False)
        if target["missing"]:
            console.print(f"  missing: {', '.join(target['missing'])}", markup=False)
    for line in facts["install"]:
        console.print(f"  run: {line}", markup=False)
    console.print(
        f"about {facts['seconds']} s with {jobs} at once, "
        f"{facts['peak_memory_mb'] / 1e3:.1f} GB at the peak of one; nothing was written"
    )


main = entry_point(cli)

if __name__ == "__main__":
    main()
