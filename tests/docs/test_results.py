"""docs/results.md and the README's table are what the records say; stale ones are marked."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest

from pinpoint_edge.errors import DataError
from pinpoint_export.results.page import readme_table, results_page, with_table
from pinpoint_export.results.record import load_records, shipped_digests

from .markdown import ROOT

WEIGHTS = ROOT / "export/pinpoint_models/weights"
LAYOUT = ROOT / "results/readme.json"
CURRENT = "Measured with the weights in the repository."


@pytest.fixture(scope="module")
def records():
    return load_records(ROOT / "results")


@pytest.fixture(scope="module")
def shipped() -> dict[str, str]:
    return shipped_digests(WEIGHTS)


def test_the_page_and_the_readme_are_generated(records, shipped):
    page = (ROOT / "docs/results.md").read_text(encoding="utf-8")
    assert page == results_page(records, shipped), "run `make results`"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme == with_table(readme, readme_table(records, shipped, LAYOUT)), (
        "run `make results`"
    )


def test_a_record_whose_digest_is_not_the_shipped_one_is_marked(records):
    page = (ROOT / "docs/results.md").read_text(encoding="utf-8")
    for record in records:
        section = page.split(f"### {record.title}\n")[1].split("\n### ")[0]
        same = record.weights is not None and all(
            hashlib.sha256((WEIGHTS / f"{part}.safetensors").read_bytes()).hexdigest() == digest
            for part, digest in record.weights.items()
        )
        assert (CURRENT in section) == same, record.id


def test_new_weights_make_a_record_stale(records, shipped):
    record = next(r for r in records if r.weights and "llm" in r.weights)
    current = dataclasses.replace(record, weights=shipped)
    changed = shipped | {"llm": "0" * 64}
    assert current.stale_parts(shipped) == []
    assert current.stale_parts(changed) == ["llm"]
    page = results_page([current], changed)
    assert "**Measured with earlier weights: llm.**" in page
    assert CURRENT not in page
    assert "†" in readme_table([r if r is not record else current for r in records], {}, LAYOUT)


def test_titles_are_unique(records):
    titles = [record.title for record in records]
    assert len(set(titles)) == len(titles)


def test_the_readme_keeps_its_markers():
    with pytest.raises(DataError, match="once each"):
        with_table("# No markers", "table")
