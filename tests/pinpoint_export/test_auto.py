"""Whole searches on a slice of the real pipeline: from pages to a recipe, and to its bundle."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.commands.group import run
from pinpoint_edge.errors import BundleError, DataError, OptionError, OutputError
from pinpoint_export.auto import supported_types
from pinpoint_export.cli import cli
from pinpoint_export.targets import load_target
from pinpoint_quantization.calibration.calibration_set import CalibrationSet
from pinpoint_quantization.cli import cli as quantize_cli
from pinpoint_quantization.recipe import Recipe
from pinpoint_quantization.search.choice import SearchLimits
from pinpoint_quantization.search.run import Settings

Call = Callable[..., tuple[int, str, str]]
SHORT = ("--runs", 1, "--questions", 2, "--threads", 1)


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """Three printed pages with a question each."""
    rows = []
    for number, total in enumerate(("12.50", "7.25", "99.10")):
        page = Image.new("RGB", (560, 420), "white")
        pen = ImageDraw.Draw(page)
        for line, text in enumerate(("CORNER SHOP", f"Total {total}", "Date 12/03/2020")):
            pen.text((60, 40 + 90 * line), text, fill=(25, 25, 30), font=ImageFont.load_default(30))
        page.save(tmp_path / f"{number}.png")
        rows.append(
            {
                "id": str(number), "image": f"{number}.png", "question": "What is the total?",
                "answers": [total], "answer_boxes": [[60, 130, 300, 170]], "support_boxes": [],
                "page": 0, "width": 560, "height": 420,
            }
        )  # fmt: skip
    path = tmp_path / "qa.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def call(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Call:
    """Run `pinpoint-export` or `pinpoint-quantize` in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run_it(program: str, *arguments: object) -> tuple[int, str, str]:
        group = cli if program == "pinpoint-export" else quantize_cli
        code = run(group, [str(a) for a in arguments], program)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_it


@pytest.mark.slow
def test_a_search_on_a_bundle_writes_a_recipe_that_was_asked(call, sliced, questions, tmp_path):
    arguments = ("sensitivity", sliced.folder, "--data", questions, *SHORT, "--max-drop", 100)
    code, out, err = call("pinpoint-quantize", *arguments, "-o", "mine.toml", "--json")
    assert code == 0, err
    said = json.loads(out)
    recipe = Recipe.load(tmp_path / "mine.toml")
    assert said["digest"] == recipe.digest()
    assert recipe.name == "mine"
    assert recipe.stages["decode"].weights == "int4"
    assert said["verified"]["questions"] == 2, "the page that is scored on is not asked"
    assert said["verified"]["size"] < 0.4 * Bundle.open(sliced.folder).size
    assert {score["group"] for score in said["scores"]} >= {"embedding", "layers.1.mlp.{gate,up}"}
    text = (tmp_path / "mine.toml").read_text()
    assert "of 2 answers the same" in text
    assert said["calibration"] in text
    kept = tmp_path / "mine.toml.search"
    assert not list(kept.glob(".candidate-*"))
    before = (kept / "scores.jsonl").read_bytes()
    (tmp_path / "mine.toml").unlink()
    code, out, err = call("pinpoint-quantize", *arguments, "-o", "mine.toml", "--json")
    assert code == 0, err
    assert json.loads(out)["scores"] == said["scores"]
    assert (kept / "scores.jsonl").read_bytes() == before, "nothing was scored again"


@pytest.mark.slow
def test_a_search_that_cannot_be_met_leaves_no_recipe(call, sliced, questions, tmp_path):
    arguments = ("sensitivity", sliced.folder, "--data", questions, *SHORT, "-o", "x.toml")
    code, _, err = call("pinpoint-quantize", *arguments, "--max-size", "20MB", "--types", "int8")
    assert code == OptionError.exit_code
    assert "the smallest one has" in err
    assert not (tmp_path / "x.toml").exists()
    code, _, err = call("pinpoint-quantize", *arguments, "--types", "float16")
    assert code == OptionError.exit_code
    assert "cannot be kept in float16 here, it can in float32, int4, int8" in err


@pytest.mark.slow
def test_a_set_of_another_model_is_refused(call, sliced, questions, tmp_path):
    arguments = ("--bundle", sliced.folder, "--pages", 2, "--threads", 1, "--json")
    code, out, err = call("pinpoint-quantize", "calibrate", questions, "-o", "a.npz", *arguments)
    assert code == 0, err
    said = json.loads(out)
    assert said["pages"] == 2
    assert set(said["runs"]) == {"detect", "glance", "align", "refine", "decode"}
    found = CalibrationSet.load(tmp_path / "a.npz")
    assert found.digest() == said["digest"]
    assert all(length > 1 for length in found.about.answers)
    other = CalibrationSet(found.about, {"detect": ({"image": found.of("detect")[0]["image"][0]},)})
    CalibrationSet(type(found.about)(("p",), "t" * 64, 1, 1), other.feeds).save(tmp_path / "b.npz")
    code, _, err = call(
        "pinpoint-quantize", "sensitivity", sliced.folder, "--data", questions, *SHORT,
        "-o", "x.toml", "--calibration", "b.npz",
    )  # fmt: skip
    assert code == DataError.exit_code
    assert "another tokenizer" in err
    assert not (tmp_path / "x.toml").exists()


@pytest.mark.slow
def test_an_automatic_recipe_lies_beside_its_bundle(call, sliced, questions, tmp_path):
    export = (
        "--target", "onnx", "--recipe", "auto", "--data", questions, "--out", "forms",
        "--questions", 2, "--max-drop", 100, "--weights", sliced.checkpoint.weights,
        "--layers", sliced.checkpoint.layers, "--cache", sliced.cache.folder,
    )  # fmt: skip
    code, out, err = call("pinpoint-export", *export, "--json")
    assert code == 0, err
    bundle = Bundle.open(tmp_path / "forms")
    recipe = Recipe.load(tmp_path / "forms.toml")
    assert bundle.manifest.recipe.digest == recipe.digest()
    assert bundle.manifest.recipe.weights["decode"] == "int4"
    (kept,) = (tmp_path / "forms.toml.search").glob("calibration-*.npz")
    assert bundle.manifest.recipe.calibration == CalibrationSet.load(kept).digest()
    assert json.loads(out)["bundles"] == {"forms": bundle.size}
    code, _, err = call("pinpoint-export", *export, "--overwrite")
    assert code == OutputError.exit_code
    assert "never edited" in err


@pytest.mark.slow
def test_a_search_starts_from_float32(call, sliced, questions, tmp_path):
    manifest = json.loads((sliced.folder / "manifest.json").read_text())
    folder = tmp_path / "int8"
    folder.mkdir()
    for path in sliced.folder.iterdir():
        if path.name != "manifest.json":
            (folder / path.name).symlink_to(path)
    manifest["recipe"]["weights"]["decode"] = "int8"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    code, _, err = call(
        "pinpoint-quantize", "sensitivity", folder, "--data", questions, *SHORT, "-o", "x.toml"
    )
    assert code == BundleError.exit_code
    assert "starts from an ONNX bundle in float32" in err
    assert not list(tmp_path.glob("x.toml*"))


def test_auto_needs_questions_and_its_options_need_auto(call, questions):
    for arguments, message in (
        (("--recipe", "auto"), "--recipe auto needs --data"),
        (("--recipe", "auto", "--data", questions, "--dry-run"), "no plan before its search"),
        (("--recipe", "auto", "--data", questions, "--no-cache"), "leave --no-cache out"),
        (("--max-drop", 1), "--max-drop belongs to --recipe auto"),
        (("--data", questions), "--data belongs to --recipe auto"),
        (("--skip-held-out",), "--skip-held-out belongs to --recipe auto"),
        (("--recipe", "auto", "--data", questions, "--max-size", "x"), "is no size"),
    ):
        code, _, err = call("pinpoint-export", "--target", "onnx", *arguments)
        assert code == OptionError.exit_code, message
        assert message in err


def test_a_missing_calibration_set_is_told(call, tmp_path):
    code, _, err = call("pinpoint-export", "--target", "onnx", "--calibration", "none.npz")
    assert code == DataError.exit_code
    assert "none.npz cannot be read" in err


def test_only_types_of_the_target_are_tried():
    settings = Settings(
        SearchLimits(0.005), Recipe.builtin("fp32"), types=("int8", "palette4", "int4")
    )
    assert supported_types(load_target("onnx"), settings) == ("int8", "int4")
    none = Settings(SearchLimits(0.005), Recipe.builtin("fp32"), types=("palette4",))
    with pytest.raises(OptionError, match=r"onnx has no type to search: palette4: the onnx target"):
        supported_types(load_target("onnx"), none)


@pytest.mark.slow
def test_a_report_measures_bundles_by_turns(call, sliced, questions, tmp_path):
    page = questions.with_name("0.png")
    code, out, err = call(
        "pinpoint-quantize", "report", sliced.folder, sliced.folder, "--page", page, "--runs", 1,
        "--data", questions, "--answers", "kept", "--memory", "--threads", 1,
        "--plot", "front.png", "--json",
    )  # fmt: skip
    assert code == 0, err
    said = json.loads(out)
    for row in said["bundles"]:
        assert row["size"] == Bundle.open(sliced.folder).size
        assert sum(row["stages"].values()) < row["size"]
        assert row["times"]["page"]["count"] == 1
        assert (row["answers"]["questions"], row["answers"]["identical"]) == (3, 1.0)
        assert row["answers"]["difference"]["mean"] == 0
        assert row["memory"]["decode"] > row["memory"]["glance"] > 10**7
        assert row["memory"]["ask"] > row["memory"]["glance"]
    assert said["bundles"][0]["times"]["page_ratio"] == 1.0
    assert (tmp_path / "front.png").stat().st_size > 1000
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_pages_kept_for_measuring_are_refused_or_left_out(call, questions, tmp_path):
    """A page of the dev list, by its set and name: with the option only such are no pages."""
    folder = tmp_path / "sroie"
    folder.mkdir()
    (tmp_path / "0.png").rename(folder / "007.jpg")
    row = json.loads(questions.read_text().splitlines()[0]) | {"image": "007.jpg"}
    data = folder / "qa.jsonl"
    data.write_text(json.dumps(row))
    search = ("--target", "onnx", "--recipe", "auto", "--data", data)
    code, _, err = call("pinpoint-export", *search)
    assert code == DataError.exit_code
    assert "leave these out with --skip-held-out" in err
    code, _, err = call("pinpoint-export", *search, "--skip-held-out")
    assert code == DataError.exit_code
    assert "all of its pages are kept for measuring" in err
    assert not (tmp_path / "bundles").exists()
