"""Build a bundle: lower every stage, prove that it answers like the reference, write the manifest.

The bundle is written beside its place and renamed, so that an interrupted export leaves nothing.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pinpoint_edge.bundle import (
    HostParameters,
    KVForm,
    Licence,
    Manifest,
    RecipeReference,
    StageEntry,
    TensorParity,
    TensorSpec,
    TokenBudget,
    describe_files,
    save_manifest,
    standard_preprocessing,
)
from pinpoint_edge.bundle.manifest import SCHEMA
from pinpoint_edge.errors import ExportError, OptionError, OutputError
from pinpoint_edge.host import standard_host
from pinpoint_edge.models.stages import StageProgram
from pinpoint_edge.prompt import END, START
from pinpoint_edge.tokenizer import Tokenizer
from pinpoint_export.parity import Parity, measure
from pinpoint_export.reference import Reference, write_host_files
from pinpoint_export.targets import Artifact, Target
from pinpoint_quantization.recipe import Recipe
from pinpoint_runtimes.onnx import OnnxSession

COVERAGE = 0.8
BUDGET = TokenBudget(default=256, maximum=1024)
CAPACITY = 512
TOOLS = ("torch", "onnx", "onnx-ir", "onnxscript", "onnxruntime", "numpy")
LICENCES = (
    Licence("detector, recogniser", "Apache-2.0", "PP-OCRv6 tiny, PaddlePaddle"),
    Licence("glance, aligner, adapter", "Apache-2.0", "PinPoint Edge"),
    Licence("language model", "Apache-2.0", "SmolLM2-135M-Instruct, Hugging Face TB"),
)

Report = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What an export will make: megabytes by stage, and what stands in its way."""

    stages: dict[str, float]
    refused: dict[str, str]

    @property
    def megabytes(self) -> float:
        """Expected size of the bundle."""
        return sum(self.stages.values())


def plan(reference: Reference, target: Target, recipe: Recipe) -> Plan:
    """Say what `build` would do, without lowering anything."""
    programs = reference.programs()
    sizes = {name: target.estimate(program) / 1e6 for name, program in programs.items()}
    reasons = {name: target.supports(name, recipe) for name in programs}
    return Plan(sizes, {name: reason for name, reason in reasons.items() if reason})


def build(
    reference: Reference,
    target: Target,
    recipe: Recipe,
    out: Path,
    *,
    overwrite: bool = False,
    report: Report = lambda line: None,
) -> Manifest:
    """Export all stages into the bundle folder `out`.

    Raises OptionError when `out` is taken, ExportError when a stage cannot be lowered or misses
    parity, OutputError when it cannot be written.
    """
    check_place(out, overwrite)
    refused = plan(reference, target, recipe).refused
    if refused:
        stage, reason = next(iter(refused.items()))
        raise ExportError(f"The recipe {recipe.name} cannot be exported: {stage}: {reason}.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise OutputError(f"{out} cannot be written: {error.strerror}. Choose another.") from error
    try:
        manifest = _fill(beside, reference, target, recipe, out.name, report)
        os.chmod(beside, 0o755)
        if out.exists():
            shutil.rmtree(out)
        beside.rename(out)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return manifest


def check_place(out: Path, overwrite: bool) -> None:
    """Refuse a place that holds something else; an older bundle needs `overwrite`."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not (out / "manifest.json").is_file():
        raise OptionError(f"{out} is there and is no bundle: choose another --out.")
    if not overwrite:
        raise OptionError(f"{out} already holds a bundle: add --overwrite or choose another --out.")


def _fill(
    folder: Path, reference: Reference, target: Target, recipe: Recipe, name: str, report: Report
) -> Manifest:
    stages: dict[str, StageEntry] = {}
    parity: dict[str, dict[str, TensorParity]] = {}
    for stage, program in reference.programs().items():
        report(f"{stage}: lowering to {target.name}")
        try:
            artifact = target.lower(program, folder)
        except (RuntimeError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            raise ExportError(f"Stage {stage} cannot be lowered: {reason}") from error
        stages[stage] = _entry(program, artifact)
        found = measure(program, OnnxSession(folder / artifact.files[0].name))
        if not found.passed:
            raise ExportError(
                f"Stage {stage} does not answer like the reference: {found.failures()[0]}. "
                "Please report it with the versions of `pinpoint doctor`."
            )
        parity[stage] = _manifest_parity(found)
        worst = min((t.sqnr_db for t in found.tensors.values()), default=0.0)
        size = sum(file.size for file in artifact.files) / 1e6
        report(f"{stage}: {size:.1f} MB, at least {worst:.0f} dB from the reference")
    write_host_files(reference, folder)
    manifest = _manifest(folder, reference, target, recipe, name, stages, parity)
    save_manifest(folder, manifest)
    return manifest


def _manifest(
    folder: Path,
    reference: Reference,
    target: Target,
    recipe: Recipe,
    name: str,
    stages: dict[str, StageEntry],
    parity: dict[str, dict[str, TensorParity]],
) -> Manifest:
    host: HostParameters = standard_host()
    tokenizer = Tokenizer(reference.tokenizer_json.encode())
    config = reference.decoder.config
    return Manifest(
        schema=SCHEMA,
        name=name,
        model="pinpoint-edge forms 0.1",
        target=target.name,
        requires=tuple(re.split(r"[<>=!~ ]", r)[0] for r in target.requires()),
        stages=stages,
        preprocessing=standard_preprocessing(host),
        host=host,
        tokenizer="tokenizer.json",
        characters={"refine": "characters.json", "glance": "glance_characters.json"},
        special_ids={"start": tokenizer.control_id(START), "end": tokenizer.control_id(END)},
        vocabulary=tokenizer.vocabulary,
        d_llm=config.width,
        token_budget=BUDGET,
        coverage=COVERAGE,
        kv=KVForm(
            "shared-buffer",
            len(reference.decoder.layers),
            config.kv_heads,
            config.head_size,
            CAPACITY,
        ),
        recipe=RecipeReference(recipe.name, recipe.digest()),
        tools={tool: importlib.metadata.version(tool) for tool in TOOLS},
        licences=LICENCES,
        files=describe_files(folder),
        parity=parity,
    )


def _entry(program: StageProgram, artifact: Artifact) -> StageEntry:
    names = [file.name for file in artifact.files]
    return StageEntry(
        file=names[0],
        data=tuple(names[1:]),
        inputs=tuple(TensorSpec(s.name, s.dtype, s.shape) for s in program.inputs),
        outputs=tuple(TensorSpec(s.name, s.dtype, s.shape) for s in program.outputs),
        # The decode stage takes any sizes; the others are only run at these.
        buckets=() if program.state else tuple(program.buckets),
    )


def _manifest_parity(found: Parity) -> dict[str, TensorParity]:
    return {
        name: TensorParity(figures["sqnr_db"], float(figures["max_abs"] or 0.0))
        for name, figures in found.summary().items()
    }
