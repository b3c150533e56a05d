"""Build bundles: make every stage once, prove that it answers like the reference, write them.

A bundle is written beside its place and renamed, so that an interrupted export leaves nothing; its
finished stages stay in the cache.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from pinpoint_edge.bundle import Manifest
from pinpoint_edge.errors import ExportError, OptionError
from pinpoint_export.bundling.assemble import fill
from pinpoint_export.bundling.cache import CachedStage, StageCache
from pinpoint_export.bundling.jobs import Calibration, Checkpoint, Choice
from pinpoint_export.bundling.making import make_stages
from pinpoint_export.bundling.plan import Plan, PlannedStage, check_tools, make_plan
from pinpoint_export.bundling.progress import Progress, Report
from pinpoint_export.bundling.resources import existing
from pinpoint_export.bundling.scratch import scratch, unwritable
from pinpoint_quantization.recipe import Recipe


def build(
    checkpoint: Checkpoint,
    recipe: Recipe,
    places: Mapping[Choice, Path],
    *,
    cache: StageCache | None = None,
    jobs: int | None = None,
    overwrite: bool = False,
    allow_mismatch: bool = False,
    calibration: Calibration | None = None,
    report: Report = lambda line: None,
    show: Report = lambda line: None,
) -> dict[Choice, Manifest]:
    """Export all stages for each target into its place; return what the bundles are.

    Args:
        places: the folder of each target's bundle; see `jobs.bundle_places`.
        cache: finished stages; None: they are kept only until the bundles are written.
        jobs: workers side by side, default one a core.
        calibration: real inputs, for recipes that measure ranges before; its digest is kept.
        allow_mismatch: write stages that miss parity too, and say so in the manifest.
        report: gets a line a step; show: gets the line of the moment.

    Raises:
        OptionError: a place is taken. ExportError: a package is missing, a stage cannot be lowered
        or misses parity, memory is too little. OutputError: something cannot be written.
    """
    for place in places.values():
        check_place(place, overwrite)
    check_tools({choice: choice.load() for choice in places})
    jobs = jobs or os.cpu_count() or 1
    with ExitStack() as stack:
        if cache is None:
            folder = stack.enter_context(
                scratch(existing(next(iter(places.values()))), ".pinpoint-stages-")
            )
            cache = StageCache(folder)
        report("loading weights")
        plan = make_plan(checkpoint, recipe, places, cache, calibration)
        plan.check(cache)
        progress = Progress(plan.stages, jobs, report, show)
        accept = _accept_all if allow_mismatch else _check_parity
        entries = {stage.key: stage.entry for stage in plan.stages if stage.entry}
        for stage in plan.stages:
            if stage.entry:
                accept(stage, stage.entry)
        entries |= make_stages(plan.pending, cache, jobs, progress, accept)
        manifests = {
            choice: _write(plan, choice, entries, place) for choice, place in places.items()
        }
        cache.trim(keep=entries)
    return manifests


def check_place(out: Path, overwrite: bool) -> None:
    """Refuse a place that holds something else; an older bundle needs `overwrite`."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not (out / "manifest.json").is_file():
        raise OptionError(f"{out} is there and is no bundle: choose another --out.")
    if not overwrite:
        raise OptionError(f"{out} already holds a bundle: add --overwrite or choose another --out.")


def _check_parity(stage: PlannedStage, entry: CachedStage) -> None:
    """Raise ExportError for a stage that does not answer like the reference."""
    parity = entry.made.parity
    if parity is not None and not parity.passed:
        reasons = "; ".join(parity.failures()) or "it has no outputs"
        raise ExportError(
            f"Stage {stage.job.stage} does not answer like the reference on "
            f"{stage.job.choice.name}: {reasons}. Export it all the same with --allow-mismatch, "
            "and look where it begins with `pinpoint-export parity BUNDLE --locate`."
        )


def _accept_all(stage: PlannedStage, entry: CachedStage) -> None:
    """Let every stage pass; the manifest says what missed parity."""


def _write(plan: Plan, choice: Choice, entries: Mapping[str, CachedStage], place: Path) -> Manifest:
    """Write one bundle beside its place and rename it."""
    with scratch(place.parent, f".{place.name}.making-") as beside:
        try:
            manifest = fill(beside, plan, choice, entries)
            os.chmod(beside, 0o755)
            if place.exists():
                shutil.rmtree(place)
            beside.rename(place)
        except OSError as error:
            raise unwritable(place, error) from error
    return manifest
