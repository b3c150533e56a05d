"""`pinpoint-data template`: a folder of scans, of which some are no form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pinpoint_data.measure_only import committed
from pinpoint_data.templates import form_template, line_readers
from pinpoint_data.templates.form_template import load_template
from pinpoint_edge.evaluation.annotations import load_questions

from ..templates.drawn_form import LABELS, TEMPLATE, DrawnForm, KnownLines
from .calls import Data

FORMS = sorted((Path(form_template.__file__).parent / "forms").glob("*.toml"))


@pytest.fixture
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two filled forms, a blank one and a page that is none, with a reader that knows them."""
    (tmp_path / "club.toml").write_text(TEMPLATE)
    folder = tmp_path / "scans"
    folder.mkdir()
    forms = {
        "a.png": DrawnForm(),
        "b.png": DrawnForm(degrees=1.0, shift=(9, 9)),
        "c.png": DrawnForm(texts=dict(LABELS), ticked="", signed=False),
        "d.png": DrawnForm(texts={"text": ("A letter of a friend", 90, 90)}, signed=False),
    }
    for name, form in forms.items():
        Image.fromarray(form.page().image).save(folder / name)
    (folder / "broken.png").write_bytes(b"nothing")

    @contextmanager
    def reader(*_: Any) -> Iterator[KnownLines]:
        yield KnownLines(dict(forms))

    monkeypatch.setattr(line_readers, "line_reader", reader)
    return folder


def test_a_folder_is_annotated(scans: Path, tmp_path: Path, data: Data) -> None:
    out = tmp_path / "qa.jsonl"
    code, said, _ = data("template", scans, "--form", tmp_path / "club.toml", "-o", out, "--json")
    assert code == 0
    figures = json.loads(said)
    assert figures["pages"] == {"membership, only one": 3}
    assert figures["fields"]["visit"] == {"filled": 2, "empty": 1, "left_out": {}}
    assert len(figures["skipped"]) == 2
    questions = load_questions(out)
    assert len(questions) == figures["rows"] == 24
    assert {Path(question.image).name for question in questions} == {"a.png", "b.png", "c.png"}
    assert data("template", scans, "--form", tmp_path / "club.toml", "-o", out)[0] != 0
    again = tmp_path / "again.jsonl"
    arguments = ("--form", tmp_path / "club.toml", "--lines", tmp_path / "qa.lines.jsonl")
    assert data("template", scans, *arguments, "-o", again)[0] == 0
    assert again.read_text() == out.read_text(), "what was read is kept"


def test_an_edition_is_learned_from_a_scan(scans: Path, tmp_path: Path, data: Data) -> None:
    arguments = ("--form", tmp_path / "club.toml", "--learn", "only one")
    code, said, _ = data("template", scans / "a.png", *arguments)
    assert code == 0
    assert said.strip() in TEMPLATE


def test_no_page_that_fits_is_an_error(scans: Path, tmp_path: Path, data: Data) -> None:
    arguments = ("--form", tmp_path / "club.toml", "-o", tmp_path / "qa.jsonl")
    code, _, said = data("template", scans / "d.png", *arguments)
    assert code != 0
    assert "no page of 1 files fits a template" in said
    assert not (tmp_path / "qa.jsonl").exists()


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_the_templates_of_the_package_hold_no_measure_only_question(path: Path) -> None:
    template = load_template(path)
    assert template.editions
    assert all(field.label in template.labels for field in template.fields)
    questions = [question for field in template.fields for question in field.questions]
    assert committed().phrases(questions) == []
