"""An emulated arm64 machine in a cache folder: qemu, Python 3.11, wheels, a cross compiler.

Nothing is installed. Debian packages come from the mirror in this machine's apt sources and are
only unpacked; apt verifies their signatures with a private state. qemu is that of Debian 13,
because version 7 crashes in the runtimes' libraries; an installed qemu is used if it is new enough.
"""

import platform
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
QEMU_SUITE, QEMU_LEAST = "trixie", 10
PYTHON_SUITE, PYTHON = "bookworm", "python3.11"
PLATFORMS = ("manylinux_2_28_aarch64", "manylinux_2_27_aarch64", "manylinux2014_aarch64")
# The cross compiler runs on this machine's own C and C++ libraries.
OWN = {"libc6", "libgcc-s1", "libstdc++6", "gcc-12-base"}


class CannotRun(Exception):
    """The other machine cannot be emulated here."""


def _call(command: Sequence[str | Path], folder: Path | None = None) -> str:
    """Run a command and return what it prints; raises CannotRun with the last line of its error."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise CannotRun(f"{words[0]} does not run here: {error.strerror}") from error
    if done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()
        short = " ".join(word for word in words if not word.startswith("-"))[:60]
        raise CannotRun(f"`{short} ...` failed: {lines[-1]}")
    return done.stdout


def debian_mirror(targets: str) -> str:
    """Return the address of a Debian archive among apt's addresses, one a line.

    Raises CannotRun when there is none, as on another distribution.
    """
    for address in targets.split():
        if re.search(r"/debian/?$", address):
            return address
    raise CannotRun("the apt sources of this machine name no Debian mirror")


def check_host() -> None:
    """Raise CannotRun unless this is an x86-64 machine with apt and dpkg."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise CannotRun(
            f"this machine is {sys.platform} {platform.machine()}, not Linux x86-64; on arm64 run "
            "the tests themselves"
        )
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise CannotRun(f"there is no {tool}")
    if not KEYRING.is_file():
        raise CannotRun("the package debian-archive-keyring is not installed")


class Suite:
    """A Debian suite for one architecture, with an apt state of its own in `folder`."""

    def __init__(self, folder: Path, suite: str, architecture: str) -> None:
        listing = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
        mirror = debian_mirror(_call(listing))
        for part in ("lists/partial", "cache/archives/partial"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()
        sources = folder / "sources.list"
        sources.write_text(f"deb [signed-by={KEYRING}] {mirror} {suite} main\n", encoding="utf-8")
        settings = {
            "Dir::Etc::sourcelist": sources,
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State::lists": folder / "lists",
            "Dir::State::status": folder / "status",
            "Dir::Cache": folder / "cache",
            "APT::Architecture": architecture,
            "APT::Architectures": architecture,
            "APT::Sandbox::User": "root",
            "APT::Update::Error-Mode": "any",  # without a network, `update` alone would succeed
        }
        self._apt = ["apt-get", *(f"-o{name}={value}" for name, value in settings.items())]
        _call([*self._apt, "update", "-qq"])

    def closure(self, packages: Iterable[str]) -> list[str]:
        """Return the packages with all that they depend on."""
        plan = _call([*self._apt, "install", "-s", "--no-install-recommends", *packages])
        return re.findall(r"^Inst (\S+)", plan, re.MULTILINE)

    def unpack(self, packages: Iterable[str], out: Path) -> None:
        """Download packages and unpack them into a folder."""
        debs = out / "debs"
        debs.mkdir()
        _call([*self._apt, "download", "-qq", *packages], debs)
        for deb in sorted(debs.glob("*.deb")):
            _call(["dpkg-deb", "-x", deb, out])
        shutil.rmtree(debs)


def _made(folder: Path, make: Callable[[Path], None]) -> Path:
    """Return a folder of the cache; make it beside its place and rename it if it is missing."""
    if not folder.is_dir():
        print(f"making {folder.name}", flush=True)
        scratch = folder.with_suffix(".part")
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        make(scratch)
        scratch.rename(folder)
    return folder


def qemu(cache: Path) -> Path:
    """Return a qemu-aarch64 that can run the runtimes."""
    if installed := shutil.which("qemu-aarch64"):
        found = re.search(r"version (\d+)", _call([installed, "--version"]))
        if found and int(found[1]) >= QEMU_LEAST:
            return Path(installed)

    def make(out: Path) -> None:
        Suite(cache / "apt-qemu", QEMU_SUITE, "amd64").unpack(["qemu-user"], out)

    return _made(cache / "qemu", make) / "usr/bin/qemu-aarch64"


def system(cache: Path) -> Path:
    """Return the root of an arm64 file system with Python and the C++ library."""

    def make(out: Path) -> None:
        suite = Suite(cache / "apt-system", PYTHON_SUITE, "arm64")
        suite.unpack(suite.closure([PYTHON, "libstdc++6"]), out)

    return _made(cache / "system", make)


def wheel(cache: Path, name: str) -> Path:
    """Return the unpacked arm64 wheel of a distribution, in the version installed here."""
    try:
        release = version(name)
    except PackageNotFoundError as error:
        raise CannotRun(f"{name} is not installed, so there is nothing to compare with") from error

    def make(out: Path) -> None:
        platforms = [word for name in PLATFORMS for word in ("--platform", name)]
        choice = ["--no-deps", "--only-binary=:all:", *platforms, "--python-version", "3.11"]
        pip = [sys.executable, "-m", "pip", "download", "-q", *choice]
        _call([*pip, f"{name}=={release}", "-d", out])
        for archive in out.glob("*.whl"):
            zipfile.ZipFile(archive).extractall(out)
            archive.unlink()

    return _made(cache / f"{name}-{release}.wheel", make)


def cross_compiler(cache: Path) -> Path:
    """Return a g++ that compiles for arm64: the installed one, or an unpacked one."""
    if installed := shutil.which("aarch64-linux-gnu-g++"):
        return Path(installed)

    def make(out: Path) -> None:
        suite = Suite(cache / "apt-cross", PYTHON_SUITE, "amd64")
        packages = set(suite.closure(["g++-aarch64-linux-gnu"])) - OWN
        suite.unpack(sorted(packages), out)
        libraries, binaries = cache / "cross/usr/lib/x86_64-linux-gnu", cache / "cross/usr/bin"
        # Unpacked, it finds its own parts, but neither headers nor shared libraries.
        lines = [
            "#!/bin/sh",
            f'export LD_LIBRARY_PATH="{libraries}"',
            f'exec "{binaries}/aarch64-linux-gnu-g++" --sysroot="{cache / "cross"}" "$@"',
        ]
        (out / "g++").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (out / "g++").chmod(0o755)

    return _made(cache / "cross", make) / "g++"
