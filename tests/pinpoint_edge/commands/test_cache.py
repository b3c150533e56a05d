"""`pinpoint cache` shows and clears; `pack` asks before it replaces; `inspect` fits a screen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

Pinpoint = Callable[..., tuple[int, str, str]]


def test_an_absent_cache_is_empty(pinpoint: Pinpoint) -> None:
    assert json.loads(pinpoint("cache", "--json")[1])["bytes"] == {}
    assert pinpoint("cache", "--clear")[0] == 0


def test_show_and_clear(
    pinpoint: Pinpoint, small_bundle: Path, own_cache: Path, tmp_path: Path
) -> None:
    packed = tmp_path / "s.pinpoint"
    assert pinpoint("pack", small_bundle, packed)[0] == 0
    assert pinpoint("inspect", packed)[0] == 0  # unpacks into the cache
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    (own_cache / "pinpoint-edge/link").symlink_to(kept)
    report = json.loads(pinpoint("cache", "--json")[1])
    assert report["bytes"]["bundles"] > 25_600
    assert report["cleared"] is False
    assert "bundles: 0.0 MB" in pinpoint("cache")[1]
    assert pinpoint("cache", "--clear")[0] == 0
    assert list((own_cache / "pinpoint-edge").iterdir()) == []
    assert (kept / "file").is_file()  # a link is removed, not followed


def test_pack_does_not_replace_silently(
    pinpoint: Pinpoint, small_bundle: Path, tmp_path: Path
) -> None:
    packed = tmp_path / "s.pinpoint"
    packed.write_text("mine")
    code, _, err = pinpoint("pack", small_bundle, packed)
    assert (code, "exists; give --overwrite" in err, packed.read_text()) == (9, True, "mine")
    assert pinpoint("pack", small_bundle, packed, "--overwrite")[0] == 0
    assert pinpoint("verify", packed)[0] == 0


def test_inspect_fits_a_screen(pinpoint: Pinpoint, small_bundle: Path) -> None:
    code, out, _ = pinpoint("inspect", small_bundle)
    assert code == 0
    assert len(out.splitlines()) <= 24
    assert all(len(line) <= 100 for line in out.splitlines())
    assert "uint8" not in out
    assert "image uint8(1,3,H,W)" in pinpoint("inspect", small_bundle, "--tensors")[1]
