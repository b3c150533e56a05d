"""Ed25519 signatures of manifests, indexes and lists of keys (RFC 8032).

A signature is made over the DSSE encoding of a payload and its type
(https://github.com/secure-systems-lab/dsse, v1), so that one kind of file never passes for another.
It lies beside what it signs, with the lists of keys that lead from an older key to its own.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pinpoint_edge.errors import BackendError, DataError, IntegrityError
from pinpoint_edge.storage.json_text import parse_json
from pinpoint_edge.storage.records import examine

SUFFIX = ".sig"
MAX_BYTES = 2**20

MANIFEST_TYPE = "application/vnd.pinpoint-edge.manifest+json"
INDEX_TYPE = "application/vnd.pinpoint-edge.index+json"
KEYS_TYPE = "application/vnd.pinpoint-edge.keys+json"


@dataclass(frozen=True)
class Signature:
    """One key's signature: the key's id, and 64 bytes in base64."""

    keyid: str
    sig: str


@dataclass(frozen=True)
class Envelope:
    """A signed payload that carries itself, in base64."""

    payloadType: str
    payload: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True)
class Detached:
    """The signatures of a file beside them, and the lists of keys since the first, oldest first."""

    payloadType: str
    signatures: tuple[Signature, ...]
    keys: tuple[Envelope, ...] = ()


@dataclass(frozen=True)
class KeyList:
    """The keys that are trusted from this list on; a higher number replaces a lower one."""

    number: int
    keys: Mapping[str, str]


@dataclass(frozen=True)
class Trust:
    """Keys that are trusted, raw by id, and the number of the list that they come from."""

    keys: Mapping[str, bytes]
    number: int = 0
    envelopes: tuple[Envelope, ...] = field(default=(), compare=False)

    @classmethod
    def load(cls, path: str | Path) -> Trust:
        """Read a public key (PEM, as of `openssl pkey -pubout`) or a list of keys (JSON).

        Raises DataError, BackendError.
        """
        path = Path(path)
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise DataError(f"The key {path} cannot be read: {error.strerror}.") from error
        if raw.lstrip()[:1] == b"[":
            envelopes = _decoded(tuple[Envelope, ...], raw, str(path))
            if not envelopes:
                raise DataError(f"{path} holds no list of keys.")
            first = _key_list(envelopes[0], str(path))
            # The file is trusted as given; each further list must follow from the one before.
            start = cls(_raw_keys(first, str(path)), first.number, envelopes[:1])
            return start.followed(envelopes[1:], str(path))
        return cls({key_id(key): key for key in (_pem_key(raw, path),)})

    def followed(self, envelopes: Iterable[Envelope], where: str) -> Trust:
        """Return the trust after these lists: each must be signed by a key of the one before.

        A list that is no newer, or signed by nobody who is trusted, changes nothing. Raises
        DataError for a broken list that a trusted key signed.
        """
        trust = self
        for envelope in envelopes:
            if not trust.signer(KEYS_TYPE, _payload(envelope), envelope.signatures):
                continue
            listed = _key_list(envelope, where)
            if listed.number > trust.number:
                kept = (*trust.envelopes, envelope)
                trust = Trust(_raw_keys(listed, where), listed.number, kept)
        return trust

    def signer(self, kind: str, payload: bytes, signatures: Sequence[Signature]) -> str | None:
        """Return the id of a trusted key that signed the payload, or None."""
        message = encoding(kind, payload)
        for signature in signatures:
            key = self.keys.get(signature.keyid)
            if key is not None and _verifies(key, _bytes_of(signature.sig), message):
                return signature.keyid
        return None


def check_signed(
    payload: bytes, signature: bytes | None, kind: str, trust: Trust, what: str
) -> str:
    """Return the id of the trusted key that signed a file; `what` names the file in messages.

    signature: the bytes of the signature file, None where there is none. Raises IntegrityError
    (unsigned, changed, or signed by others).
    """
    if signature is None:
        raise IntegrityError(
            f"{what} is not signed: there is no {SUFFIX} file beside it. Do not use it, or leave "
            "the key out."
        )
    detached = read_detached(signature, what)
    if detached.payloadType != kind:
        raise IntegrityError(f"The signature of {what} is one of another kind of file.")
    now = trust.followed(detached.keys, what)
    signer = now.signer(kind, payload, detached.signatures)
    if signer is None:
        theirs = ", ".join(one.keyid for one in detached.signatures) or "nobody"
        raise IntegrityError(
            f"{what} is not signed by a key that is trusted here ({', '.join(sorted(now.keys))}), "
            f"or was changed; its signature names {theirs}. Do not use it."
        )
    return signer


def read_detached(raw: bytes, what: str) -> Detached:
    """Decode the file of a signature; raises IntegrityError."""
    try:
        if len(raw) > MAX_BYTES:
            raise DataError("it is too large")
        detached: Detached = _decoded(Detached, raw, "it")
    except DataError as error:
        raise IntegrityError(f"The signature of {what} is broken: {error}") from error
    return detached


def encoding(kind: str, payload: bytes) -> bytes:
    """Return the bytes that are signed: DSSE's pre-authentication encoding."""
    name = kind.encode()
    return b"DSSEv1 %d %s %d %s" % (len(name), name, len(payload), payload)


def key_id(key: bytes) -> str:
    """Return the id of a raw public key: the first 16 digits of its sha256."""
    return hashlib.sha256(key).hexdigest()[:16]


def ed25519() -> Any:
    """Return the module of the `cryptography` library; raises BackendError where it is missing."""
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as error:
        raise BackendError(
            "Signatures need cryptography, which is not installed; run: "
            "pip install 'pinpoint-edge[signatures]'"
        ) from error
    return ed25519


def _verifies(key: bytes, signature: bytes, message: bytes) -> bool:
    module = ed25519()
    from cryptography.exceptions import InvalidSignature

    try:
        module.Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _pem_key(raw: bytes, path: Path) -> bytes:
    module = ed25519()
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(raw)
    except ValueError as error:
        raise DataError(
            f"{path} is no public key (PEM) and no list of keys (JSON): {error}."
        ) from error
    if not isinstance(key, module.Ed25519PublicKey):
        raise DataError(f"{path} is a key of another kind; Ed25519 is needed.")
    return bytes(key.public_bytes_raw())


def _key_list(envelope: Envelope, where: str) -> KeyList:
    if envelope.payloadType != KEYS_TYPE:
        raise DataError(f"{where}: a signed {envelope.payloadType[:80]!r} is no list of keys.")
    listed: KeyList = _decoded(KeyList, _payload(envelope), where)
    return listed


def _raw_keys(listed: KeyList, where: str) -> dict[str, bytes]:
    keys = {key_id(raw): raw for raw in map(_bytes_of, listed.keys.values())}
    if keys.keys() != set(listed.keys) or any(len(raw) != 32 for raw in keys.values()):
        raise DataError(f"{where}: a key's id is not that of its bytes.")
    return keys


def _payload(envelope: Envelope) -> bytes:
    return _bytes_of(envelope.payload)


def _bytes_of(text: str) -> bytes:
    """Decode base64; what is none becomes no bytes, which no signature and no key fits."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _decoded(kind: Any, raw: bytes, where: str) -> Any:
    try:
        value = parse_json(raw)
    except ValueError as error:
        raise DataError(f"{where} is not valid JSON: {error}.") from error
    record, problems = examine(kind, value, unknown="ignore", root="$")
    if problems:
        raise DataError(f"{where}: {problems[0]}.")
    return record
