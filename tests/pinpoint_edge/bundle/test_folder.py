"""Opening a folder: refused before loading, by name, with the remedy."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import sys
from pathlib import Path

import pytest

from pinpoint_edge.bundle import Bundle, describe_files, folder, save_manifest
from pinpoint_edge.errors import BackendError, BundleError, IntegrityError


def flip(path: Path, at: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def test_open(small_bundle: Path) -> None:
    bundle = Bundle.open(small_bundle)
    assert bundle.manifest.name == "small"
    assert (
        bundle.digest == hashlib.sha256((small_bundle / "manifest.json").read_bytes()).hexdigest()
    )
    assert bundle.stage_path("decode") == small_bundle / "stages/decode.onnx"
    assert bundle.characters("refine") == ["", "a", "é"]
    assert bundle.size == sum(f.stat().st_size for f in small_bundle.rglob("*") if f.is_file()) - (
        (small_bundle / "manifest.json").stat().st_size
    )


def test_opening_imports_no_runtime(small_bundle: Path) -> None:
    before = set(sys.modules)
    Bundle.open(small_bundle)
    assert not {"onnxruntime", "torch"} & (set(sys.modules) - before)


def test_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"manifest\.json is missing"):
        Bundle.open(tmp_path)
    with pytest.raises(BundleError, match="does not exist"):
        Bundle.open(tmp_path / "nothing")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(BundleError, match="is no bundle"):
        Bundle.open(tmp_path / "text")


def test_missing_file(small_bundle: Path) -> None:
    (small_bundle / "stages/align.onnx").unlink()
    with pytest.raises(BundleError, match=r"lacks the file stages/align\.onnx"):
        Bundle.open(small_bundle)


def test_one_flipped_byte_in_a_small_file(small_bundle: Path) -> None:
    flip(small_bundle / "stages/glance.onnx", 7)
    with pytest.raises(IntegrityError, match=r"stages/glance\.onnx was changed"):
        Bundle.open(small_bundle)


def test_a_large_file_is_hashed_by_verify_and_sized_by_open(
    small_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "CHEAP_BYTES", 1000)
    weights = small_bundle / "stages/decode.onnx.data"
    flip(weights, 20_000)
    bundle = Bundle.open(small_bundle)
    with pytest.raises(IntegrityError, match=r"decode\.onnx\.data was changed"):
        bundle.verify()
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(IntegrityError, match="25599 bytes, the manifest says 25600"):
        Bundle.open(small_bundle)


def test_missing_backend_is_named_with_its_remedy(small_bundle: Path) -> None:
    bundle = Bundle.open(small_bundle)
    needs = ("onnxruntime", "no-such-runtime")
    save_manifest(small_bundle, dataclasses.replace(bundle.manifest, requires=needs))
    assert importlib.util.find_spec("no_such_runtime") is None
    with pytest.raises(BackendError, match=r"runs on no-such-runtime.*pip install no-such-runtime"):
        Bundle.open(small_bundle)
    assert Bundle.open(small_bundle, check_backends=False).manifest.requires == needs


def test_verify_names_unlisted_files(small_bundle: Path) -> None:
    assert Bundle.open(small_bundle).verify() == []
    (small_bundle / "stages/notes.txt").write_text("x")
    assert Bundle.open(small_bundle).verify() == ["stages/notes.txt"]


def test_describe_files_refuses_links(small_bundle: Path) -> None:
    assert set(describe_files(small_bundle)) == set(Bundle.open(small_bundle).manifest.files)
    (small_bundle / "link").symlink_to("tokenizer.json")
    with pytest.raises(BundleError, match="link"):
        describe_files(small_bundle)


def test_save_manifest_refuses_what_open_would(small_bundle: Path) -> None:
    manifest = Bundle.open(small_bundle).manifest
    before = (small_bundle / "manifest.json").read_bytes()
    with pytest.raises(BundleError, match=r"\$\.tokenizer"):
        save_manifest(small_bundle, dataclasses.replace(manifest, tokenizer="none.json"))
    assert (small_bundle / "manifest.json").read_bytes() == before


def test_characters_must_be_strings(small_bundle: Path) -> None:
    manifest = Bundle.open(small_bundle).manifest
    (small_bundle / "glance.json").write_text('["", 1]')
    save_manifest(small_bundle, dataclasses.replace(manifest, files=describe_files(small_bundle)))
    with pytest.raises(BundleError, match="no JSON array of strings"):
        Bundle.open(small_bundle).characters("glance")
