"""The signature of a bundle that is here: in its folder form or its single-file form alike.

What is signed is manifest.json, which holds the sha256 of every other file.
"""

from __future__ import annotations

from pathlib import Path

from pinpoint_edge.bundle.archive import archive_manifest
from pinpoint_edge.bundle.paths import MANIFEST
from pinpoint_edge.bundle.release.signature import MANIFEST_TYPE, SUFFIX, Trust, check_signed
from pinpoint_edge.errors import BundleError


def signature_path(bundle: str | Path) -> Path:
    """Return the place of a bundle's signature: beside it, its name with `.sig` behind."""
    path = Path(bundle)
    path = path if path.name not in ("", "..") else path.resolve()  # "." is a folder too
    return path.with_name(path.name + SUFFIX)


def check_bundle(
    bundle: str | Path, key: str | Path, *, signature: str | Path | None = None
) -> str:
    """Return the id of the trusted key that signed a bundle's manifest.

    bundle: a folder or a .pinpoint file, whose files are hashed elsewhere; key: a public key or a
    list of keys; signature: its file where it is not beside the bundle. Raises IntegrityError
    (unsigned, or signed by others), DataError (no key), BundleError, BackendError.
    """
    path = Path(bundle)
    trust = Trust.load(key)
    beside = signature_path(path) if signature is None else Path(signature)
    manifest = archive_manifest(path) if path.is_file() else _read(path / MANIFEST)
    held = _read(beside) if beside.exists() else None
    return check_signed(manifest, held, MANIFEST_TYPE, trust, str(path))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}.") from error
