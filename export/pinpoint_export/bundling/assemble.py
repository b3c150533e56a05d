"""Filling a bundle's folder from finished stages: copies, host files, the manifest."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from pinpoint_edge.bundle import (
    KVForm,
    Licence,
    Manifest,
    RecipeReference,
    StageEntry,
    TensorParity,
    TokenBudget,
    describe_files,
    save_manifest,
    standard_preprocessing,
)
from pinpoint_edge.bundle.manifest import SCHEMA, FileEntry
from pinpoint_edge.engine import standard_host
from pinpoint_edge.errors import OutputError
from pinpoint_edge.generation.prompt import END, START
from pinpoint_edge.generation.tokenizer import Tokenizer
from pinpoint_edge.vision.crop import glance_widths
from pinpoint_export.bundling.cache import CachedStage
from pinpoint_export.bundling.digests import tool_versions
from pinpoint_export.bundling.jobs import Choice
from pinpoint_export.bundling.plan import Plan
from pinpoint_export.parity.stage_parity import StageParity
from pinpoint_export.targets import Artifact

COVERAGE = 0.8
BUDGET = TokenBudget(default=256, maximum=1024)
LICENCES = (
    Licence("detector, recogniser", "Apache-2.0", "PP-OCRv6 tiny, PaddlePaddle"),
    Licence("glance, aligner, adapter", "Apache-2.0", "PinPoint Edge"),
    Licence("language model", "Apache-2.0", "SmolLM2-135M-Instruct, Hugging Face TB"),
)


def fill(folder: Path, plan: Plan, choice: Choice, entries: Mapping[str, CachedStage]) -> Manifest:
    """Write a whole bundle into an empty folder; raises OSError and OutputError."""
    made = {stage.job.stage: entries[stage.key] for stage in plan.of(choice)}
    for entry in made.values():
        _copy_artifact(entry, folder)
    for name, content in plan.host.items():
        (folder / name).write_bytes(content)
    files = describe_files(folder)
    _check_copies(made.values(), files)
    target = plan.targets[choice]
    tokenizer = Tokenizer(plan.host["tokenizer.json"])
    height = int(made["glance"].made.artifact.inputs[0].shape[2])
    host = replace(
        standard_host(),
        glance_height=height,
        glance_widths=glance_widths(height),
        reading_order=plan.calibrated.reading_order,
        selection=plan.calibrated.selection,
    )
    manifest = Manifest(
        schema=SCHEMA,
        name=choice.title(plan.recipe),
        model="pinpoint-edge forms 0.1",
        target=choice.name,
        requires=tuple(re.split(r"[<>=!~ ]", r)[0] for r in target.requires()),
        stages={stage: _stage_entry(entry.made.artifact) for stage, entry in made.items()},
        preprocessing=standard_preprocessing(host),
        host=host,
        tokenizer="tokenizer.json",
        characters={"refine": "characters.json", "glance": "glance_characters.json"},
        special_ids={"start": tokenizer.control_id(START), "end": tokenizer.control_id(END)},
        vocabulary=tokenizer.vocabulary,
        d_llm=plan.kv.width,
        token_budget=BUDGET,
        coverage=COVERAGE,
        kv=KVForm(
            target.kv_form,
            plan.kv.layers,
            plan.kv.heads,
            plan.kv.head_dim,
            target.kv_capacity,
        ),
        recipe=RecipeReference(
            plan.recipe.name,
            plan.recipe.digest(),
            {stage: recipe.coarsest for stage, recipe in plan.recipe.stages.items()},
            plan.calibration,
        ),
        tools=tool_versions(target),
        licences=LICENCES,
        files=files,
        parity={
            stage: _parity(entry.made.parity) for stage, entry in made.items() if entry.made.parity
        },
        delegate=choice.delegate or next(iter(target.delegates), None),
        weights=dict(plan.weights),
        providers=dict(target.providers),
        confidence=plan.calibrated.confidence,
        threshold=plan.calibrated.threshold,
        not_found=plan.calibrated.not_found,
    )
    save_manifest(folder, manifest)
    return manifest


def _copy_artifact(entry: CachedStage, folder: Path) -> None:
    for file in entry.made.artifact.files:
        target = folder / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy(entry.folder / file.name, target)


def _check_copies(made: Iterable[CachedStage], files: Mapping[str, FileEntry]) -> None:
    """Raise OutputError when an entry was changed between its verification and its copy."""
    for entry in made:
        for file in entry.made.artifact.files:
            if files[file.name].sha256 != file.sha256:
                raise OutputError(
                    f"The file {file.name} changed while it was copied from {entry.folder}; "
                    "run again."
                )


def copy(source: Path, target: Path) -> None:
    """Copy a file, sharing its blocks where the file system can; never the file itself."""
    with source.open("rb") as origin, target.open("xb") as copied:
        left = os.fstat(origin.fileno()).st_size
        try:
            while left:
                done = os.copy_file_range(origin.fileno(), copied.fileno(), left)
                if not done:
                    break
                left -= done
        except (AttributeError, OSError):  # macOS has no such call, some file systems refuse it
            origin.seek(0)
            copied.seek(0)
            shutil.copyfileobj(origin, copied, 1 << 20)


def _stage_entry(artifact: Artifact) -> StageEntry:
    names = [file.name for file in artifact.files]
    return StageEntry(
        file=names[0],
        data=tuple(names[1:]),
        inputs=artifact.inputs,
        outputs=artifact.outputs,
        buckets=artifact.buckets,
        dtypes=dict(artifact.dtypes),
        compute_units=artifact.compute_units,
    )


def _parity(found: StageParity) -> dict[str, TensorParity]:
    """Return the figures for the manifest, rounded so that they say no more than they know."""
    return {
        name: TensorParity(
            None if figures["sqnr_db"] is None else round(figures["sqnr_db"], 1),
            figures["max_abs"],
            None if figures["cosine"] is None else round(figures["cosine"], 9),
            figures["failure"],
        )
        for name, figures in found.to_json()["tensors"].items()
    }
