"""A float32 ONNX bundle with another recipe: its graphs quantized as the onnx target does."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import onnx_ir as ir

from pinpoint_edge.bundle import Bundle, RecipeReference, describe_files, save_manifest
from pinpoint_edge.errors import BundleError, OptionError, OutputError
from pinpoint_quantization.onnx.blocks import quantize_graph
from pinpoint_quantization.onnx.weights import note_modules
from pinpoint_quantization.recipe import BITS, STAGES, Recipe

WORK = ".candidate-"
QUANTIZED = ("align", "decode")  # stages whose graphs in a bundle quantize like fresh ones


def check_stages(recipe: Recipe) -> None:
    """Raise OptionError for recipes that need an export: float16, palettes, other stages."""
    if recipe.vocabulary is not None:
        raise OptionError(
            f"The recipe {recipe.name} leaves tokens out, which is done before lowering; search "
            "from a recipe with the whole vocabulary."
        )
    for stage in STAGES:
        known = {"float32", *BITS} if stage in QUANTIZED else {"float32"}
        for kind in sorted(recipe.stages[stage].types() - known):
            raise OptionError(
                f"Stage {stage} cannot be kept in {kind} here, it can in {', '.join(sorted(known))}"
                "; let the exporter search: `pinpoint-export --recipe auto`."
            )


@contextmanager
def candidate(bundle: Bundle, recipe: Recipe, beside: Path) -> Iterator[Bundle]:
    """Give a bundle with its weights as the recipe says; it is removed after the block.

    beside: an existing folder for it. Raises OutputError, and the errors of quantization.
    """
    check_stages(recipe)
    for left in beside.glob(f"{WORK}*"):  # by a run that was killed
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=WORK, dir=beside) as temporary:
        try:
            made = _make(bundle, recipe, Path(temporary))
        except OSError as error:
            raise OutputError(
                f"{beside} cannot hold a candidate of the search: {error.strerror}; free some room."
            ) from error
        yield made


def _make(bundle: Bundle, recipe: Recipe, folder: Path) -> Bundle:
    manifest = bundle.manifest
    quantized = [s for s in STAGES if recipe.stages[s].types() & BITS.keys()]
    left = {
        name
        for stage in quantized
        for name in (manifest.stages[stage].file, *manifest.stages[stage].data)
    }
    for name in manifest.files.keys() - left:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(bundle.path(name), folder / name)
    for stage in quantized:
        entry = manifest.stages[stage]
        try:
            model = ir.load(bundle.stage_path(stage))
            note_modules(model)
            quantize_graph(model, stage, recipe.stages[stage])
        except ValueError as error:  # weights in a file that onnx-ir does not trust
            raise BundleError(
                f"Stage {stage} of {bundle.folder} cannot be read: {error}; copy the bundle."
            ) from error
        for node in model.graph:
            node.metadata_props.clear()
        data = entry.data[0] if entry.data else None
        ir.save(model, folder / entry.file, external_data=data)
    made = replace(
        manifest,
        name=f"{manifest.name}-{recipe.name}",
        recipe=RecipeReference(
            recipe.name, recipe.digest(), {s: recipe.stages[s].coarsest for s in STAGES}
        ),
        files=describe_files(folder),
        parity={},
    )
    save_manifest(folder, made)
    return Bundle.open(folder)
