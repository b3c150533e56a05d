"""The index of a release: which bundles there are, their files, sizes and digests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from pinpoint_edge.bundle.archive import ALIGNMENT, MAX_MEMBERS, MAX_TOTAL_BYTES
from pinpoint_edge.bundle.paths import check_names
from pinpoint_edge.errors import BundleError, OptionError
from pinpoint_edge.storage.json_text import parse_json
from pinpoint_edge.storage.records import Check, examine

INDEX = "index.json"
SCHEMA = "1.0"
MAX_INDEX_BYTES = 4 * 2**20
MAX_SMALL_BYTES = 16 * 2**20  # a signature or a bill of materials
MAX_BUNDLE_BYTES = MAX_TOTAL_BYTES + MAX_MEMBERS * ALIGNMENT

Sha256 = Annotated[
    str, Check(lambda text: bool(re.fullmatch("[0-9a-f]{64}", text)), "a lower-case sha256")
]
Word = Annotated[
    str,
    Check(
        lambda text: bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}", text)),
        "a name of letters, digits and _ . + -",
    ),
]
Size = Annotated[int, Check(lambda size: 0 < size <= MAX_BUNDLE_BYTES, "a size that a bundle has")]


@dataclass(frozen=True)
class ReleasedFile:
    """A file of the release: its path beside the index, its bytes, their sha256."""

    file: str
    size: Size
    sha256: Sha256


@dataclass(frozen=True)
class ReleasedBundle:
    """One bundle in its single-file form.

    digest: sha256 of its manifest.json; schema: the manifest's version; sbom: CycloneDX JSON.
    """

    name: Word
    target: Word
    schema: str
    digest: Sha256
    requires: tuple[str, ...]
    archive: ReleasedFile
    sbom: ReleasedFile | None = None
    signature: ReleasedFile | None = None

    @property
    def pin(self) -> str:
        """The name under which its digest is pinned."""
        return f"{self.name}/{self.target}"

    @property
    def files(self) -> tuple[ReleasedFile, ...]:
        """All files of it."""
        return tuple(file for file in (self.archive, self.sbom, self.signature) if file)


@dataclass(frozen=True)
class Index:
    """The bundles of a release; `version` is that of the distribution that made them."""

    schema: str
    version: str
    bundles: tuple[ReleasedBundle, ...]


def read_index(raw: bytes, where: str) -> Index:
    """Decode and check an index; fields that this version does not know are ignored.

    Raises BundleError: bad JSON, a wrong type (with its path), a newer major version, a name that
    leaves the release's folder, a size that no bundle has.
    """
    try:
        value = parse_json(raw)
    except ValueError as error:
        raise _broken(where, f"it is not valid JSON: {error}") from error
    version = value.get("schema") if isinstance(value, dict) else None
    if not isinstance(version, str) or not re.fullmatch(r"[0-9]{1,6}\.[0-9]{1,6}", version):
        raise _broken(where, f'it has no schema version such as "{SCHEMA}"')
    if version.split(".")[0] != SCHEMA.split(".")[0]:
        raise BundleError(
            f"{where} has schema {version}, this version reads {SCHEMA}; update pinpoint-edge "
            "(pip install --upgrade pinpoint-edge)."
        )
    index, problems = examine(Index, value, unknown="ignore", root="$")
    if index is None:
        raise _broken(where, str(problems[0]))
    check_names([INDEX, *(file.file for bundle in index.bundles for file in bundle.files)], where)
    pins = [bundle.pin for bundle in index.bundles]
    if len(set(pins)) < len(pins):
        raise _broken(where, "a bundle is listed twice for one target")
    for bundle in index.bundles:
        for file in bundle.files[1:]:
            if file.size > MAX_SMALL_BYTES:
                raise _broken(where, f"{file.file} is larger than any file of its kind")
    return index


def chosen(index: Index, name: str, target: str | None) -> ReleasedBundle:
    """Return the bundle of this name, for a target: the only one, or onnx where there are several.

    Raises OptionError, which names what there is.
    """
    named = [bundle for bundle in index.bundles if bundle.name == name]
    if not named:
        raise OptionError(
            f"The release has no bundle {name!r}; it has "
            f"{_listed({bundle.name for bundle in index.bundles})}."
        )
    wanted = target or (named[0].target if len(named) == 1 else "onnx")
    for bundle in named:
        if bundle.target == wanted:
            return bundle
    raise OptionError(
        f"The release has no {name!r} for {wanted}; --target takes "
        f"{_listed({bundle.target for bundle in named})}."
    )


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _broken(where: str, reason: str) -> BundleError:
    return BundleError(f"The index {where} is broken: {reason}. Take it from another place.")
