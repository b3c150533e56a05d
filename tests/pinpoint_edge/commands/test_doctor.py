"""`pinpoint doctor` says what is here, what is missing and how to get it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pinpoint_edge.commands import doctor

Pinpoint = Callable[..., tuple[int, str, str]]


def test_doctor(pinpoint: Pinpoint) -> None:
    code, out, _ = pinpoint("doctor", "--json")
    report = json.loads(out)
    assert (code, report["ready"], report["remedy"]) == (0, True, None)
    assert "CPUExecutionProvider" in report["providers"]
    assert {p["name"] for p in report["packages"]} == {p.name for p in doctor.PACKAGES}
    assert report["runtimes"]["onnx"] is None
    if sys.platform != "darwin":
        assert "--runtime mil" in report["runtimes"]["coreml"]
    code, out, _ = pinpoint("doctor")
    assert code == 0
    assert out.rstrip().endswith("ready")


def test_doctor_names_what_is_missing(pinpoint: Pinpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = doctor.Package("no-such-package", "no_such_package", "2.0", "2.1")
    old = doctor.Package("click", "click", "99.1", "99.2")
    monkeypatch.setattr(doctor, "PACKAGES", (absent, old))
    code, out, _ = pinpoint("doctor", "--json")
    report: dict[str, Any] = json.loads(out)
    assert (code, report["ready"]) == (1, False)
    assert [p["state"] for p in report["packages"]] == ["missing", "old"]
    assert report["remedy"] == "pip install --upgrade 'no-such-package>=2.0' 'click>=99.1'"
    assert "not ready" in pinpoint("doctor")[1]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
    """What each runtime lacks, without a process for each."""
    states: dict[str, str | None] = {"onnx": None, "executorch": None}
    monkeypatch.setattr(doctor, "runtime_states", lambda: states)
    return states


def test_doctor_says_whether_a_bundle_fits(
    pinpoint: Pinpoint,
    small_bundle: Path,
    quick: dict[str, str | None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, out, _ = pinpoint("doctor", small_bundle, "--json")
    found = json.loads(out)["bundle"]
    assert (code, found["name"], found["target"], found["lacks"]) == (0, "small", "onnx", [])
    assert 200e6 < found["memory_bytes"] < 201e6
    assert "bundle small, target onnx: takes about 200 MB" in pinpoint("doctor", small_bundle)[1]
    monkeypatch.setattr(doctor, "free_memory", lambda: 100_000_000)
    code, out, _ = pinpoint("doctor", small_bundle)
    assert (code, out.rstrip().endswith("not ready")) == (1, True)
    assert "lacks: 200 MB of memory, and 100 MB are free" in out
    monkeypatch.setattr(doctor, "free_memory", lambda: None)
    quick["onnx"] = "The runtime is broken."
    code, out, _ = pinpoint("doctor", small_bundle)
    assert (code, "bundle small lacks: The runtime is broken." in out) == (1, True)
    assert pinpoint("doctor", small_bundle / "stages")[0] == 5


def test_free_memory_is_known_on_linux() -> None:
    free, total = doctor.free_memory(), doctor.total_memory()
    if sys.platform == "linux":
        assert free is not None
        assert total is not None
        assert 0 < free <= total


def test_doctor_knows_the_requirements() -> None:
    project = (Path(__file__).resolve().parents[3] / "pyproject.toml").read_text()
    block = project[project.index("dependencies = [") : project.index("[project.optional")]
    required = dict(re.findall(r'"([a-z0-9]+)>=([0-9.]+)', block))
    assert {p.name: p.minimum for p in doctor.PACKAGES} == required
