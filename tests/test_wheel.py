"""The two wheels: what each may hold, and the device's, which answers far from the repository."""

from __future__ import annotations

import fnmatch
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from importlib import metadata
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import pinpoint_edge

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
FOLDERS = ("pinpoint_edge", "runtimes", "quantization", "export")
FILES = ("pyproject.toml", "README.md", "LICENSE", "NOTICE")
# Everything a wheel may hold beside Python: a weight or a list that slips in fails the test.
DEVICE = (
    "pinpoint_edge/*.py",
    "pinpoint_edge/py.typed",
    "pinpoint_edge/bench/report/report.html",
    "pinpoint_runtimes/*.py",
    "pinpoint_runtimes/py.typed",
    "pinpoint_runtimes/executorch/cpp/*.cpp",
    "pinpoint_runtimes/executorch/cpp/*.h",
    "*.dist-info/*",
)
EXPORT = (
    "pinpoint_export/*.py",
    "pinpoint_models/*.py",
    "pinpoint_models/weights/*.safetensors",
    "pinpoint_models/weights/*.json",
    "pinpoint_data/*.py",
    "pinpoint_data/splits/*",
    "pinpoint_data/lists/*.toml",
    "pinpoint_data/templates/forms/*.toml",
    "pinpoint_train/*.py",
    "pinpoint_hosts/*.py",
    "pinpoint_train/cards/*.md",
    "pinpoint_train/logs/*.jsonl",
    "pinpoint_quantization/*.py",
    "pinpoint_quantization/recipes/*.toml",
    "pinpoint_*/py.typed",
    "*.dist-info/*",
)
WEIGHTS = ("detector", "recogniser", "glance", "aligner", "llm")
MEGABYTE = 1e6


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both wheels by name, built from a copy: nothing that is left in the checkout gets in."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheels")
    for name in FOLDERS:
        ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(ROOT / name, source / name, ignore=ignore)
    for name in FILES:
        shutil.copy(ROOT / name, source / name)
    # With hatchling at hand no network is needed.
    at_hand = importlib.util.find_spec("hatchling") is not None
    isolation = ["--no-build-isolation"] if at_hand else []
    for project in (source, source / "export"):
        pip("wheel", project, "--no-deps", "-w", out, *isolation)
    return {path.name.split("-")[0]: path for path in out.glob("*.whl")}


@pytest.fixture(scope="module")
def device(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the device's wheel and what it declares to need, and nothing else."""
    target = tmp_path_factory.mktemp("device")
    pip("install", "--no-deps", "--no-index", "--target", target, wheels["pinpoint_edge"])
    (own,) = metadata.distributions(path=[str(target)])
    for name in requirements(own):
        distribution = metadata.distribution(name)
        for top in {file.parts[0] for file in distribution.files or ()} - {"..", "bin"}:
            if not (target / top).exists():
                (target / top).symlink_to(distribution.locate_file(top))
    return target


def requirements(distribution: metadata.Distribution) -> set[str]:
    """The names of everything that a distribution needs on this machine, directly or not."""
    found: set[str] = set()
    waiting = [distribution]
    while waiting:
        for line in waiting.pop().requires or ():
            needed = Requirement(line)
            here = needed.marker is None or needed.marker.evaluate({"extra": ""})
            if here and needed.name not in found:
                found.add(needed.name)
                waiting.append(metadata.distribution(needed.name))
    return found


def pip(*arguments: object) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def python(target: Path, cwd: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run Python elsewhere, with `target` and the standard library alone (`-S`: no site)."""
    environment = {**os.environ, "PYTHONPATH": str(target), "XDG_CACHE_HOME": str(cwd / "cache")}
    done = subprocess.run(
        [sys.executable, "-S", *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done


def names(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def entry_points(wheel: Path) -> ConfigParser:
    parser = ConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    with zipfile.ZipFile(wheel) as archive:
        (held,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        parser.read_string(archive.read(held).decode())
    return parser


@pytest.mark.parametrize(("name", "allowed"), [
    ("pinpoint_edge", DEVICE), ("pinpoint_edge_export", EXPORT),
])  # fmt: skip
def test_a_wheel_holds_nothing_but_what_is_listed(wheels, name, allowed):
    others = [
        held
        for held in names(wheels[name])
        if not any(fnmatch.fnmatch(held, pattern) for pattern in allowed)
    ]
    assert others == []


def test_the_device_wheel_is_small(wheels):
    assert wheels["pinpoint_edge"].stat().st_size < MEGABYTE


def test_every_module_is_in_its_wheel(wheels):
    for wheel, bases in (
        ("pinpoint_edge", (ROOT, ROOT / "runtimes")),
        ("pinpoint_edge_export", (ROOT / "quantization", ROOT / "export")),
    ):
        modules = {
            path.relative_to(base).as_posix()
            for base in bases
            for package in base.glob("pinpoint_*")
            for path in package.rglob("*.py")
        }
        assert modules == {held for held in names(wheels[wheel]) if held.endswith(".py")}


def test_the_export_wheel_holds_weights_splits_and_recipes(wheels):
    held = names(wheels["pinpoint_edge_export"])
    for folder in (
        "export/pinpoint_models/weights",
        "export/pinpoint_data/splits",
        "export/pinpoint_train/cards",
        "export/pinpoint_train/logs",
        "quantization/pinpoint_quantization/recipes",
    ):
        package = folder.split("/", 1)[1]
        assert {f"{package}/{path.name}" for path in (ROOT / folder).iterdir()} <= held
    assert {f"pinpoint_models/weights/{name}.safetensors" for name in WEIGHTS} <= held
    assert {Path(name).name for name in held if ".dist-info/" in name} >= {"LICENSE", "NOTICE"}


def test_each_wheel_names_its_own_commands_and_plug_ins(wheels):
    device, export = (entry_points(wheels[n]) for n in ("pinpoint_edge", "pinpoint_edge_export"))
    assert set(device["console_scripts"]) == {"pinpoint", "pinpoint-bench"}
    assert set(export["console_scripts"]) == {
        "pinpoint-export", "pinpoint-data", "pinpoint-train", "pinpoint-quantize",
    }  # fmt: skip
    for parser, name in ((device, "pinpoint_edge"), (export, "pinpoint_edge_export")):
        held = names(wheels[name])
        for section in parser.sections():
            for value in parser[section].values():
                module = value.split(":")[0].replace(".", "/")
                assert {f"{module}.py", f"{module}/__init__.py"} & held, value
    assert "torch" not in device["pinpoint_edge.runtimes"]
    assert set(export["pinpoint_edge.runtimes"]) == {"torch"}


def test_both_distributions_have_one_version():
    projects = [
        tomllib.loads((ROOT / path).read_text(encoding="utf-8"))["project"]
        for path in ("pyproject.toml", "export/pyproject.toml")
    ]
    versions = {project["version"] for project in projects}
    assert versions == {pinpoint_edge.__version__}
    export = projects[1]
    required = [*export["dependencies"], *chain(*export["optional-dependencies"].values())]
    own = [line for line in required if line.startswith(("pinpoint-edge=", "pinpoint-edge["))]
    assert own
    assert all(line.endswith(f"=={pinpoint_edge.__version__}") for line in own)


def test_the_device_wheel_answers_without_torch(device, forms_bundle, demo_questions, tmp_path):
    where = python(device, tmp_path, "-c", "import pinpoint_edge as p; print(p.__file__)")
    assert Path(where.stdout.strip()).is_relative_to(device)
    assert not (device / "torch").exists()
    question = demo_questions[0]
    asked = [forms_bundle.resolve(), question["image"], question["question"], "--json"]
    done = python(device, tmp_path, "-m", "pinpoint_edge.commands.cli", "ask", *asked)
    answer = json.loads(done.stdout)
    assert answer["evidence"], "something was read"
    assert answer["found"] == (answer["text"] is not None)


@pytest.mark.parametrize("module", ["pinpoint_edge.commands.cli", "pinpoint_edge.bench.cli"])
def test_every_command_of_the_device_loads_there(device, tmp_path, module):
    code = (
        f"import click\nfrom {module} import cli\ncontext = click.Context(cli)\n"
        "for name in cli.list_commands(context):\n"
        "    print(name, len(cli.get_command(context, name).get_help(context)))\n"
    )
    printed = python(device, tmp_path, "-c", code).stdout.splitlines()
    assert len(printed) >= 6
    assert not {line.split()[0] for line in printed} & {"compare", "llama", "baseline"}
