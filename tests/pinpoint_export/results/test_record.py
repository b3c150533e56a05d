"""Records: one way to write a figure, every fault refused, new ones ready to be filled in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pinpoint_edge.errors import DataError, OutputError
from pinpoint_export.results.__main__ import cli
from pinpoint_export.results.record import Figure, load_record, shipped_digests
from pinpoint_models.paths import weights_folder

ROOT = Path(__file__).parents[3]


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


def test_a_new_record_has_the_shipped_digests_and_loads_when_it_is_filled_in(tmp_path):
    (tmp_path / "results").mkdir()
    arguments = ["new", "receipts-int8", "--root", str(tmp_path)]
    CliRunner().invoke(cli, arguments, catch_exceptions=False)
    path = tmp_path / "results/receipts-int8.json"
    with pytest.raises(DataError, match="one command or more"):
        load_record(path)
    value = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(value | {"commands": ["make demo"]}))
    record = load_record(path)
    assert record.weights == shipped_digests(weights_folder())
    assert record.stale_parts(shipped_digests(weights_folder())) == []
    with pytest.raises(OutputError, match="another name"):
        CliRunner().invoke(cli, arguments, catch_exceptions=False)


def test_the_command_writes_the_page_and_the_table(tmp_path):
    for name in ("docs", "results"):
        (tmp_path / name).mkdir()
    for name in ("answers-int4.json", "full-page-int4.json", "readme.json"):
        source = (ROOT / "results" / name).read_text(encoding="utf-8")
        (tmp_path / "results" / name).write_text(source, encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (tmp_path / "README.md").write_text(readme.replace("ANLS, all questions", "an older label"))
    CliRunner().invoke(cli, ["--root", str(tmp_path)], catch_exceptions=False)
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == readme
    page = (tmp_path / "docs/results.md").read_text(encoding="utf-8")
    assert "### Answers of the int4 bundle" in page
    assert "### Charts" not in page
