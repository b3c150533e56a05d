"""Bundle v1: everything that a device needs, in one folder or file (see docs/bundle.md)."""

from pinpoint_edge.bundle.archive import verify_archive
from pinpoint_edge.bundle.folder import Bundle, describe_files, save_manifest
from pinpoint_edge.bundle.manifest import (
    SCHEMA,
    Detection,
    FileEntry,
    HostParameters,
    KVForm,
    Licence,
    Manifest,
    NotFoundPrior,
    Preprocessing,
    ReadingOrder,
    RecipeReference,
    SelectionParameters,
    StageEntry,
    TensorParity,
    Threshold,
    TokenBudget,
    standard_preprocessing,
)
from pinpoint_edge.bundle.packing import pack, unpack

__all__ = [
    "SCHEMA",
    "Bundle",
    "Detection",
    "FileEntry",
    "HostParameters",
    "KVForm",
    "Licence",
    "Manifest",
    "NotFoundPrior",
    "Preprocessing",
    "ReadingOrder",
    "RecipeReference",
    "SelectionParameters",
    "StageEntry",
    "TensorParity",
    "Threshold",
    "TokenBudget",
    "describe_files",
    "pack",
    "save_manifest",
    "standard_preprocessing",
    "unpack",
    "verify_archive",
]
