"""`--recipe auto`: a recipe searched for a target, and proved on the target's own artifacts.

The search itself knows no target (`pinpoint_quantization.search.choice`). Here it gets what it
needs: a float32 bundle to score on, the types that the target has, and a function that lowers a
candidate and asks it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.errors import ExportError, OptionError
from pinpoint_edge.storage.atomic import check_writable
from pinpoint_export.bundling import build, check_place
from pinpoint_export.bundling.cache import StageCache
from pinpoint_export.bundling.jobs import Calibration, Checkpoint, Choice
from pinpoint_export.bundling.progress import Report
from pinpoint_export.bundling.scratch import scratch
from pinpoint_export.targets import Target
from pinpoint_quantization.recipe import Recipe
from pinpoint_quantization.search.candidate import candidate
from pinpoint_quantization.search.choice import Verified
from pinpoint_quantization.search.ladder import Rung
from pinpoint_quantization.search.recipe_file import check_new
from pinpoint_quantization.search.run import (
    Settings,
    calibration_place,
    pages_to_ask,
    run_search,
    search_folder,
)

AUTO = "auto"
FLOAT = "fp32"


def auto_place(place: Path) -> Path:
    """Return the recipe's file for a bundle's folder: beside it, under its name."""
    return place.with_name(f"{place.name}.toml")


def find_recipe(
    checkpoint: Checkpoint,
    choice: Choice,
    place: Path,
    data: Path,
    settings: Settings,
    *,
    cache: StageCache,
    calibration: Path | None = None,
    jobs: int | None = None,
    overwrite: bool = False,
    report: Report = lambda line: None,
    show: Report = lambda line: None,
) -> tuple[Recipe, Calibration]:
    """Search the recipe of a bundle at `place`, write it beside it, and return it with its set.

    What the search found lies in `<place>.toml.search`, so that a run which was ended goes on where
    it was. Raises OptionError (limits that cannot be kept to, with the best reached; types that the
    target lacks), ExportError (nothing runs the target here), DataError, OutputError.
    """
    check_place(place, overwrite)
    out = auto_place(place)
    check_new(out)
    target = choice.load()
    runtime = target.runtime()
    if runtime is None:
        raise ExportError(
            f"Nothing runs {choice.name} artifacts on this machine, so that no recipe can be "
            "proved; search for another target, and export with its --recipe FILE."
        )
    settings = replace(settings, types=supported_types(target, settings))
    asked = pages_to_ask(data, settings)
    out.parent.mkdir(parents=True, exist_ok=True)
    check_writable(out)
    kept = search_folder(out)
    with _bundle(checkpoint, FLOAT, Choice("onnx"), kept, cache, jobs, report, show) as floats:

        def make(recipe: Recipe) -> AbstractContextManager[Bundle]:
            if choice.name == "onnx":  # what lowering gives, without exporting from torch again
                return candidate(floats, recipe, kept)
            return _bundle(checkpoint, recipe, choice, kept, cache, jobs, report, show)

        def tell(rung: Rung, verified: Verified) -> None:
            report(f"asked: {verified.summary()}; {rung.harm:.1%} of the coarsest's harm")

        chosen, _, digest = run_search(
            floats,
            asked,
            data,
            out,
            settings,
            make,
            runtime=None if choice.name == "onnx" else runtime,
            calibration=calibration,
            on_try=tell,
        )
        report(f"{out}: {chosen.verified.summary()}")
        path = calibration or calibration_place(floats, kept)
    return chosen.recipe, Calibration(path, digest)


def supported_types(target: Target, settings: Settings) -> tuple[str, ...]:
    """Return the types that a target has for all searched stages; raises OptionError for none."""
    reasons: dict[str, str] = {}
    found = []
    for kind in settings.types:
        recipe = settings.searched()
        stages = dict(recipe.stages)
        for stage in settings.stages:
            stages[stage] = replace(stages[stage], weights=kind)
        tried = replace(recipe, stages=stages)
        reason = next((r for s in settings.stages if (r := target.supports(s, tried))), None)
        if reason is None:
            found.append(kind)
        else:
            reasons[kind] = reason
    if not found:
        told_reasons = "; ".join(f"{kind}: {reason}" for kind, reason in reasons.items())
        raise OptionError(f"The target {target.name} has no type to search: {told_reasons}.")
    return tuple(found)


@contextmanager
def _bundle(
    checkpoint: Checkpoint,
    recipe: Recipe | str,
    choice: Choice,
    beside: Path,
    cache: StageCache,
    jobs: int | None,
    report: Callable[[str], None],
    show: Callable[[str], None],
) -> Iterator[Bundle]:
    """Give a bundle that is gone after the block; its stages stay in the cache.

    What misses parity is let through: the answers judge a candidate, and the export that follows
    holds the chosen one to its bar.
    """
    kept = Recipe.builtin(recipe) if isinstance(recipe, str) else recipe
    with scratch(beside, ".bundle-") as folder:
        place = folder / "bundle"
        build(
            checkpoint, kept, {choice: place}, cache=cache, jobs=jobs, allow_mismatch=True,
            report=report, show=show,
        )  # fmt: skip
        yield Bundle.open(place, check_backends=False)
