"""Private keys: made, read, and used to sign; lists of keys that follow from each other."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pinpoint_edge.bundle.release.signature import (
    KEYS_TYPE,
    Detached,
    Envelope,
    KeyList,
    Signature,
    Trust,
    ed25519,
    encoding,
    key_id,
)
from pinpoint_edge.errors import DataError, OptionError, OutputError
from pinpoint_edge.storage.atomic import check_writable, replacing
from pinpoint_edge.storage.records import encode


def new_key(path: Path) -> tuple[Path, str]:
    """Write a new private key, which only its owner may read, and its public key beside it.

    Returns the path of the public key, NAME.pub.pem, and the key's id. Raises OutputError, also
    where one of the files exists.
    """
    from cryptography.hazmat.primitives import serialization as forms

    public_path = path.with_name(path.name.removesuffix(".pem") + ".pub.pem")
    for place in (path, public_path):
        if place.exists():
            raise OutputError(f"{place} exists; a key is never replaced. Give another name.")
        check_writable(place)
    key = ed25519().Ed25519PrivateKey.generate()
    private = key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    public = key.public_key().public_bytes(
        forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo
    )
    with replacing(public_path) as file:
        file.write(public)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(private)
    return public_path, key_id(key.public_key().public_bytes_raw())


def read_key(path: str | Path) -> Any:
    """Read a private key (PEM, Ed25519, without a password); raises DataError."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(Path(path).read_bytes(), None)
    except OSError as error:
        raise DataError(f"The key {path} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError) as error:
        raise DataError(f"{path} is no private key without a password: {error}.") from error
    if not isinstance(key, ed25519().Ed25519PrivateKey):
        raise DataError(f"{path} is a key of another kind; Ed25519 is needed.")
    return key


def signatures(kind: str, payload: bytes, keys: Sequence[Any]) -> tuple[Signature, ...]:
    """Return the signature of each key over a payload."""
    message = encoding(kind, payload)
    return tuple(
        Signature(
            key_id(key.public_key().public_bytes_raw()),
            base64.b64encode(key.sign(message)).decode(),
        )
        for key in keys
    )


def detached(
    kind: str, payload: bytes, keys: Sequence[Any], lists: Sequence[Envelope] = ()
) -> bytes:
    """Return the bytes of a signature file, the lists of keys in it."""
    made = Detached(kind, signatures(kind, payload, keys), tuple(lists))
    return (json.dumps(encode(made), indent=1) + "\n").encode()


def read_lists(path: str | Path) -> tuple[Envelope, ...]:
    """Read a file of lists of keys; raises DataError for a list that does not follow."""
    return Trust.load(path).envelopes


def rotate(path: Path, signing: Sequence[str], trusted: Sequence[str]) -> Trust:
    """Append a list that trusts these public keys and no others; return what it then says.

    signing: private keys, one of which the last list of the file trusts; a first list is signed by
    its own keys. Raises DataError, OptionError, OutputError.
    """
    before = Trust.load(path) if path.exists() else None
    raw: dict[str, bytes] = {}
    for given in trusted:
        raw |= Trust.load(given).keys
    keys = [read_key(given) for given in signing]
    listed = KeyList(
        (before.number if before else 0) + 1,
        {name: base64.b64encode(key).decode() for name, key in raw.items()},
    )
    payload = json.dumps(encode(listed), sort_keys=True).encode()
    envelope = Envelope(
        KEYS_TYPE, base64.b64encode(payload).decode(), signatures(KEYS_TYPE, payload, keys)
    )
    now = (before or Trust(raw)).followed([envelope], str(path))
    if now.number != listed.number:
        raise OptionError(f"No key of --sign is trusted by the last list of {path}; sign with one.")
    envelopes = [*(before.envelopes if before else ()), envelope]
    with replacing(path) as file:
        file.write((json.dumps(encode(envelopes), indent=1) + "\n").encode())
    return now
