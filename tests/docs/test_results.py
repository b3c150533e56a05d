"""docs/results.md and the README's table are what the records say; stale ones are marked."""

from __future__ import annotations

import dataclasses
import hashlib
import json

import pytest

from pinpoint_edge.errors import DataError
from pinpoint_export.results.page import readme_table, results_page, with_table
from pinpoint_export.results.record import Figure, load_record, load_records, shipped_digests

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


@pytest.mark.parametrize(("figure", "text"), [
    (Figure("", "", 0.895, (0.851, 0.932), 3), ".895 [.851, .932]"),
    (Figure("", "", -0.001, (-0.0394, 0.036), 3), "-.001 [-.039, .036]"),
    (Figure("", "", -0.0001, None, 3), ".000"),
    (Figure("", "", 1.0, (1.0, 1.0), 3), "1.000 [1.000, 1.000]"),
    (Figure("", "", 19, None, 0, "%"), "19 %"),
    (Figure("", "", 22528), "22,528"),
    (Figure("", "", "equal"), "equal"),
])  # fmt: skip
def test_a_figure_is_written_in_one_way(figure, text):
    assert figure.text() == text


def _broken(**changes):
    return lambda value: value | changes


@pytest.mark.parametrize(("change", "message"), [
    (_broken(id="other"), "name the file after it"),
    (_broken(date="yesterday"), "YYYY-MM-DD"),
    (_broken(section="news"), "answers or retrieval"),
    (_broken(commands=[]), "one command or more"),
    (_broken(weights={"llm": "1234"}), "sha256"),
    (_broken(stale=True), "unknown field 'stale'"),
    (_broken(figures=[{"row": "a", "column": "b", "value": 2, "interval": [0, 1]}]), "interval"),
    (_broken(figures=[{"row": "a", "column": "b", "value": 2}] * 2), "two figures"),
])  # fmt: skip
def test_a_broken_record_is_refused(tmp_path, change, message):
    value = json.loads((ROOT / "results/demo-int4.json").read_text(encoding="utf-8"))
    path = tmp_path / "demo-int4.json"
    path.write_text(json.dumps(value))
    assert load_record(path).id == "demo-int4"
    path.write_text(json.dumps(change(value)))
    with pytest.raises(DataError, match=message):
        load_record(path)


def test_the_readme_keeps_its_markers():
    with pytest.raises(DataError, match="once each"):
        with_table("# No markers", "table")
