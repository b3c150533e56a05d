"""`pinpoint get` and `verify --key`: what vouches for a bundle, and what is refused."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pinpoint_edge.bundle import Bundle, describe_files, pack, save_manifest
from pinpoint_edge.bundle.release import pinned
from pinpoint_export.release.build import build_release
from pinpoint_export.release.signing import new_key


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("PINPOINT_INDEX", raising=False)
    monkeypatch.delenv("PINPOINT_KEY", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def key(tmp_path) -> Path:
    return new_key(tmp_path / "release.pem")[0]


@pytest.fixture
def folder(small_bundle, key, tmp_path) -> Path:
    build_release([small_bundle], tmp_path / "release", [str(tmp_path / "release.pem")])
    return tmp_path / "release"


def digest(folder: Path) -> str:
    return str(json.loads((folder / "index.json").read_text())["bundles"][0]["digest"])


def test_a_signed_bundle_is_fetched_and_verified(pinpoint, folder, key):
    code, out, err = pinpoint("get", "small", "--index", folder, "--key", key)
    assert (code, "vouched for by signature" in out) == (0, True)
    assert "of 0.2 MB" in err
    code, out, _ = pinpoint("verify", "small-onnx.pinpoint", "--key", key, "--json")
    assert (code, len(json.loads(out)["signed_by"])) == (0, 16)
    code, out, _ = pinpoint("get", "small", "--index", folder, "--key", key, "--json", "-q")
    assert (code, json.loads(out)["present"]) == (0, True)


def test_nothing_is_believed_without_a_reason(pinpoint, folder, monkeypatch):
    get = ("get", "small", "--index", folder)
    code, _, err = pinpoint(*get)
    assert (code, "Nothing vouches for small/onnx" in err) == (6, True)
    assert pinpoint(*get, "--digest", "0" * 64)[0] == 6
    assert not Path("small-onnx.pinpoint").exists()
    assert pinpoint(*get, "a.pinpoint", "--digest", digest(folder).upper())[0] == 0
    assert "by nothing" in pinpoint(*get, "b.pinpoint", "--unchecked")[1]
    monkeypatch.setitem(pinned.PINNED, "small/onnx", digest(folder))
    assert "by pinned" in pinpoint(*get, "c.pinpoint")[1]
    monkeypatch.setitem(pinned.PINNED, "small/onnx", "0" * 64)
    code, _, err = pinpoint(*get, "d.pinpoint", "--unchecked")
    assert (code, "than this version" in err) == (6, True)


def test_a_foreign_or_unsigned_release_is_refused(pinpoint, folder, tmp_path, small_bundle):
    get = ("get", "small", "--index", folder, "--key", new_key(tmp_path / "other.pem")[0])
    code, _, err = pinpoint(*get)
    assert (code, "not signed by a key that is trusted" in err) == (6, True)
    build_release([small_bundle], tmp_path / "bare")
    code, _, err = pinpoint("get", "small", "--index", tmp_path / "bare", *get[-2:])
    assert (code, "is not signed" in err) == (6, True)
    assert not Path("small-onnx.pinpoint").exists()


def test_another_bundle_under_the_signed_index(pinpoint, folder, key, make_bundle, tmp_path):
    """The index is signed, and names the digest: the file cannot be replaced."""
    other = make_bundle("other")
    manifest = Bundle.open(other).manifest
    (other / "characters.json").write_text('["", "b"]')
    save_manifest(other, replace(manifest, files=describe_files(other)))
    pack(other, folder / "small-onnx.pinpoint")
    code, _, err = pinpoint("get", "small", "--index", folder, "--key", key)
    assert code in (6, 13), err
    assert not Path("small-onnx.pinpoint").exists()


def test_other_files_are_not_replaced_silently(pinpoint, folder, key):
    Path("mine.pinpoint").write_text("mine")
    get = ("get", "small", "mine.pinpoint", "--index", folder, "--key", key)
    code, _, err = pinpoint(*get)
    assert (code, "--overwrite" in err, Path("mine.pinpoint").read_text()) == (9, True, "mine")
    assert pinpoint(*get, "--overwrite")[0] == 0
    assert pinpoint("verify", "mine.pinpoint")[0] == 0


def test_settings_stand_for_options(pinpoint, folder, key, tmp_path, monkeypatch):
    code, _, err = pinpoint("get", "small")
    assert (code, "PINPOINT_INDEX" in err) == (2, True)
    config = tmp_path / "config/pinpoint-edge/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'[release]\nindex = "{folder}"\nkey = "{key}"\n')
    assert pinpoint("get", "small")[0] == 0
    # A configured key is required of `verify` too.
    unsigned = tmp_path / "unsigned.pinpoint"
    shutil.copy("small-onnx.pinpoint", unsigned)
    assert pinpoint("verify", unsigned)[0] == 6
    monkeypatch.setenv("PINPOINT_INDEX", str(tmp_path / "nowhere"))
    assert pinpoint("get", "small")[0] == 13
    config.write_text("[release]\nother = 1\n")
    assert pinpoint("get", "small")[0] == 8


def test_a_list(pinpoint, folder):
    code, out, _ = pinpoint("get", "--index", folder, "--list")
    assert (code, out.split()[:2]) == (0, ["small", "onnx"])
    listed = json.loads(pinpoint("get", "--index", folder, "--list", "--json")[1])
    assert listed["bundles"][0]["digest"] == digest(folder)
    assert pinpoint("get", "--index", folder)[0] == 2


def test_a_signature_needs_a_key(pinpoint, small_bundle):
    assert pinpoint("verify", small_bundle, "--signature", "x.sig")[0] == 2
