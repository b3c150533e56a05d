"""OpenSSH's client as it is installed: commands, a tar stream, and its errors in plain words."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from pinpoint_edge.errors import DeviceError

OPTIONS = (
    *("-o", "BatchMode=yes", "-o", "ConnectTimeout=15"),
    *("-o", "ServerAliveInterval=10", "-o", "ServerAliveCountMax=3"),
)
BROKEN = 255
"""The exit code of ssh itself, and not of the command that it runs."""
CHANGED = "REMOTE HOST IDENTIFICATION HAS CHANGED"
REASONS = {
    CHANGED: "its host key has changed: make sure that it is the same machine, then run "
    "`ssh-keygen -R HOST`",
    "Host key verification failed": "its host key is not known here: run `ssh HOST` once",
    "Permission denied": "it lets nobody in with the keys at hand: run `ssh-copy-id HOST`",
    "Could not resolve hostname": "no such host is known",
    "Connection refused": "no SSH server listens there",
    "timed out": "it does not answer",
    "No route to host": "it cannot be reached",
}


class Cut(DeviceError):
    """The connection broke, or was never there; it may come back."""


class OpenSsh:
    """Runs commands of `sh` on a host; config: a file of ssh options in place of the user's."""

    def __init__(self, host: str, config: Path | None = None) -> None:
        self.host = host
        own = () if config is None else ("-F", str(config))
        self._command = ["ssh", *own, *OPTIONS, host]

    def run(self, script: str, stdin: int | None = subprocess.DEVNULL) -> tuple[int, str, str]:
        """Run a script; return its exit code and what it wrote. Raises Cut and DeviceError."""
        done = subprocess.run(
            [*self._command, script], stdin=stdin, capture_output=True, text=True, errors="replace"
        )
        if done.returncode == BROKEN:
            raise self._broken(done.stderr)
        return done.returncode, done.stdout, done.stderr

    def output(self, script: str, purpose: str) -> str:
        """Run a script that must succeed and return what it wrote; raises DeviceError."""
        code, out, err = self.run(script)
        if code:
            last = (err.strip() or out.strip()).splitlines()[-1:] or [f"exit code {code}"]
            raise DeviceError(f"{self.host}: {purpose} failed: {last[0]}")
        return out

    def follow(self, script: str, on_line: Callable[[str], None]) -> int:
        """Run a script and pass its lines on as they come; return its exit code. Raises Cut."""
        process = self._popen(script, stdin=subprocess.DEVNULL)
        try:
            assert process.stdout is not None
            for line in process.stdout:
                on_line(line.decode("utf-8", "replace").rstrip("\n"))
            _, err = process.communicate()
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.returncode == BROKEN:
            raise self._broken(err.decode("utf-8", "replace"))
        return process.returncode

    def send(self, files: Mapping[str, Path], folder: str, sent: Callable[[int], None]) -> None:
        """Unpack files and folders, by their names there, into a folder there; raises DeviceError.

        sent: called with the bytes of each piece.
        """
        process = self._popen(f"tar -xf - -C {folder}", stdin=subprocess.PIPE)
        assert process.stdin is not None
        broke = False
        try:
            with tarfile.open(fileobj=_Counted(process.stdin, sent), mode="w|") as archive:  # type: ignore[call-overload]
                for name, path in files.items():
                    archive.add(path.resolve(), name, filter=_plain)
        except (BrokenPipeError, ConnectionError):
            broke = True
        finally:
            _, err = process.communicate()
        text = err.decode("utf-8", "replace")
        if process.returncode == BROKEN:
            raise self._broken(text)
        if process.returncode or broke:
            last = text.strip().splitlines()[-1:] or ["the transfer broke off"]
            raise DeviceError(f"{self.host}: the files could not be sent: {last[0]}")

    def _popen(self, script: str, stdin: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*self._command, script], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def _broken(self, said: str) -> DeviceError:
        for sign, reason in REASONS.items():
            if sign in said:
                return DeviceError(f"{self.host}: {reason.replace('HOST', self.host)}.")
        last = said.strip().splitlines()[-1:] or ["the connection broke"]
        return Cut(f"{self.host}: {last[0]}")


class _Counted:
    """A stream that tells how much was written to it."""

    def __init__(self, file: IO[bytes], sent: Callable[[int], None]) -> None:
        self._file, self._sent = file, sent

    def write(self, data: Any) -> int:
        self._file.write(data)
        self._sent(len(data))
        return len(data)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Keep neither owners nor rights of this machine."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() else 0o644
    return member
