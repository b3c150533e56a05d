"""Ask a photographed form a question on the device itself.

    from pinpoint_edge import PinPoint
    reader = PinPoint.load("bundles/forms-onnx")
    page = reader.open("receipt.jpg")
    answer = page.ask("What is the total?")

Names are imported when they are first used, so that `pinpoint --help` answers at once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from pinpoint_edge.errors import (
    BackendError,
    BundleError,
    DataError,
    ExportError,
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
    from pinpoint_edge.reader import PinPoint
    from pinpoint_edge.result import Answer, EvidenceRegion, TokenCount
    from pinpoint_edge.vision.page import Page, load_pages

__version__ = "0.1.0"

_HOMES = {
    "Answer": "result",
    "Bundle": "bundle",
    "Document": "document",
    "EvidenceRegion": "result",
    "Manifest": "bundle",
    "Page": "vision.page",
    "PinPoint": "reader",
    "TokenCount": "result",
    "load_pages": "vision.page",
}

__all__ = [
    "Answer",
    "BackendError",
    "Bundle",
    "BundleError",
    "DataError",
    "Document",
    "EvidenceRegion",
    "ExportError",
    "InstructionError",
    "IntegrityError",
    "Manifest",
    "OptionError",
    "OutputError",
    "Page",
    "PageError",
    "PinPoint",
    "PinPointError",
    "TokenCount",
    "load_pages",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
