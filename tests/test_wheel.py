"""The wheel, installed far from the repository: complete, and a device needs no torch."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
SOURCES = ("pinpoint_edge", "runtimes", "quantization", "export")
FILES = ("pyproject.toml", "README.md", "LICENSE", "NOTICE")
WEIGHTS = ("detector", "recogniser", "glance", "aligner", "llm")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy so that nothing left in the checkout's build/ gets in."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in SOURCES:
        shutil.copytree(ROOT / name, source / name, ignore=ignore)
    for name in FILES:
        shutil.copy(ROOT / name, source / name)
    # With setuptools at hand no network is needed.
    at_hand = importlib.util.find_spec("setuptools") is not None
    pip("wheel", source, "--no-deps", "-w", out, *(["--no-build-isolation"] if at_hand else []))
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("installed")
    pip("install", "--no-deps", "--no-index", "--target", target, wheel)
    return target


def pip(*arguments: object) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def python(target: Path, cwd: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run Python elsewhere, with the installed wheel before anything else."""
    environment = {**os.environ, "PYTHONPATH": str(target), "XDG_CACHE_HOME": str(cwd / "cache")}
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done


def test_the_wheel_holds_weights_splits_recipes_and_types(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, package in (
        ("export/pinpoint_models", "pinpoint_models/weights"),
        ("export/pinpoint_data", "pinpoint_data/splits"),
        ("quantization/pinpoint_quantization", "pinpoint_quantization/recipes"),
    ):
        held = ROOT / folder / package.split("/")[1]
        assert {f"{package}/{path.name}" for path in held.iterdir()} <= names
    assert {f"pinpoint_models/weights/{name}.safetensors" for name in WEIGHTS} <= names
    assert "pinpoint_quantization/recipes/fp32.toml" in names
    for package in ("edge", "runtimes", "quantization", "models", "data", "train", "export"):
        assert f"pinpoint_{package}/py.typed" in names
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "pinpoint_edge",
        "pinpoint_runtimes",
        "pinpoint_quantization",
        "pinpoint_models",
        "pinpoint_data",
        "pinpoint_train",
        "pinpoint_export",
    }


def test_every_module_is_in_the_wheel(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in (ROOT / "pinpoint_edge", *(ROOT / name for name in SOURCES[1:])):
        base = ROOT if folder.name == "pinpoint_edge" else folder
        modules = {path.relative_to(base).as_posix() for path in folder.rglob("*.py")}
        # A check of this checkout, which takes its tools along: no part of the package.
        modules = {name for name in modules if not name.startswith("arm64/")}
        assert modules <= names, modules - names
    assert "pinpoint_runtimes/executorch/native/pinpoint_executorch.cpp" in names


def test_an_installed_wheel_answers_without_torch(
    installed, forms_bundle, demo_questions, tmp_path
):
    where = python(installed, tmp_path, "-c", "import pinpoint_edge as p; print(p.__file__)")
    assert Path(where.stdout.strip()).is_relative_to(installed)
    question = demo_questions[0]
    asked = [forms_bundle.resolve(), question["image"], question["question"], "--json"]
    # With -X importtime every module that is imported is a line of stderr.
    done = python(
        installed, tmp_path, "-X", "importtime", "-m", "pinpoint_edge.commands.cli", "ask", *asked
    )
    answer = json.loads(done.stdout)
    assert answer["evidence"], "something was read"
    assert answer["found"] == (answer["text"] is not None)
    imported = {line.split("|")[-1].strip() for line in done.stderr.splitlines()}
    assert {"pinpoint_edge.reader", "onnxruntime"} <= imported
    assert not {name for name in imported if name.split(".")[0] in ("torch", "pinpoint_export")}


def test_the_installed_target_is_found_by_its_entry_point(installed, tmp_path):
    code = "from pinpoint_export.targets import load_target; t = load_target('onnx'); import sys; "
    code += "print(t.name, sys.modules[type(t).__module__].__file__)"
    name, path = python(installed, tmp_path, "-c", code).stdout.split()
    assert name == "onnx"
    assert Path(path).is_relative_to(installed)
