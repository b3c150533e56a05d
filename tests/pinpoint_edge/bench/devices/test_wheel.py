"""The wheel that goes to a device, made of what is installed."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import zipfile

from pinpoint_edge.bench.devices.wheel import write_wheel


def test_the_wheel_is_whole_and_runs(tmp_path):
    wheel = write_wheel(tmp_path)
    assert wheel.stat().st_size < 1_000_000
    archive = zipfile.ZipFile(wheel)
    info = next(name for name in archive.namelist() if name.endswith("/RECORD"))
    listed = [line.split(",") for line in archive.read(info).decode().splitlines()]
    assert {name for name, *_ in listed} == set(archive.namelist())
    for name, digest, size in listed[:-1]:
        found = hashlib.sha256(archive.read(name)).digest()
        assert digest == "sha256=" + base64.urlsafe_b64encode(found).rstrip(b"=").decode()
        assert int(size) == len(archive.read(name))
    archive.extractall(tmp_path / "lib")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from importlib.metadata import entry_points\n"
        "import pinpoint_edge, pinpoint_runtimes.runtime as runtime\n"
        "print(pinpoint_edge.__file__, 'onnx' in runtime.runtime_names())"
    )
    said = subprocess.run(
        [sys.executable, "-E", "-c", code, str(tmp_path / "lib")],
        capture_output=True, text=True,
    )  # fmt: skip
    assert said.stdout.startswith(str(tmp_path / "lib")), said.stderr
    assert said.stdout.endswith("True\n")
