"""Write an `.mlpackage` whose bytes depend on nothing but the stage and the converter's version."""

from __future__ import annotations

import json
import shutil
import uuid
from pathlib import Path
from typing import Any

from pinpoint_edge import __version__
from pinpoint_export.targets.coreml.metadata import AUTHORS, LICENCE, STAGE_TEXTS, tensor_text
from pinpoint_models.stages import StageProgram

MODEL = "com.apple.CoreML/model.mlmodel"
WEIGHTS = "com.apple.CoreML/weights"
COREMLTOOLS = "com.github.apple.coremltools."
NAMESPACE = uuid.UUID("6f4c1e0a-5d0b-5b7e-9c57-3f0d1c8a7b21")  # any fixed one


def write_package(model: Any, program: StageProgram, out_dir: Path) -> list[str]:
    """Write an MLModel as `<stage>.mlpackage`, replacing an older one; return the files' names.

    The specification comes first. Dates, local versions and random identifiers are left out, and
    maps are sorted.
    """
    package = out_dir / f"{program.name}.mlpackage"
    shutil.rmtree(package, ignore_errors=True)
    spec = model.get_spec()
    _describe(spec.description, program)
    _strip(spec)
    path = package / "Data" / MODEL
    path.parent.mkdir(parents=True)
    path.write_bytes(spec.SerializeToString(deterministic=True))
    names = [path]
    weights = Path(model.weights_dir or "") / "weight.bin"
    if weights.is_file():
        (package / "Data" / WEIGHTS).mkdir()
        names.append(package / "Data" / WEIGHTS / weights.name)
        shutil.copyfile(weights, names[-1])
    names.append(package / "Manifest.json")
    names[-1].write_text(_manifest(program.name, weights=len(names) == 3), encoding="utf-8")
    return [name.relative_to(out_dir).as_posix() for name in names]


def _manifest(stage: str, *, weights: bool) -> str:
    """Return Manifest.json, with identifiers made from the stage's name and the item's path."""
    items = [(MODEL, "CoreML Model Specification")]
    if weights:
        items.append((WEIGHTS, "CoreML Model Weights"))
    entries = {
        str(uuid.uuid5(NAMESPACE, f"{stage}/{path}")).upper(): {
            "author": "com.apple.CoreML",
            "description": description,
            "name": path.rsplit("/", 1)[1],
            "path": path,
        }
        for path, description in items
    }
    manifest = {
        "fileFormatVersion": "1.0.0",
        "itemInfoEntries": entries,
        "rootModelIdentifier": next(iter(entries)),
    }
    return json.dumps(manifest, indent=4, sort_keys=True) + "\n"


def _describe(description: Any, program: StageProgram) -> None:
    """Write into the model what Xcode and MLModel show of it."""
    metadata = description.metadata
    metadata.shortDescription = STAGE_TEXTS.get(program.name, f"Stage {program.name}.")
    metadata.author = AUTHORS.get(program.name, "PinPoint Edge")
    metadata.license = LICENCE
    metadata.versionString = __version__
    for features, specs in (
        (description.input, program.inputs),
        (description.output, program.outputs),
    ):
        by_name = {spec.name: spec for spec in specs}
        for feature in features:
            feature.shortDescription = tensor_text(by_name[feature.name])
    for feature in description.state:
        kind, layer = feature.name.rsplit("_", 1)
        feature.shortDescription = f"Cached {kind}s of layer {layer}."


def _strip(spec: Any) -> None:
    """Remove the date and local suffixes of versions ("2.13.0+cpu"); sort what has no order."""
    entries = spec.description.metadata.userDefined
    del entries[f"{COREMLTOOLS}conversion_date"]
    for name in list(entries):
        entries[name] = entries[name].split("+")[0]
    values = spec.mlProgram.attributes["buildInfo"].immediateValue.dictionary.values
    for value in values:
        strings = value.value.immediateValue.tensor.strings.values
        strings[:] = [text.split("+")[0] for text in strings]
    values.sort(key=lambda value: value.SerializeToString(deterministic=True))
