"""Bundles of older schemas open, and answer: their manifests as the versions of then wrote them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pinpoint_edge.bundle import Bundle, pack, verify_archive
from pinpoint_edge.bundle.validation import read_manifest
from pinpoint_edge.engine import Engine
from pinpoint_edge.reader import PinPoint

OLDER = Path(__file__).with_name("older")
VERSIONS = ("1.0", "1.1", "1.2", "1.3")


@pytest.mark.parametrize("version", VERSIONS)
def test_an_older_bundle_opens_in_both_forms(
    make_bundle: Callable[[str], Path], tmp_path: Path, version: str
) -> None:
    folder = make_bundle("older")
    shutil.copy(OLDER / f"manifest-{version}.json", folder / "manifest.json")
    bundle = Bundle.open(folder)
    assert (bundle.manifest.schema, bundle.verify()) == (version, [])
    pack(folder, tmp_path / "older.pinpoint")
    assert verify_archive(tmp_path / "older.pinpoint") == bundle.manifest


@pytest.mark.slow
def test_an_older_manifest_answers_alike(
    small_reader: PinPoint, printed: Callable[..., Any]
) -> None:
    """Fields that 1.0 did not have fall back to the values of then."""
    engine = small_reader.engine
    held = read_manifest((OLDER / "manifest-1.0.json").read_bytes(), "manifest.json")
    now = engine.manifest
    manifest = replace(held, host=now.host, kv=now.kv, vocabulary=now.vocabulary, d_llm=now.d_llm)
    older = Engine(
        *(manifest, engine.stages, engine.tokenizer, engine.characters, engine.generator)
    )
    page = printed("TOTAL 12.50", "DATE 1 MAY 2024")
    question = "What is the total?"
    answer = PinPoint(older).open(page).ask(question)
    assert answer == replace(small_reader.open(page).ask(question), timings=answer.timings)
