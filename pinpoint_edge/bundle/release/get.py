"""A ready-made bundle fetched from a release, believed only where something vouches for it.

That is a signature by a trusted key, a digest given by the user, or one pinned in this package.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pinpoint_edge.bundle.archive import archive_manifest, verify_archive
from pinpoint_edge.bundle.folder import file_digest
from pinpoint_edge.bundle.release.download import Shown, download
from pinpoint_edge.bundle.release.index import (
    INDEX,
    MAX_INDEX_BYTES,
    Index,
    ReleasedBundle,
    ReleasedFile,
    chosen,
    read_index,
)
from pinpoint_edge.bundle.release.pinned import PINNED
from pinpoint_edge.bundle.release.signature import (
    INDEX_TYPE,
    MANIFEST_TYPE,
    MAX_BYTES,
    SUFFIX,
    Trust,
    check_signed,
)
from pinpoint_edge.bundle.release.source import NotThere, Source
from pinpoint_edge.errors import BundleError, IntegrityError, OutputError
from pinpoint_edge.storage.atomic import replacing


@dataclass(frozen=True)
class Got:
    """A fetched file, its entry of the index, what vouches for it, whether it was there before."""

    path: Path
    bundle: ReleasedBundle
    vouched: str
    present: bool


def fetch_index(source: Source, trust: Trust | None) -> Index:
    """Fetch and check the index of a release; raises DownloadError, BundleError, IntegrityError."""
    raw = source.small(None, MAX_INDEX_BYTES)
    if trust is not None:
        check_signed(raw, _signature_of_index(source), INDEX_TYPE, trust, source.address)
    return read_index(raw, source.address)


def get(
    index: str,
    name: str,
    out: Path,
    *,
    target: str | None = None,
    digest: str | None = None,
    trust: Trust | None = None,
    unchecked: bool = False,
    overwrite: bool = False,
    shown: Shown = lambda done, size: None,
) -> Got:
    """Fetch the bundle `name` of the release at `index` to the file `out`, or into that folder.

    digest: of the bundle, as `pinpoint inspect` shows it; trust: keys, one of which must have
    signed index and bundle; unchecked: take it without either. Raises DownloadError,
    IntegrityError (nobody vouches, or it is not what was vouched for), BundleError, OptionError,
    OutputError.
    """
    source = Source.of(index)
    bundle = chosen(fetch_index(source, trust), name, target)
    vouched = _vouched(bundle, digest, trust, unchecked)
    place = out / Path(bundle.archive.file).name if out.is_dir() else out
    signature = _fetched_signature(source, bundle)

    def check(path: Path) -> None:
        _check(path, bundle, signature, trust)

    present = place.is_file() and _is(place, bundle.archive)
    if present:
        check(place)
    else:
        if place.exists() and not overwrite:
            raise OutputError(f"{place} exists; give --overwrite to replace it, or another name.")
        download(source, bundle.archive, place, check=check, shown=shown)
    if signature is not None:
        with replacing(place.with_name(place.name + SUFFIX)) as file:
            file.write(signature)
    return Got(place, bundle, vouched, present)


def _vouched(
    bundle: ReleasedBundle, digest: str | None, trust: Trust | None, unchecked: bool
) -> str:
    """Return what vouches for a bundle; raises IntegrityError where nothing does."""
    pin = PINNED.get(bundle.pin)
    if digest is not None:
        if bundle.digest != digest.lower():
            raise IntegrityError(
                f"The index lists {bundle.pin} with the digest {bundle.digest}, not the one given; "
                "check the digest, or take the release from another place."
            )
        return "digest"
    if trust is not None:
        return "signature"
    if pin is not None:
        if bundle.digest != pin:
            raise IntegrityError(
                f"The index lists {bundle.pin} with another digest than this version of "
                "pinpoint-edge knows; update it, or give --key or --digest."
            )
        return "pinned"
    if unchecked:
        return "nothing"
    raise IntegrityError(
        f"Nothing vouches for {bundle.pin}: give --key (who signs the release), --digest, or "
        "--unchecked to believe this index."
    )


def _check(
    path: Path, bundle: ReleasedBundle, signature: bytes | None, trust: Trust | None
) -> None:
    """Hash a fetched file's members and compare it with the index; raises IntegrityError."""
    try:
        manifest = verify_archive(path)
        raw = archive_manifest(path)
    except BundleError as error:  # whatever is wrong with it, it is not what was released
        raise IntegrityError(str(error)) from error
    if hashlib.sha256(raw).hexdigest() != bundle.digest or manifest.target != bundle.target:
        raise IntegrityError(f"{bundle.archive.file} holds another bundle than the index says.")
    if trust is not None:
        check_signed(raw, signature, MANIFEST_TYPE, trust, bundle.archive.file)


def _fetched_signature(source: Source, bundle: ReleasedBundle) -> bytes | None:
    if bundle.signature is None:
        return None
    raw = source.small(bundle.signature.file, bundle.signature.size)
    if hashlib.sha256(raw).hexdigest() != bundle.signature.sha256:
        raise IntegrityError(f"{bundle.signature.file} does not match the sha256 of the index.")
    return raw


def _signature_of_index(source: Source) -> bytes | None:
    name = source.address.rpartition("/")[2].partition("?")[0] or INDEX
    try:
        return source.small(name + SUFFIX, MAX_BYTES)
    except NotThere:
        return None


def _is(path: Path, file: ReleasedFile) -> bool:
    return path.stat().st_size == file.size and file_digest(path) == file.sha256
