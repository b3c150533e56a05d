"""Core ML's protobuf messages, from an installed coremltools without its import.

`import coremltools` loads its converters, torch and scikit-learn in ten seconds. Its `proto` folder
needs only protobuf and loads in a twentieth of a second.
"""

import importlib
import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from pinpoint_runtimes.errors import BackendMissing

INSTALL = "pip install 'pinpoint-edge-export[coreml]'"
_PACKAGE = "pinpoint_runtimes.mil.coremltools_proto"


def check_backend() -> None:
    """Raise BackendMissing unless torch, protobuf and coremltools' messages are installed."""
    for name in ("torch", "coremltools", "google.protobuf"):
        try:
            found = importlib.util.find_spec(name)
        except ModuleNotFoundError:  # the parent of a dotted name
            found = None
        if found is None:
            raise BackendMissing(f"The mil runtime needs {name}; run `{INSTALL}`.")


@cache
def messages(name: str) -> Any:
    """Return one module of messages: "Model", "MIL" or "FeatureTypes"; raises BackendMissing."""
    check_backend()
    if _PACKAGE not in sys.modules:
        spec = importlib.util.find_spec("coremltools")
        assert spec is not None
        package = ModuleType(_PACKAGE)
        roots = spec.submodule_search_locations or []
        package.__path__ = [str(Path(root) / "proto") for root in roots]
        sys.modules[_PACKAGE] = package
    try:
        return importlib.import_module(f"{_PACKAGE}.{name}_pb2")
    except ImportError as error:
        raise BackendMissing(
            f"The installed coremltools lacks the messages of {name}: {error}; run `{INSTALL}`."
        ) from error
