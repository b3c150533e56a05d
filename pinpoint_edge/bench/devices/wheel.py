"""The device's wheel, packed from what is installed here: no checkout and no index is needed.

Format: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from importlib import metadata
from pathlib import Path

import pinpoint_edge
import pinpoint_runtimes

NAME = "pinpoint_edge"


def write_wheel(folder: Path) -> Path:
    """Write the wheel into a folder and return its path."""
    own = metadata.distribution("pinpoint-edge")
    files: dict[str, bytes] = {}
    for package in (pinpoint_edge, pinpoint_runtimes):
        base = Path(str(package.__file__)).parent
        for path in sorted(base.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                files[f"{base.name}/{path.relative_to(base).as_posix()}"] = path.read_bytes()
    info = f"{NAME}-{own.version}.dist-info"
    for name in ("METADATA", "entry_points.txt"):
        files[f"{info}/{name}"] = (own.read_text(name) or "").encode()
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: pinpoint-bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    lines = [f"{name},sha256={_digest(data)},{len(data)}" for name, data in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,", ""]).encode()
    wheel = folder / f"{NAME}-{own.version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return wheel


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
