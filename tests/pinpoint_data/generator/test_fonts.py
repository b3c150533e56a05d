"""Finding fonts: only faces with Latin letters, and a helpful error when there are none."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from pinpoint_data.generator import fonts
from pinpoint_edge.errors import DataError


def test_faces_show_different_letters() -> None:
    assert fonts.faces()
    for face in fonts.faces()[::7]:
        font = fonts.load(face, 24).image_font
        assert bytes(font.getmask("A")) != bytes(font.getmask("g"))


def test_faces_are_sorted_and_of_known_styles() -> None:
    paths = [face.path for face in fonts.faces()]
    assert paths == sorted(paths)
    assert {face.style for face in fonts.faces()} <= set(fonts.STYLES)


def test_pick_is_seeded_and_honours_weight() -> None:
    assert fonts.pick(Random(1), "sans") == fonts.pick(Random(1), "sans")
    assert fonts.pick(Random(1), "sans", bold=True).bold


def test_variant_keeps_the_family() -> None:
    face = next(f for f in fonts.faces() if Path(f.path).name == "DejaVuSans.ttf")
    assert Path(fonts.variant(face, True).path).name.startswith("DejaVuSans")
    assert fonts.variant(face, True).bold


def test_no_fonts_names_the_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    monkeypatch.setattr(fonts, "FOLDERS", (str(tmp_path),))
    monkeypatch.setattr(fonts.importlib.util, "find_spec", lambda name: None)
    fonts.faces.cache_clear()
    try:
        with pytest.raises(DataError, match="fonts-dejavu"):
            fonts.faces()
    finally:
        monkeypatch.undo()
        fonts.faces.cache_clear()


def test_what_a_face_lacks_is_drawn_as_something_else() -> None:
    plain = fonts.load(next(f for f in fonts.faces() if f.family == "DejaVu Sans"), 20)
    assert plain.as_drawn("€ 5 Zürich") == "€ 5 Zürich"
    assert plain.as_drawn("\U00013000 5") == "- 5"
    capitals = fonts.Font(
        replace(plain.face, capitals=True), 20, plain.image_font, plain.ascent, plain.descent
    )
    assert capitals.as_drawn("Ann") == "ANN"
