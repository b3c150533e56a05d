"""Ask a photographed form a question on the device itself.

    from pinpoint_edge import PinPoint
    reader = PinPoint.load("bundles/forms-onnx")
    page = reader.open("receipt.jpg")
    answer = page.ask("What is the total?")

The names of `__all__` are public and stable (docs/stability.md); everything else may change. Names
are imported when they are first used, so that `pinpoint --help` answers at once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from pinpoint_edge.errors import (
    BackendError,
    BundleError,
    CapacityError,
    DataError,
    DeviceError,
    DownloadError,
    EndpointError,
    ExportError,
    InferenceError,
    InstructionError,
    IntegrityError,
    OptionError,
    OutputError,
    PageError,
    PinPointError,
)

if TYPE_CHECKING:
    from pinpoint_edge.bundle import Bundle, Manifest
    from pinpoint_edge.document import Document
    from pinpoint_edge.document.drawing import draw
    from pinpoint_edge.document.extraction import Extraction
    from pinpoint_edge.generation.confidence import Signals
    from pinpoint_edge.reader import PinPoint
    from pinpoint_edge.result import Alternative, Answer, EvidenceRegion, TokenCount
    from pinpoint_edge.runtime.stages import Observer
    from pinpoint_edge.values.fitting import Unfit
    from pinpoint_edge.values.value import Value
    from pinpoint_edge.vision.geometry import Box, Corners
    from pinpoint_edge.vision.page import Page, load_pages
    from pinpoint_edge.vision.regions import Region

__version__ = "0.1.0"

_HOMES = {
    "Alternative": "result",
    "Answer": "result",
    "Box": "vision.geometry",
    "Bundle": "bundle",
    "Corners": "vision.geometry",
    "Document": "document",
    "Extraction": "document.extraction",
    "EvidenceRegion": "result",
    "Manifest": "bundle",
    "Observer": "runtime.stages",
    "Page": "vision.page",
    "PinPoint": "reader",
    "Region": "vision.regions",
    "Signals": "generation.confidence",
    "TokenCount": "result",
    "Unfit": "values.fitting",
    "Value": "values.value",
    "draw": "document.drawing",
    "load_pages": "vision.page",
}

__all__ = [
    "Alternative",
    "Answer",
    "BackendError",
    "Box",
    "Bundle",
    "BundleError",
    "CapacityError",
    "Corners",
    "DataError",
    "DeviceError",
    "Document",
    "DownloadError",
    "EndpointError",
    "EvidenceRegion",
    "ExportError",
    "Extraction",
    "InferenceError",
    "InstructionError",
    "IntegrityError",
    "Manifest",
    "Observer",
    "OptionError",
    "OutputError",
    "Page",
    "PageError",
    "PinPoint",
    "PinPointError",
    "Region",
    "Signals",
    "TokenCount",
    "Unfit",
    "Value",
    "draw",
    "load_pages",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
