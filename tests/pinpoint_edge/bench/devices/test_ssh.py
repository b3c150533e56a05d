"""A real SSH server on this machine: a whole run, and everything that can be in its way."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pinpoint_edge.bench.devices.device import parse, write_data
from pinpoint_edge.bench.devices.openssh import OpenSsh
from pinpoint_edge.bench.devices.ssh import SshDevice
from pinpoint_edge.bench.record.record import read_record
from pinpoint_edge.errors import DeviceError, OptionError
from pinpoint_edge.evaluation.dataset import load_dataset

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
needs_sshd = pytest.mark.skipif(SSHD is None, reason="needs openssh-server")


@dataclass
class Server:
    """A running sshd; `config` is what its client needs, `path` the first folder of its PATH."""

    folder: Path
    config: Path
    path: Path
    process: subprocess.Popen[bytes]

    def client(self) -> OpenSsh:
        return OpenSsh("board", self.config)

    def cut(self) -> None:
        """Kill the processes of all connections, not what they started apart from them."""
        psutil = pytest.importorskip("psutil")
        for child in psutil.Process(self.process.pid).children():
            for each in (*child.children(recursive=True), child):
                with suppress(psutil.NoSuchProcess):
                    if each.name().startswith("sshd"):
                        each.kill()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "ssh"
    folder.mkdir(mode=0o700)
    path, temporary = folder / "bin", folder / "tmp"
    path.mkdir()
    temporary.mkdir()
    for name in ("host", "user", "other"):
        keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(keygen, check=True)
    shutil.copy(folder / "user.pub", folder / "authorized")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nUsePAM no\n"
        f"AuthorizedKeysFile {folder}/authorized\nStrictModes no\nPermitRootLogin yes\n"
        f"PidFile {folder}/pid\nSetEnv PATH={path}:/usr/bin:/bin TMPDIR={temporary}\n"
    )
    host_key = (folder / "host.pub").read_text().rsplit(maxsplit=1)[0]
    (folder / "known").write_text(f"[127.0.0.1]:{port} {host_key}\n")
    config = folder / "config"
    config.write_text(
        f"Host board\n HostName 127.0.0.1\n Port {port}\n IdentityFile {folder}/user\n"
        f" IdentitiesOnly yes\n UserKnownHostsFile {folder}/known\n StrictHostKeyChecking yes\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    log = (folder / "log").open("wb")
    process = subprocess.Popen([str(SSHD), "-D", "-e", "-f", str(folder / "sshd_config")],
                               stderr=log)  # fmt: skip
    while True:
        assert process.poll() is None, (folder / "log").read_text()
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield Server(folder, config, path, process)
    process.terminate()
    process.wait()
    log.close()


def device(server: Server, **options: Any) -> SshDevice:
    return SshDevice("board", config=server.config, python=sys.executable, **options)


@needs_sshd
@pytest.mark.slow
def test_a_whole_run(server, pinpoint_bench, forms_bundle, data, tmp_path):
    out = tmp_path / "record.json"
    code, _, err = pinpoint_bench(
        "run", forms_bundle, "--data", data, "--device", "ssh:board", "--ssh-config",
        server.config, "--device-python", sys.executable, "--name", "a board", "--runs", 2,
        "--sustained", 0.01, "--idle", 0.2, "--threads", 1, "-o", out,
    )  # fmt: skip
    assert code == 0, err
    record = read_record(out)
    assert (record.device.kind, record.device.name) == ("ssh", "a board")
    assert record.answers[0].answer == "48.75"
    assert {answer.page for answer in record.answers} == {"page.png"}
    assert "page 2 of 2" in err
    assert not list((server.folder / "tmp").glob("pinpoint-bench.*"))


@needs_sshd
def test_a_run_survives_a_cut_connection(server, monkeypatch, capsys):
    monkeypatch.setattr("pinpoint_edge.bench.devices.ssh.WAIT_S", 0.1)
    folder = server.folder / "there"
    folder.mkdir()
    script = "for i in 1 2 3 4 5 6; do echo line $i; sleep 0.7; done"

    def cut() -> None:
        while not (folder / "log").exists() or b"line 2" not in (folder / "log").read_bytes():
            time.sleep(0.05)
        server.cut()

    thread = threading.Thread(target=cut)
    thread.start()
    device(server)._run(str(folder), f"sh -c '{script}'")
    thread.join()
    err = capsys.readouterr().err
    assert "trying again" in err
    shown = [line for line in err.splitlines() if line.startswith("line")]
    assert shown == [f"line {number}" for number in range(1, 7)]


@needs_sshd
def test_a_run_that_fails_is_told_in_its_own_words(server):
    folder = server.folder / "there"
    folder.mkdir()
    with pytest.raises(DeviceError, match=r"error\[bundle\]: broken"):
        device(server)._run(str(folder), "sh -c 'echo \"error[bundle]: broken\"; exit 5'")
    with pytest.raises(DeviceError, match="exit code 9"):
        device(server)._run(str(folder), "sh -c 'rm -f log; exit 9'")


@needs_sshd
def test_a_host_without_python(server):
    with pytest.raises(DeviceError, match=r"Python 3\.11"):
        SshDevice("board", config=server.config, python="/none/python")._probe()
    assert not list((server.folder / "tmp").glob("pinpoint-bench.*"))


@needs_sshd
def test_a_host_without_space(server, small_bundle, data):
    from pinpoint_edge.bench.devices.device import Job

    fake = server.path / "df"
    fake.write_text("#!/bin/sh\necho Filesystem\necho /dev/x 100 99 1 99% /\n")
    fake.chmod(0o755)
    job = Job(small_bundle, load_dataset(data), ())
    with pytest.raises(DeviceError, match=r"0 MB are free .* are needed"):
        device(server).measure(job, lambda unit, parts: lambda _: None)
    assert not list((server.folder / "tmp").glob("pinpoint-bench.*"))


@needs_sshd
def test_a_changed_host_key_is_refused(server):
    known, other = server.folder / "known", (server.folder / "other.pub").read_text()
    place = known.read_text().split()[0]
    known.write_text(f"{place} {other.rsplit(maxsplit=1)[0]}\n")
    with pytest.raises(DeviceError, match="host key has changed"):
        server.client().run("true")
    known.write_text("")
    with pytest.raises(DeviceError, match="not known here"):
        server.client().run("true")


@needs_sshd
def test_a_key_that_opens_nothing(server):
    (server.folder / "authorized").write_text("")
    with pytest.raises(DeviceError, match="ssh-copy-id"):
        server.client().run("true")


@needs_sshd
def test_files_go_over_and_a_full_disk_is_told(server, tmp_path):
    (tmp_path / "a.bin").write_bytes(bytes(300_000))
    sent: list[int] = []
    server.client().send({"there.bin": tmp_path / "a.bin"}, str(server.folder / "tmp"), sent.append)
    assert (server.folder / "tmp/there.bin").read_bytes() == bytes(300_000)
    assert sum(sent) >= 300_000
    with pytest.raises(DeviceError, match="could not be sent"):
        server.client().send({"x": tmp_path / "a.bin"}, "/none", sent.append)


def test_nobody_listens(tmp_path):
    config = tmp_path / "config"
    config.write_text("Host board\n HostName 127.0.0.1\n Port 1\n")
    with pytest.raises(DeviceError, match="no SSH server listens"):
        OpenSsh("board", config).run("true")


def test_names_of_devices():
    assert parse("local") == ("local", "")
    assert parse("ssh:me@board") == ("ssh", "me@board")
    for wrong, message in (
        ("adb:1234", "Termux"), ("ssh:", "give local"), ("ssh:-oProxyCommand=x", "give local"),
        ("board", "give local"),
    ):  # fmt: skip
        with pytest.raises(OptionError, match=message):
            parse(wrong)


def test_pages_are_copied_under_plain_names(data, tmp_path):
    folder = tmp_path / "there"
    folder.mkdir()
    names = write_data(load_dataset(data), folder)
    assert names == {"0000.png": "page.png"}
    (page,) = load_dataset(folder / "qa.jsonl")
    assert [question.id for question in page.questions] == ["total", "date"]
