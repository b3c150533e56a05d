"""A release: bundles in their single-file form, with all that a stranger needs to trust them.

```
index.json, index.json.sig      NAME-TARGET.pinpoint, .pinpoint.sig, .cdx.json
SHA256SUMS                      keys.json
```
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from pinpoint_edge.bundle import Bundle, pack
from pinpoint_edge.bundle.folder import file_digest
from pinpoint_edge.bundle.paths import MANIFEST
from pinpoint_edge.bundle.release import index as release_index
from pinpoint_edge.bundle.release import pinned
from pinpoint_edge.bundle.release.index import Index, ReleasedBundle, ReleasedFile, read_index
from pinpoint_edge.bundle.release.signature import INDEX_TYPE, MANIFEST_TYPE, SUFFIX
from pinpoint_edge.errors import OptionError, OutputError
from pinpoint_edge.storage.atomic import replacing
from pinpoint_edge.storage.records import encode
from pinpoint_export.release.sbom import bill_of_materials
from pinpoint_export.release.signing import detached, read_key, read_lists

SUMS = "SHA256SUMS"


def build_release(
    folders: Sequence[Path], out: Path, keys: Sequence[str] = (), key_list: str | None = None
) -> Index:
    """Write the release of these bundles' folders into `out`; return its index.

    keys: private keys that sign each bundle and the index; key_list: a file of `keys rotate`, which
    goes into each signature. Raises BundleError, IntegrityError, OptionError, DataError,
    OutputError.
    """
    signing = [read_key(key) for key in keys]
    lists = read_lists(key_list) if key_list else ()
    if lists and not signing:
        raise OptionError("--keys goes along with signatures; give --key.")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot write {out}: {error.strerror}.") from error
    released = []
    for folder in folders:
        bundle = Bundle.open(folder, check_backends=False)
        manifest = bundle.manifest
        name = release_name(manifest.name, manifest.target)
        base = f"{name}-{manifest.target}"
        packed = pack(folder, out / f"{base}.pinpoint")
        archive = ReleasedFile(packed.path.name, packed.size, file_digest(packed.path))
        bill = _written(out / f"{base}.cdx.json", bill_of_materials(manifest, bundle.digest))
        signature = None
        if signing:
            raw = (folder / MANIFEST).read_bytes()
            signature = _written(
                out / f"{archive.file}{SUFFIX}", detached(MANIFEST_TYPE, raw, signing, lists)
            )
        released.append(
            ReleasedBundle(
                *(name, manifest.target, manifest.schema, bundle.digest, manifest.requires),
                *(archive, bill, signature),
            )
        )
    released.sort(key=lambda one: one.pin)
    index = Index(release_index.SCHEMA, version("pinpoint-edge"), tuple(released))
    raw = (json.dumps(encode(index), indent=1) + "\n").encode()
    read_index(raw, str(out / release_index.INDEX))  # what nobody could read is not released
    _written(out / release_index.INDEX, raw)
    if signing:
        _written(out / f"{release_index.INDEX}{SUFFIX}", detached(INDEX_TYPE, raw, signing, lists))
    if key_list:
        _written(out / "keys.json", Path(key_list).read_bytes())
    _write_sums(out, index)
    return index


def release_name(name: str, target: str) -> str:
    """Return a bundle's name without its target: the same bundle has one name on all targets."""
    return "-".join(part for part in name.split("-") if part != target) or name


def pin_release(index: Index) -> Path:
    """Write the digests of a release into pinned.py of this package's sources; return its path."""
    path = Path(pinned.__file__)
    head, _, _ = path.read_text(encoding="utf-8").partition("PINNED:")
    pins = "".join(f'    "{bundle.pin}": "{bundle.digest}",\n' for bundle in index.bundles)
    note = '"""Bundle digest, sha256 of its manifest.json, by "NAME/TARGET"."""\n'
    with replacing(path) as file:
        file.write(f"{head}PINNED: dict[str, str] = {{\n{pins}}}\n{note}".encode())
    return path


def _written(path: Path, raw: bytes) -> ReleasedFile:
    with replacing(path) as file:
        file.write(raw)
    return ReleasedFile(path.name, len(raw), hashlib.sha256(raw).hexdigest())


def _write_sums(out: Path, index: Index) -> None:
    """Write the checksums in the form of `sha256sum --check`."""
    sums = {file.file: file.sha256 for bundle in index.bundles for file in bundle.files}
    for path in sorted(out.glob("*.json*")):
        sums.setdefault(path.name, file_digest(path))
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    with replacing(out / SUMS) as file:
        file.write(lines.encode())
