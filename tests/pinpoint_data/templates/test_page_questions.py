"""Fields of drawn forms: shifted, turned, noised, with missing labels and without values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pinpoint_data.templates.form_template import Template, load_template
from pinpoint_data.templates.page_lines import LineStore
from pinpoint_data.templates.page_questions import PageFields, counted, read_form, rows_of_page
from pinpoint_edge.errors import DataError
from pinpoint_edge.vision.geometry import iou
from pinpoint_edge.vision.page import Page

from .drawn_form import LABELS, TEMPLATE, VALUES, DrawnForm, KnownLines


@pytest.fixture
def template(tmp_path: Path) -> Template:
    path = tmp_path / "membership.toml"
    path.write_text(TEMPLATE)
    return load_template(path)


def read(template: Template, form: DrawnForm) -> PageFields | None:
    reader = KnownLines({"form.png": form})
    return read_form([template], LineStore(reader, None).open(form.page()))


def answers(fields: PageFields | None) -> dict[str, tuple[str, ...]]:
    assert fields is not None
    return {name: filled.answers for name, (_, filled) in fields.found.items()}


FILLED = {
    "name": ("Ada Lovelace",),
    "number": ("4711",),
    "address": ("12 Analytical Row London N1",),
    "visit": ("3 May 1990",),
    "kind": ("New member",),
    "new": ("yes",),
    "signature": ("yes",),
}


@pytest.mark.parametrize(
    "form",
    [
        DrawnForm(),
        DrawnForm(shift=(43, -31)),
        DrawnForm(degrees=1.5),
        DrawnForm(shift=(-20, 25), degrees=-1.5, noise=0.001),
    ],
)
def test_a_filled_form_is_read_wherever_it_lies(template: Template, form: DrawnForm) -> None:
    fields = read(template, form)
    assert answers(fields) == FILLED
    assert fields is not None
    assert (fields.left_out, fields.missing) == ({}, ())


def test_boxes_are_those_of_label_and_value(template: Template) -> None:
    fields = read(template, DrawnForm())
    assert fields is not None
    _, address = fields.found["address"]
    assert [round(box[1]) for box in address.boxes] == [280, 304]
    assert [round(box[1]) for box in address.support] == [220, 244, 280, 304]
    _, new = fields.found["new"]
    assert iou(new.boxes[0], (86, 542, 103, 559)) > 0.6


def test_an_empty_form_has_empty_fields(template: Template) -> None:
    fields = read(template, DrawnForm(texts=dict(LABELS), ticked="", signed=False))
    assert answers(fields) == {
        **dict.fromkeys(("name", "number", "address", "visit", "kind"), ()),
        "new": ("no",),
        "signature": ("no",),
    }


def test_a_label_that_is_not_there_is_named(template: Template) -> None:
    texts = {n: text for n, text in {**LABELS, **VALUES}.items() if n not in ("visit", "number")}
    fields = read(template, DrawnForm(texts=texts))
    assert fields is not None
    assert fields.missing == ("number", "visit")
    assert fields.left_out["visit"] == "the label visit is not on the page"
    assert counted([fields])["labels_missing"] == {"number": 1, "visit": 1}
    assert fields.found["name"][1].answers == ("Ada Lovelace",), "its place is bounded by the fit"


def test_what_is_not_clear_is_left_out(template: Template) -> None:
    texts = {**LABELS, **VALUES, "when": ("soon, perhaps", 240, 400)}
    texts["no"] = ("47 and 11", 510, 140)
    fields = read(template, DrawnForm(texts=texts, confidence={"street": 0.5}))
    assert fields is not None
    assert fields.left_out["visit"] == "it is no date"
    assert fields.left_out["number"] == "it is no number"
    assert fields.left_out["address"] == "the reader is not sure"


def test_ink_that_no_line_explains_is_not_empty(template: Template) -> None:
    page = DrawnForm(texts=dict(LABELS)).page()
    image = page.image.copy()
    image[280:300, 100:300:3] = 0
    reader = KnownLines({"form.png": DrawnForm(texts=dict(LABELS))})
    fields = read_form([template], LineStore(reader, None).open(Page(image, "form.png", 0)))
    assert fields is not None
    assert fields.left_out["address"] == "something is there that was not read"


def test_misread_and_broken_labels_are_found(template: Template) -> None:
    texts = {**LABELS, **VALUES}
    texts["name"] = ("1. Narne of member", 60, 100)
    texts["number"] = ("2, Member No", 500, 100)
    texts["visit"] = ("4. Date of vislt_3 May 1990", 60, 400)
    del texts["when"]
    found = answers(read(template, DrawnForm(texts=texts)))
    assert found["name"] == ("Ada Lovelace",)
    assert found["number"] == ("4711",)
    assert found["visit"] == ("3 May 1990",)


def test_noise_and_other_forms_fit_no_template(template: Template) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (600, 500, 3), dtype=np.uint8)
    reader = KnownLines({"noise.png": None})
    lines = LineStore(reader, None).open(Page(noise, "noise.png", 0))
    assert read_form([template], lines) is None
    other = {f"t{n}": (f"Some other text {n}", 60.0, 40.0 * n) for n in range(1, 20)}
    assert read(template, DrawnForm(texts=other)) is None


def test_thousands_of_lines_do_not_take_for_ever(template: Template) -> None:
    texts = {f"t{n}": ("Member", 60.0 + 70 * (n % 10), 3.0 * (n // 10)) for n in range(3000)}
    assert read(template, DrawnForm(texts=texts)) is None


def test_rows_are_annotations(template: Template, tmp_path: Path) -> None:
    form = DrawnForm()
    fields = read(template, form)
    assert fields is not None
    rows = rows_of_page(fields, form.page(), tmp_path / "form.png", 0, tmp_path, wordings=2)
    assert [row["id"] for row in rows][:2] == ["form-p0-name", "form-p0-name-2"]
    assert {row["question"] for row in rows[:2]} == {"Who is the member?", "Member's name?"}
    assert rows == rows_of_page(fields, form.page(), tmp_path / "form.png", 0, tmp_path, 2)
    assert all(row["image"] == "form.png" and row["support_boxes"] for row in rows)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('label = "visit"', 'label = "visits"', "no label is called 'visits'"),
        ('name = "visit"\nkind', 'name = "name"\nkind', "two fields are called 'name'"),
        ('options = ["new", "old"]', "", "give options to a choice"),
        ('where = "right"', 'where = "left"', r'fields\[3\].where: expected "below" or "right"'),
        ('questions = ["Which number?"]', "questions = []", "expected at least one"),
        ('kind = "date"', 'kind = "date"\nsize = 3', "unknown field 'size'"),
    ],
)
def test_a_broken_template_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in TEMPLATE
    path = tmp_path / "membership.toml"
    path.write_text(TEMPLATE.replace(old, new))
    with pytest.raises(DataError, match=message):
        load_template(path)


def test_lines_of_a_page_opened_at_another_size_are_scaled(tmp_path: Path) -> None:
    store = LineStore(KnownLines({"form.png": DrawnForm()}), tmp_path / "lines.jsonl")
    page = DrawnForm().page()
    first = store.open(page)
    first.keep()
    double = Page(page.image.repeat(2, 0).repeat(2, 1), page.source, 0)
    again = LineStore(KnownLines({}), tmp_path / "lines.jsonl").open(double)
    assert [line.text for line in again.lines] == [line.text for line in first.lines]
    assert again.lines[0].box == tuple(2 * value for value in first.lines[0].box)
