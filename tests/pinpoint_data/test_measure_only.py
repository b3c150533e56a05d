"""No list that pages and questions are generated from shares text with a set that only measures."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from pinpoint_data import measure_only
from pinpoint_data.generator.synthetic_page import DrawnLine, SyntheticQuestion, SynthPage
from pinpoint_data.measure_only import (
    MeasureOnly,
    committed,
    is_phrase,
    main,
    normalise,
    shared_by,
    spellings,
)
from pinpoint_edge.errors import DataError

EXPORT = Path(__file__).parents[2] / "export"
REVIEWED = EXPORT / "pinpoint_data/splits/measure_only_words.txt"
SUFFIXES = {".py", ".txt", ".toml", ".json", ".csv", ".md"}
_NAME = re.compile(r"\w*_\w*")  # of a role or field: never printed
_CUTS = (r"[;\n|]", r"[;:,\n|*\t]", r"[;\n|]|: ")


def sources() -> list[Path]:
    packages = ("pinpoint_data/generator", "pinpoint_data/lists", "pinpoint_train/corpus")
    folders = [EXPORT / package for package in packages]
    files = [p for folder in folders for p in folder.rglob("*") if p.suffix in SUFFIXES]
    assert len(files) > 70
    return sorted(files)


def strings(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".toml":
        yield from entries(tomllib.loads(text))
        return
    if path.suffix != ".py":
        yield text
        return
    tree = ast.parse(text)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docs = {ast.get_docstring(n, clean=False) for n in ast.walk(tree) if isinstance(n, documented)}
    values = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)}
    # What holds a backslash is a regular expression.
    yield from (v for v in values - docs if isinstance(v, str) and "\\" not in v)


def entries(value: object) -> Iterator[str]:
    """Every string of a TOML value, and every key that is a label; names are in small letters."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (key for key in value if not key.islower())
        for inner in value.values():
            yield from entries(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from entries(inner)


def phrases(path: Path) -> set[str]:
    """Every entry of a file's lists, however they are parted, and each whole string."""
    found = set()
    for text in strings(path):
        joined = re.sub(r"\n +", " ", text)
        for whole in {joined, text.replace("\n", " ")}:
            pieces = [whole, *(piece for cut in _CUTS for piece in re.split(cut, whole))]
            for piece in pieces:
                words = [normalise(part) for part in piece.split(",")]
                # "Yes, No" lists two entries of one word.
                if len(words) == 1 or any(" " in word for word in words):
                    found.add(_NAME.sub(" ", piece).strip())
    return found


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.stem)
def test_lists_share_no_phrase_with_a_set_that_only_measures(path: Path) -> None:
    assert committed().phrases(phrases(path)) == []


def test_single_words_that_are_shared_are_reviewed() -> None:
    """Everyday words may stand on any form: each is on a list, under the reason why it may stay."""
    held, last = set(), "reason"
    for line in REVIEWED.read_text(encoding="utf-8").splitlines():
        assert line != last, "a reason stands above its words"
        if not line.startswith("#"):
            held |= set(line.split())
    words = {normalise(piece) for path in sources() for piece in phrases(path)}
    shared = {w for w in words if re.fullmatch(r"[^\W\d]+", w) and committed().holds(w)}
    assert shared - held == set()


def test_texts_are_the_same_whatever_their_case_and_signs() -> None:
    assert normalise("  Größe_Nr.: 7/B ") == "grösse nr 7 b"
    assert list(spellings('What does "{a}" say in {b}?')) == ["what does say in", "what does"]
    assert is_phrase("Ship-To")
    assert is_phrase("A. Lee")
    assert not is_phrase("May 5, 1992")
    assert not is_phrase("10 00")


def test_hashes_are_made_from_annotations_and_lines(tmp_path: Path) -> None:
    box = [1, 2, 30, 12]
    question = {
        "id": "a",
        "image": "a.png",
        "question": 'What says "Blood Group:"?',
        "answers": ["AB negative"],
        "answer_boxes": [box],
        "support_boxes": [box],
        "page": 0,
        "width": 90,
        "height": 90,
    }
    Image.new("L", (90, 90)).save(tmp_path / "a.png")
    (tmp_path / "qa.jsonl").write_text(json.dumps(question) + "\n")
    lines = {"image": "a.png", "lines": [{"box": box, "text": "Ward Sister: Ann Lee"}]}
    (tmp_path / "lines.jsonl").write_text(json.dumps(lines) + "\n")
    out = tmp_path / "hashes.json"
    result = CliRunner().invoke(
        main, [str(tmp_path), str(tmp_path / "lines.jsonl"), "-o", str(out)]
    )
    assert result.exit_code == 0, result.output
    made = MeasureOnly(out)
    texts = ["BLOOD GROUP", "ab-negative", "Ward sister", "Ann Lee", "What says {label}?", "Blood"]
    assert made.phrases([*texts, "Ann Leigh", "Ann Lee"]) == texts[:5]
    assert "Blood" not in out.read_text()
    lines["lines"] = [{"box": box, "text": "Bed by the window"}]
    (tmp_path / "lines.jsonl").write_text(json.dumps(lines) + "\n")
    added = CliRunner().invoke(main, [str(tmp_path / "lines.jsonl"), "--add", "-o", str(out)])
    assert added.exit_code == 0, added.output
    both = ["Ann Lee", "bed by the window"]
    assert MeasureOnly(out).phrases(both) == both
    assert MeasureOnly(out).salt == made.salt


def test_a_broken_file_says_how_to_make_it(tmp_path: Path) -> None:
    (tmp_path / "held.json").write_text("{}")
    for name in ("held.json", "none.json"):
        with pytest.raises(DataError, match="measure_only SET"):
            MeasureOnly(tmp_path / name)


def test_the_committed_file_holds_what_it_should() -> None:
    texts = json.loads(measure_only.FILE.read_text())
    assert len(texts["digests"]) > 2000
    assert committed().phrases(['What is the value of "{label}"?'])


def test_a_generated_page_is_checked_with_its_questions() -> None:
    box = (0.0, 0.0, 9.0, 9.0)
    question = SyntheticQuestion(
        'What is the value of "Hue"?', ["dark blue"], [box], [box], "label", "Hue"
    )
    lines = [DrawnLine(box, "Hue: dark blue", "label")]
    page = SynthPage(np.zeros((9, 9, 3), np.uint8), lines, [question])
    assert shared_by(page) == []
    plain = replace(question, question='What is the value of ""?')
    assert shared_by(replace(page, questions=[plain])) == [plain.question]
