"""A manifest read from strangers: decoded strictly, then checked against itself."""

from __future__ import annotations

import re
from typing import Any

from pinpoint_edge.bundle import manifest_json
from pinpoint_edge.bundle.manifest import (
    DTYPES,
    SCHEMA,
    STAGES,
    Manifest,
    standard_preprocessing,
)
from pinpoint_edge.bundle.paths import MANIFEST, check_names
from pinpoint_edge.errors import BundleError

MAX_MANIFEST_BYTES = 16 * 2**20
OPS = ("fit_canvas", "resize", "components", "crop", "grey", "ctc", "trigrams")


def read_manifest(raw: bytes, where: str) -> Manifest:
    """Decode and check the bytes of a manifest.json; `where` names it in messages.

    Raises BundleError: bad JSON, a wrong type (with its JSON path), a newer major schema, a name
    that refers to no file, an operation that this version does not know.
    """
    if len(raw) > MAX_MANIFEST_BYTES:
        raise BundleError(
            f"{where} is larger than {MAX_MANIFEST_BYTES // 2**20} MiB; it is no manifest."
        )
    value = manifest_json.parse(raw, where)
    _check_schema(value, where)
    manifest = manifest_json.decode(Manifest, value)
    _check_values(manifest)
    _check_references(manifest, where)
    return manifest


def json_schema() -> dict[str, Any]:
    """Return the published JSON Schema of the manifest."""
    schema = manifest_json.json_schema(
        Manifest, f"PinPoint Edge bundle manifest {SCHEMA.split('.')[0]}"
    )
    definitions = schema["$defs"]
    definitions["FileEntry"]["properties"]["sha256"]["pattern"] = "^[0-9a-f]{64}$"
    definitions["FileEntry"]["properties"]["size"]["minimum"] = 0
    definitions["TensorSpec"]["properties"]["dtype"]["enum"] = list(DTYPES)
    schema["properties"]["schema"]["pattern"] = f"^{SCHEMA.split('.')[0]}\\.[0-9]+$"
    schema["properties"]["coverage"] |= {"exclusiveMinimum": 0, "maximum": 1}
    schema["properties"]["stages"]["required"] = list(STAGES)
    return schema


def _broken(path: str, reason: str) -> BundleError:
    return BundleError(
        f"The manifest is broken at {path}: {reason}. Make or download the bundle again."
    )


def _check_schema(value: object, where: str) -> None:
    version = value.get("schema") if isinstance(value, dict) else None
    if not isinstance(version, str) or not re.fullmatch(r"[0-9]{1,6}\.[0-9]{1,6}", version):
        raise BundleError(f'{where} has no schema version such as "{SCHEMA}"; it is no manifest.')
    theirs, ours = int(version.split(".")[0]), int(SCHEMA.split(".")[0])
    if theirs > ours:
        raise BundleError(
            f"{where} has schema {version}, newer than {SCHEMA} which this version reads; "
            "update pinpoint-edge (pip install --upgrade pinpoint-edge)."
        )
    if theirs < ours:
        raise BundleError(
            f"{where} has schema {version}, which this version no longer reads; "
            f"export the bundle again for schema {SCHEMA}."
        )


def _check_values(manifest: Manifest) -> None:
    for stage, entry in manifest.stages.items():
        for side in ("inputs", "outputs"):
            for i, spec in enumerate(getattr(entry, side)):
                if spec.dtype not in DTYPES:
                    raise _broken(f"$.stages.{stage}.{side}[{i}].dtype", f"unknown '{spec.dtype}'")
    for name, file in manifest.files.items():
        if not re.fullmatch(r"[0-9a-f]{64}", file.sha256):
            raise _broken(f"$.files.{name}.sha256", "it is no lower-case hexadecimal sha256")
        if file.size < 0:
            raise _broken(f"$.files.{name}.size", "it is negative")
    for i, name in enumerate(manifest.requires):
        # The name is shown in a pip command, so it must be nothing but a distribution's name.
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}", name):
            raise _broken(f"$.requires[{i}]", f"{name[:80]!r} is no distribution name")
    if not 0 < manifest.not_found.share < 1 or manifest.not_found.limit < 0:
        raise _broken("$.not_found", "share must be between 0 and 1, limit at least 0")
    threshold = manifest.threshold
    if threshold is not None and not 0 <= threshold.least <= 1:
        raise _broken("$.threshold.least", "it must be between 0 and 1")
    if not manifest.host.selection.temperature > 0:
        raise _broken("$.host.selection.temperature", "it must be above 0")
    if not 0 < manifest.coverage <= 1:
        raise _broken("$.coverage", "it must be above 0 and at most 1")
    if not 0 < manifest.token_budget.default <= manifest.token_budget.maximum:
        raise _broken("$.token_budget", "default must be above 0 and at most maximum")
    for size in ("layers", "heads", "head_dim", "capacity"):
        if getattr(manifest.kv, size) < 1:
            raise _broken(f"$.kv.{size}", "it must be at least 1")
    for size in ("vocabulary", "d_llm"):
        if getattr(manifest, size) < 1:
            raise _broken(f"$.{size}", "it must be at least 1")
    for sizes in ("canvases", "glance_widths", "refine_widths", "align_sizes"):
        if not getattr(manifest.host, sizes):
            raise _broken(f"$.host.{sizes}", "it is empty")


def _check_references(manifest: Manifest, where: str) -> None:
    check_names([MANIFEST, *manifest.files], where)
    missing = [stage for stage in STAGES if stage not in manifest.stages]
    if missing:
        raise _broken("$.stages", f"{', '.join(missing)} missing")
    references = {"$.tokenizer": manifest.tokenizer}
    references |= {f"$.characters.{key}": name for key, name in manifest.characters.items()}
    for stage, entry in manifest.stages.items():
        references[f"$.stages.{stage}.file"] = entry.file
        references |= {f"$.stages.{stage}.data[{i}]": name for i, name in enumerate(entry.data)}
    for path, name in references.items():
        if name not in manifest.files:
            raise _broken(path, f"'{name}' is not in $.files")
    for stage in ("glance", "refine"):
        if stage not in manifest.characters:
            raise _broken("$.characters", f"{stage} missing")
    if manifest.preprocessing.version != 1:
        raise BundleError(
            f"{where} needs preprocessing version {manifest.preprocessing.version}; this version "
            "knows 1. Update pinpoint-edge (pip install --upgrade pinpoint-edge)."
        )
    for i, op in enumerate(manifest.preprocessing.ops):
        if op.op not in OPS:
            raise BundleError(
                f"{where} needs the operation '{op.op}' ($.preprocessing.ops[{i}]), which this "
                "version does not know. Update pinpoint-edge (pip install --upgrade pinpoint-edge)."
            )
    if manifest.preprocessing != standard_preprocessing(manifest.host):
        raise _broken("$.preprocessing.ops", "the steps do not agree with $.host")
