from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pinpoint_runtimes import BackendMissing
from pinpoint_runtimes.mil import MilRuntime
from pinpoint_runtimes.runtime import Runtime, RuntimeOptions, StageFile


def test_it_is_a_runtime() -> None:
    runtime: Runtime = MilRuntime()
    assert (runtime.name, runtime.targets) == ("mil", ("coreml",))
    runtime.check()


@pytest.mark.parametrize("absent", ["torch", "coremltools", "google.protobuf"])
def test_what_is_missing_is_named_with_its_install_line(
    absent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec

    def find_spec(name: str, *rest: Any) -> Any:
        return None if name == absent else find(name, *rest)

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    line = rf"needs {absent}; run `pip install 'pinpoint-edge-export\[coreml\]'`"
    stage = StageFile(Path("absent.mlpackage"), (), ())
    for call in (
        MilRuntime().check,
        lambda: MilRuntime().session(stage, RuntimeOptions()),
        lambda: MilRuntime().kv_cache(stage, 1, RuntimeOptions()),
    ):
        with pytest.raises(BackendMissing, match=line):
            call()


def loaded_by(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*(name.split('.')[0] for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_module_needs_numpy_alone() -> None:
    loaded = loaded_by("from pinpoint_runtimes.mil import MilRuntime; MilRuntime().check()")
    assert not {"torch", "coremltools"} & loaded


def test_messages_are_read_without_importing_coremltools() -> None:
    """Its import takes ten seconds and brings every framework that it converts from."""
    loaded = loaded_by(
        "from pinpoint_runtimes.mil.proto import messages; messages('Model').Model().mlProgram"
    )
    assert "google" in loaded
    assert not {"coremltools", "sklearn"} & loaded
