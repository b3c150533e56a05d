"""A device behind SSH: the wheel, the bundle and the pages go there, and the record comes back.

Everything lies in one temporary folder there, which is removed at the end. The run is no child of
the connection: when that is cut, the run goes on, and is found again.
"""

from __future__ import annotations

import shlex
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pinpoint_edge.bench.devices.device import Job, Step, with_names, write_data
from pinpoint_edge.bench.devices.openssh import Cut, OpenSsh
from pinpoint_edge.bench.devices.wheel import write_wheel
from pinpoint_edge.bench.record.record import Record, read_record
from pinpoint_edge.errors import DeviceError

PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11", "python3")
NEEDS = ("numpy", "onnxruntime", "PIL", "tokenizers", "pypdfium2", "click", "rich")
MEASURING = ("psutil", "rapidfuzz")
INSTALLED_BYTES = 400_000_000  # of a virtual environment with all packages
TRIES, WAIT_S = 20, 3.0

PROBE = """
for p in {pythons}; do
  if "$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "python=$(command -v "$p")"; break
  fi
done
echo "folder=$(mktemp -d "${{TMPDIR:-/tmp}}/pinpoint-bench.XXXXXX")"
echo "free=$(df -Pk "${{TMPDIR:-/tmp}}" | awk 'NR==2 {{print $4}}')"
"""
START = """
cd {folder} || exit 1
setsid sh -c '{run} >log 2>&1; echo $? >code.part; mv code.part code' </dev/null >/dev/null 2>&1 &
echo $! >pid
"""
# A run that is gone without its exit code was killed: by the system, or with the machine.
FOLLOW = """
cd {folder} || exit 1
tail -n +{line} -f log 2>/dev/null & t=$!
while [ ! -e code ] && kill -0 "$(cat pid)" 2>/dev/null; do sleep 1; done
sleep 1; kill $t
[ -e code ] && exit 0 || exit 3
"""


class SshDevice:
    """A host that OpenSSH reaches without a password.

    Args:
        host: as `ssh` takes it; config: a file of ssh options in place of the user's.
        python: the interpreter there; default the newest of 3.11 or later.
        keep: leave the folder there.
    """

    def __init__(
        self, host: str, *, config: Path | None = None, python: str | None = None,
        keep: bool = False,
    ) -> None:  # fmt: skip
        self._ssh, self._python, self._keep = OpenSsh(host, config), python, keep

    def measure(self, job: Job, step: Step) -> Record:
        """Run a job there and return its record; raises DeviceError."""
        ssh, host = self._ssh, self._ssh.host
        python, folder, free = self._probe()
        try:
            with tempfile.TemporaryDirectory() as here:
                data = Path(here) / "data"
                data.mkdir()
                originals = write_data(job.pages, data)
                files = {"data": data, "bundle": job.bundle}
                wheel = write_wheel(Path(here))
                files[wheel.name] = wheel
                size = sum(_size(path) for path in files.values())
                ready = self._has(python, (*NEEDS, *MEASURING))
                needed = size + (0 if ready else INSTALLED_BYTES)
                if free < needed:
                    raise DeviceError(
                        f"{host}: {free / 1e6:.0f} MB are free in the temporary folder, and "
                        f"{needed / 1e6:.0f} MB are needed; set TMPDIR there to a larger one."
                    )
                ssh.send(files, folder, _megabytes(step, size))
            command = self._install(python, folder, wheel.name, ready)
            options = " ".join(map(shlex.quote, job.options))
            run = f"{command} -m pinpoint_edge.bench.cli run bundle --data data/qa.jsonl {options}"
            self._run(folder, run)
            text = ssh.output(f"cat {folder}/record.json", "fetching the record")
        finally:
            if not self._keep:
                with suppress(DeviceError):
                    stop = f"[ -e {folder}/code ] || kill -INT -$(cat {folder}/pid) 2>/dev/null"
                    ssh.run(f"{stop}; sleep .5; rm -rf {folder}")
        with tempfile.TemporaryDirectory() as here:
            (Path(here) / "record.json").write_text(text, "utf-8")
            record = read_record(Path(here) / "record.json")
        return with_names(record, "ssh", originals)

    def _probe(self) -> tuple[str, str, int]:
        """Return the interpreter, a new folder there, and the free bytes around it."""
        pythons = (self._python,) if self._python else PYTHONS
        script = PROBE.format(pythons=" ".join(map(shlex.quote, pythons)))
        said = self._ssh.output(script, "making a temporary folder")
        found = dict(line.partition("=")[::2] for line in said.splitlines() if "=" in line)
        folder = found.get("folder", "")
        if not folder.startswith("/") or shlex.quote(folder) != folder:
            raise DeviceError(f"{self._ssh.host}: no temporary folder can be made there.")
        if not found.get("python"):
            self._ssh.run(f"rmdir {folder}")
            wanted = self._python or "Python 3.11 or newer"
            raise DeviceError(
                f"{self._ssh.host}: {wanted} is not there, or too old; install Python 3.11, and "
                "name it by --device-python."
            )
        return shlex.quote(found["python"]), folder, int(found.get("free") or 0) * 1024

    def _has(self, python: str, modules: tuple[str, ...]) -> bool:
        return self._ssh.run(f"{python} -c 'import {', '.join(modules)}'")[0] == 0

    def _install(self, python: str, folder: str, wheel: str, ready: bool) -> str:
        """Make the package importable there, without root; return the start of a command.

        Where the interpreter has all packages, such as a board's own build of ONNX Runtime, these
        are used; otherwise they are installed into a virtual environment.
        """
        if ready:
            unpack = f"cd {folder} && {python} -m zipfile -e {wheel} lib"
            self._ssh.output(unpack, "unpacking the wheel")
            return f"env PYTHONPATH={folder}/lib {python}"
        install = (
            f"cd {folder} && {python} -m venv env && env/bin/python -m pip install -q "
            f"--disable-pip-version-check './{wheel}[bench]'"
        )
        self._ssh.output(install, "installing the packages (a board without network: install "
                         f"{', '.join((*NEEDS, *MEASURING))} there first)")  # fmt: skip
        return f"{folder}/env/bin/python"

    def _run(self, folder: str, run: str) -> None:
        """Start the run there and follow its log to the end, over as many connections as needed."""
        ssh = self._ssh
        inner = run.replace("'", "'\\''")
        ssh.output(START.format(folder=folder, run=inner), "starting the run")
        lines: list[str] = []

        def on_line(line: str) -> None:
            lines.append(line)
            print(line, file=sys.stderr, flush=True)

        failures = 0
        while True:
            before = len(lines)
            try:
                code = ssh.follow(FOLLOW.format(folder=folder, line=before + 1), on_line)
                break
            except Cut as error:
                failures = failures + 1 if len(lines) == before else 1
                if failures > TRIES:
                    raise
                print(f"{error}; trying again", file=sys.stderr, flush=True)
                time.sleep(WAIT_S)
        if code:
            raise DeviceError(f"{ssh.host}: the run ended without a result; was it out of memory?")
        ended = ssh.output(f"cat {folder}/code", "reading the exit code").strip()
        if ended != "0":
            last = next((line for line in reversed(lines) if line.startswith("error[")), None)
            raise DeviceError(f"{ssh.host}: {last or f'the run ended with exit code {ended}'}")


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
    return path.stat().st_size


def _megabytes(step: Step, size: int) -> Callable[[int], None]:
    """Return a function that counts bytes and shows whole megabytes."""
    advance = step("megabyte to send", max(1, size // 1_000_000))
    sent = 0

    def count(number: int) -> None:
        nonlocal sent
        before, sent = sent, sent + number
        for _ in range(min(sent, size) // 1_000_000 - min(before, size) // 1_000_000):
            advance(None)

    return count
