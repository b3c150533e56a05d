"""Runtimes by name."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pinpoint_runtimes import BackendMissing
from pinpoint_runtimes.onnx.runtime import OnnxRuntime
from pinpoint_runtimes.runtime import load_runtime, runtime_names


def test_the_runtimes_of_this_package_are_registered():
    names = runtime_names()
    assert {"onnx", "executorch", "executorch-native", "litert", "coreml", "mil", "torch"} <= {
        *names
    }
    assert isinstance(load_runtime("onnx"), OnnxRuntime)


def test_an_unknown_runtime_is_refused_with_the_known_ones():
    with pytest.raises(BackendMissing, match=r"no runtime 'tensorrt'; installed ones: coreml, "):
        load_runtime("tensorrt")


@pytest.mark.parametrize("name", ["onnx", "litert", "executorch", "mil", "torch"])
def test_a_missing_package_is_named_with_the_install_command(name: str):
    packages = ["onnxruntime", "ai_edge_litert", "tflite_runtime", "executorch", "torch"]
    packages.append("coremltools")
    code = (
        "import sys\n"
        f"for name in {packages!r}: sys.modules[name] = None\n"
        "from pinpoint_runtimes import BackendMissing\n"
        "from pinpoint_runtimes.runtime import load_runtime\n"
        "try:\n"
        f"    load_runtime({name!r})\n"
        "except BackendMissing as error:\n"
        "    assert 'pip install' in str(error), error\n"
        "else:\n"
        "    raise SystemExit('nothing was missing')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
