"""The arrows of the folder table hold, and a base install needs no torch."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = {
    "pinpoint_runtimes": ROOT / "runtimes/pinpoint_runtimes",
    "pinpoint_edge": ROOT / "pinpoint_edge",
    "pinpoint_quantization": ROOT / "quantization/pinpoint_quantization",
    "pinpoint_models": ROOT / "export/pinpoint_models",
    "pinpoint_data": ROOT / "export/pinpoint_data",
    "pinpoint_train": ROOT / "export/pinpoint_train",
    "pinpoint_export": ROOT / "export/pinpoint_export",
}
ARROWS = {
    "pinpoint_runtimes": set[str](),
    "pinpoint_edge": {"pinpoint_runtimes"},
    "pinpoint_models": {"pinpoint_runtimes", "pinpoint_edge"},
    "pinpoint_quantization": {"pinpoint_runtimes", "pinpoint_edge", "pinpoint_models"},
    "pinpoint_data": {"pinpoint_runtimes", "pinpoint_edge", "pinpoint_models"},
    "pinpoint_train": {"pinpoint_runtimes", "pinpoint_edge", "pinpoint_models", "pinpoint_data"},
    "pinpoint_export": {
        *("pinpoint_runtimes", "pinpoint_edge", "pinpoint_models", "pinpoint_quantization")
    },
}
FORBIDDEN = {name: set(SOURCES) - {name} - ARROWS[name] for name in SOURCES}


def imports_of(path: Path, *, top_level: bool = False) -> set[str]:
    """Top-level names of the packages that a file imports, anywhere or at module level only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level else list(ast.walk(tree))
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", SOURCES)
def test_the_arrows_of_the_folder_table_hold(package: str) -> None:
    files = sorted(SOURCES[package].rglob("*.py"))
    assert files, f"{package} has no source"
    wrong = {
        str(path.relative_to(ROOT)): sorted(imports_of(path) & FORBIDDEN[package])
        for path in files
        if imports_of(path) & FORBIDDEN[package]
    }
    assert wrong == {}


def test_the_reader_knows_no_torch() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in sorted(SOURCES["pinpoint_edge"].rglob("*.py"))
        if "torch" in imports_of(path)
    ]
    assert wrong == []


# What each file of the runtimes may import beside numpy: its own runtime.
BACKENDS = {
    "onnx": {"onnxruntime"},
    "torch.py": {"torch"},
    "executorch": {"executorch", "torch"},
    "litert": {"ai_edge_litert", "tflite_runtime"},
    "coreml.py": {"coremltools", "PIL"},
    "mil": {"torch"},
    "direct.py": {"onnxruntime", "executorch", "torch"},
}


def test_runtimes_know_tensors_only() -> None:
    common = set(sys.stdlib_module_names) | {"numpy", "pinpoint_runtimes"}
    folder = SOURCES["pinpoint_runtimes"]
    for path in sorted(folder.rglob("*.py")):
        own = BACKENDS.get(path.relative_to(folder).parts[0], set())
        assert imports_of(path) <= common | own, path


def test_runtimes_load_without_their_backends() -> None:
    folder = SOURCES["pinpoint_runtimes"]
    paths = [path.relative_to(folder) for path in folder.rglob("*.py")]
    names = [".".join(path.with_suffix("").parts) for path in paths if path.stem != "__init__"]
    eager = {"onnx.runtime", "torch"}
    lazy = sorted(name for name in names if name not in eager and not name.startswith("mil."))
    heavy = {"torch", "onnxruntime", "executorch", "coremltools", "ai_edge_litert", "PIL"}
    assert not heavy & loaded_by("; ".join(f"import pinpoint_runtimes.{name}" for name in lazy))


def loaded_by(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*(name.split('.')[0] for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_reader_loads_no_torch() -> None:
    assert "torch" not in loaded_by("from pinpoint_edge import PinPoint, load_pages, Bundle")


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not {"torch", "numpy", "onnxruntime", "PIL"} & loaded_by("import pinpoint_edge")
