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
    "pinpoint_hosts": ROOT / "export/pinpoint_hosts",
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
    "pinpoint_hosts": {
        *("pinpoint_runtimes", "pinpoint_edge", "pinpoint_models", "pinpoint_quantization"),
        *("pinpoint_train", "pinpoint_export"),
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


def modules() -> dict[str, Path]:
    """Every module of the packages by its dotted name."""
    found = {}
    for package, folder in SOURCES.items():
        for path in folder.rglob("*.py"):
            parts = [package, *path.relative_to(folder).with_suffix("").parts]
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imported_modules(path: Path, known: dict[str, Path]) -> set[str]:
    """Modules of this project that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in known else node.module for name in names}
    return found & set(known)


def test_there_are_no_import_circles() -> None:
    known = modules()
    arrows = {name: imported_modules(path, known) - {name} for name, path in known.items()}
    reached = {name: set(targets) for name, targets in arrows.items()}
    while grown := {
        name: wider
        for name, targets in reached.items()
        if (wider := targets.union(*(reached[target] for target in targets))) != targets
    }:
        reached |= grown
    circles = sorted(name for name, targets in reached.items() if name in targets)
    assert circles == [], "these import themselves through others"


def test_the_rooms_of_the_reader_have_one_direction() -> None:
    """What a file of pinpoint_edge imports stands in a room below its own."""
    order = (
        *("errors", "storage", "bundle", "runtime", "vision", "retrieval", "generation", "values"),
        *("result", "engine", "document", "reader", "evaluation", "commands", "bench"),
    )
    known = modules()
    wrong = []
    for name, path in known.items():
        if not name.startswith("pinpoint_edge."):
            continue
        room = name.split(".")[1]
        for target in imported_modules(path, known):
            if target.startswith("pinpoint_edge."):
                other = target.split(".")[1]
                if order.index(other) > order.index(room):
                    wrong.append(f"{name} -> {target}")
    assert wrong == []


def test_folders_fit_in_the_head() -> None:
    crowded = {}
    for folder in {path.parent for path in modules().values()}:
        files = [path for path in folder.iterdir() if path.is_file() and path.name != "py.typed"]
        if len(files) > 16:
            crowded[str(folder.relative_to(ROOT))] = len(files)
    assert crowded == {}
    rooms = [
        path
        for path in SOURCES["pinpoint_edge"].iterdir()
        if path.suffix == ".py" or (path.is_dir() and path.name != "__pycache__")
    ]
    assert len(rooms) <= 16, sorted(path.name for path in rooms)
