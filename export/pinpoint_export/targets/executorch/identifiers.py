"""Fixed identifiers for the random ones that the Core ML delegate writes into a program."""

from __future__ import annotations

import hashlib
import json
import re
import uuid

_MODEL = re.compile(rb"executorch_[0-9a-f-]{36}")
_MANIFEST = re.compile(rb'\{\n    "fileFormatVersion".*?\n\}\n', re.DOTALL)
_BLANK = b"executorch_" + bytes(36)


def settle(program: bytes) -> bytes:
    """Replace the identifiers in a `.pte` by ones computed from its content, of the same length.

    A device caches a compiled model under its identifier, so other content must give another one.
    """
    program = _MANIFEST.sub(_manifest, program)
    digest = hashlib.sha256(_MODEL.sub(_BLANK, program)).hexdigest()
    known: dict[bytes, bytes] = {}

    def model(found: re.Match[bytes]) -> bytes:
        name = f"{digest}/{len(known)}"
        fixed = b"executorch_" + str(uuid.uuid5(uuid.NAMESPACE_OID, name)).encode()
        return known.setdefault(found[0], fixed)

    return _MODEL.sub(model, program)


def _manifest(found: re.Match[bytes]) -> bytes:
    """Key the entries of a package's manifest by their paths."""
    manifest = json.loads(found[0])
    entries = manifest["itemInfoEntries"]
    names = {key: str(uuid.uuid5(uuid.NAMESPACE_URL, entries[key]["path"])) for key in entries}
    manifest["itemInfoEntries"] = {names[key]: entry for key, entry in entries.items()}
    manifest["rootModelIdentifier"] = names[manifest["rootModelIdentifier"]]
    text = json.dumps(manifest, indent=4, sort_keys=True).encode() + b"\n"
    if len(text) != len(found[0]):
        raise ValueError(
            "The manifest inside a Core ML delegate has another layout; update settle."
        )
    return text
