"""Signatures: only a trusted key's, over these bytes of this kind; keys follow from each other."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pinpoint_edge.bundle.release.signature import (
    INDEX_TYPE,
    MANIFEST_TYPE,
    Trust,
    check_signed,
    encoding,
)
from pinpoint_edge.bundle.release.signed import check_bundle, signature_path
from pinpoint_edge.errors import DataError, IntegrityError, OptionError, OutputError
from pinpoint_export.release.build import build_release
from pinpoint_export.release.signing import detached, new_key, read_key, read_lists, rotate


@pytest.fixture
def keys(tmp_path) -> list[tuple[Path, Path]]:
    """Three private keys and their public ones."""
    made = [tmp_path / f"key-{number}.pem" for number in range(3)]
    return [(path, new_key(path)[0]) for path in made]


def test_the_encoding_is_dsse():
    assert encoding("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_a_key_signs_these_bytes_of_this_kind(keys):
    (private, public), (_, other), _ = keys
    signature = detached(MANIFEST_TYPE, b"content", [read_key(private)])
    trust = Trust.load(public)
    assert check_signed(b"content", signature, MANIFEST_TYPE, trust, "x") in trust.keys
    for payload, kind, key, message in (
        (b"Content", MANIFEST_TYPE, public, "was changed"),
        (b"content", INDEX_TYPE, public, "another kind"),
        (b"content", MANIFEST_TYPE, other, "not signed by a key"),
    ):
        with pytest.raises(IntegrityError, match=message):
            check_signed(payload, signature, kind, Trust.load(key), "x")
    with pytest.raises(IntegrityError, match="is not signed"):
        check_signed(b"content", None, MANIFEST_TYPE, trust, "x")


@pytest.mark.parametrize("spoil", [
    lambda row: row["signatures"][0].update(sig="????"),
    lambda row: row["signatures"][0].update(sig=""),
    lambda row: row["signatures"][0].update(keyid="0" * 16),
    lambda row: row["signatures"].clear(),
    lambda row: row.pop("signatures"),
    lambda row: row.update(signatures=5),
])  # fmt: skip
def test_spoilt_signatures(keys, spoil):
    private, public = keys[0]
    row = json.loads(detached(MANIFEST_TYPE, b"content", [read_key(private)]))
    spoil(row)
    with pytest.raises(IntegrityError):
        check_signed(b"content", json.dumps(row).encode(), MANIFEST_TYPE, Trust.load(public), "x")


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xff", b"[" * 10_000, b"x" * 2**21])
def test_a_broken_signature_file(keys, raw):
    with pytest.raises(IntegrityError, match="is broken"):
        check_signed(b"content", raw, MANIFEST_TYPE, Trust.load(keys[0][1]), "x")


def test_keys_follow_from_each_other(keys, tmp_path):
    (one, one_public), (two, two_public), (three, three_public) = keys
    path = tmp_path / "keys.json"
    rotate(path, [str(one)], [str(one_public)])
    rotate(path, [str(one)], [str(two_public)])
    older = path.read_bytes()
    rotate(path, [str(two)], [str(three_public)])
    with pytest.raises(OptionError, match="No key of --sign"):
        rotate(path, [str(one)], [str(one_public)])  # the first is trusted no longer
    trust = Trust.load(path)
    assert (trust.number, trust.keys) == (3, Trust.load(three_public).keys)
    # Who knows the first key alone is led to the third by the lists in the signature.
    signature = detached(MANIFEST_TYPE, b"c", [read_key(three)], read_lists(path))
    assert check_signed(b"c", signature, MANIFEST_TYPE, Trust.load(one_public), "x")
    bare = detached(MANIFEST_TYPE, b"c", [read_key(three)])
    with pytest.raises(IntegrityError):
        check_signed(b"c", bare, MANIFEST_TYPE, Trust.load(one_public), "x")
    # A key that was replaced signs nothing any more for who knows the later list.
    old = detached(MANIFEST_TYPE, b"c", [read_key(one)])
    with pytest.raises(IntegrityError):
        check_signed(b"c", old, MANIFEST_TYPE, trust, "x")
    # An older list leads nobody back.
    (tmp_path / "older.json").write_bytes(older)
    back = detached(MANIFEST_TYPE, b"c", [read_key(two)], read_lists(tmp_path / "older.json"))
    with pytest.raises(IntegrityError):
        check_signed(b"c", back, MANIFEST_TYPE, trust, "x")


def test_a_list_by_strangers_changes_nothing(keys, tmp_path):
    (_, one_public), (two, two_public), _ = keys
    rotate(tmp_path / "theirs.json", [str(two)], [str(two_public)])
    lists = read_lists(tmp_path / "theirs.json")
    signature = detached(MANIFEST_TYPE, b"c", [read_key(two)], lists)
    with pytest.raises(IntegrityError):
        check_signed(b"c", signature, MANIFEST_TYPE, Trust.load(one_public), "x")


def test_a_list_whose_ids_lie(keys, tmp_path):
    one, one_public = keys[0]
    path = tmp_path / "keys.json"
    rotate(path, [str(one)], [str(one_public)])
    row = json.loads(path.read_text())
    listed = json.loads(base64.b64decode(row[0]["payload"]))
    listed["keys"] = {"0" * 16: next(iter(listed["keys"].values()))}
    row[0]["payload"] = base64.b64encode(json.dumps(listed).encode()).decode()
    path.write_text(json.dumps(row))
    with pytest.raises(DataError, match="id is not that"):
        Trust.load(path)


@pytest.mark.parametrize("content", [b"", b"[]", b"[1]", b"-----BEGIN PUBLIC KEY-----", b"\xff"])
def test_what_is_no_key(tmp_path, content):
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(DataError):
        Trust.load(tmp_path / "key")
    with pytest.raises(DataError, match="cannot be read"):
        Trust.load(tmp_path / "none")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_keys_of_openssl(tmp_path):
    private, public = tmp_path / "o.pem", tmp_path / "o.pub.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
    signature = detached(MANIFEST_TYPE, b"c", [read_key(private)])
    assert check_signed(b"c", signature, MANIFEST_TYPE, Trust.load(public), "x")
    subprocess.run(["openssl", "genrsa", "-out", private, "2048"], check=True, capture_output=True)
    with pytest.raises(DataError, match="Ed25519"):
        read_key(private)


def test_a_key_is_private_and_never_replaced(tmp_path):
    public, _ = new_key(tmp_path / "k.pem")
    assert (tmp_path / "k.pem").stat().st_mode & 0o077 == 0
    with pytest.raises(OutputError, match="never replaced"):
        new_key(tmp_path / "k.pem")
    assert public.name == "k.pub.pem"


def test_both_forms_of_a_bundle(release, tmp_path):
    assert check_bundle(release.archive, release.public)
    with pytest.raises(IntegrityError, match="is not signed"):
        check_bundle(release.bundle, release.public)
    beside = signature_path(release.archive).read_bytes()
    signature_path(release.bundle).write_bytes(beside)  # the same signature fits the folder
    assert check_bundle(f"{release.bundle}/", release.public)
    with pytest.raises(IntegrityError):
        check_bundle(release.archive, new_key(tmp_path / "other.pem")[0])
    manifest = release.bundle / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"small"', b'"large"'))
    with pytest.raises(IntegrityError, match="was changed"):
        check_bundle(release.bundle, release.public)


def test_a_reader_with_a_key_takes_a_signed_bundle_alone(release, tmp_path):
    from pinpoint_edge import PinPoint

    unsigned = tmp_path / "unsigned.pinpoint"
    unsigned.write_bytes(release.archive.read_bytes())
    with pytest.raises(IntegrityError, match="is not signed"):
        PinPoint.load(unsigned, key=release.public)


def test_a_release_has_the_same_bytes_each_time(release, tmp_path):
    build_release([release.bundle], tmp_path / "again", [str(release.private)])
    for path in release.folder.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


def test_a_device_without_the_library_is_told(release, monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)
    from pinpoint_edge.errors import BackendError

    with pytest.raises(BackendError, match=r"pinpoint-edge\[signatures\]"):
        Trust.load(release.public)
