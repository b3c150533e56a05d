"""Building: what a bundle holds, what is refused, and that a failure leaves nothing behind."""

from __future__ import annotations

import copy
import hashlib
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
import torch

from pinpoint_edge.bundle import Bundle
from pinpoint_edge.errors import ExportError, OptionError, OutputError
from pinpoint_edge.host import standard_host
from pinpoint_export.build import build, check_place, plan
from pinpoint_export.parity import LEAST_SQNR_DB
from pinpoint_export.targets.onnx import OnnxTarget
from pinpoint_quantization.recipe import STAGES, Recipe, StageRecipe

FP32 = Recipe.builtin("fp32")
EXPORT = """
import sys
from pathlib import Path
from pinpoint_edge.models.detector import Detector
from pinpoint_edge.models.glance import FRAME, folded, load_glance
from pinpoint_edge.models.stages import detect_program, glance_program
from pinpoint_export.targets.onnx import OnnxTarget
weights, out = map(Path, sys.argv[1:])
glance = folded(load_glance(weights))
OnnxTarget().lower(glance_program(glance, FRAME // glance.config.steps), out)
OnnxTarget().lower(detect_program(Detector.load(weights)), out)
"""


class OneWeightOff(OnnxTarget):
    """Lowers a copy of each stage of which one weight was changed by a thousandth."""

    def lower(self, program, out_dir):
        module = copy.deepcopy(program.module)
        with torch.no_grad():
            next(p for p in module.parameters() if p.ndim > 1).view(-1)[0] += 1e-3
        return super().lower(replace(program, module=module), out_dir)


class Branching(torch.nn.Module):
    """Decides by its input, which no graph can hold."""

    def forward(self, image):
        return image.float() if image.float().sum() > 0 else -image.float()


class CannotLower(OnnxTarget):
    def lower(self, program, out_dir):
        return super().lower(replace(program, module=Branching()), out_dir)


def older_bundle(folder: Path) -> Path:
    folder.mkdir()
    (folder / "manifest.json").write_text("{}")
    return folder


@pytest.mark.slow
def test_a_bundle_opens_and_holds_what_its_manifest_says(sliced_bundle, sliced_reference):
    out, lines = sliced_bundle
    bundle = Bundle.open(out)
    manifest = bundle.manifest
    assert bundle.verify() == []
    assert [path.name for path in out.parent.iterdir()] == ["sliced"], "nothing beside it is left"
    assert not (out / "older.bin").exists()
    assert set(manifest.stages) == set(manifest.parity) == set(STAGES)
    assert manifest.host == standard_host()
    assert (manifest.target, manifest.requires) == ("onnx", ("onnxruntime",))
    assert manifest.kv.layers == len(sliced_reference.decoder.layers)
    assert manifest.recipe.digest == FP32.digest()
    assert bundle.characters("refine") == sliced_reference.characters
    assert bundle.characters("glance") == sliced_reference.glance_characters
    for stage in STAGES:
        assert any(line.startswith(f"{stage}: lowering") for line in lines)
        names = {spec.name for spec in manifest.stages[stage].outputs}
        assert set(manifest.parity[stage]) == names


@pytest.mark.slow
def test_every_stage_is_as_near_as_exact_lowering_must_be(sliced_bundle):
    manifest = Bundle.open(sliced_bundle[0]).manifest
    kinds = {
        (stage, spec.name): spec.dtype
        for stage, entry in manifest.stages.items()
        for spec in entry.outputs
    }
    for stage, tensors in manifest.parity.items():
        for name, parity in tensors.items():
            assert math.isfinite(parity.max_abs)
            if kinds[stage, name] == "float32" and parity.sqnr_db is not None:
                # A deep stage may be below the bar where torch's own f32 is.
                assert parity.sqnr_db > LEAST_SQNR_DB - 15, (stage, name)
    text_map = manifest.parity["detect"]["text_map"]
    assert text_map.sqnr_db is None or text_map.sqnr_db > LEAST_SQNR_DB


@pytest.mark.slow
def test_the_plan_names_sizes_that_come_true(sliced_bundle, sliced_reference):
    planned = plan(sliced_reference, OnnxTarget(), FP32)
    manifest = Bundle.open(sliced_bundle[0]).manifest
    assert planned.refused == {}
    for stage, entry in manifest.stages.items():
        real = sum(manifest.files[name].size for name in (entry.file, *entry.data)) / 1e6
        assert planned.stages[stage] == pytest.approx(real, rel=0.15), stage


@pytest.mark.slow
def test_the_same_weights_give_the_same_bytes_in_a_fresh_process(
    sliced_bundle, weights, tmp_path, fresh_environment
):
    subprocess.run(
        [sys.executable, "-c", EXPORT, str(weights), str(tmp_path)],
        check=True,
        env=fresh_environment | {"PYTHONHASHSEED": "7"},
    )
    for name in ("detect.onnx", "glance.onnx"):
        ours, theirs = (sliced_bundle[0] / name).read_bytes(), (tmp_path / name).read_bytes()
        assert hashlib.sha256(ours).digest() == hashlib.sha256(theirs).digest(), name


@pytest.mark.slow
def test_a_stage_that_misses_parity_is_refused_and_the_older_bundle_stays(
    sliced_reference, tmp_path
):
    out = older_bundle(tmp_path / "forms")
    with pytest.raises(ExportError, match=r"Stage detect does not answer like .*text_map: .* dB"):
        build(sliced_reference, OneWeightOff(), FP32, out, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["forms"]
    assert [path.name for path in out.iterdir()] == ["manifest.json"]


@pytest.mark.slow
def test_a_stage_that_cannot_be_lowered_leaves_nothing(sliced_reference, tmp_path):
    with pytest.raises(ExportError, match="Stage detect cannot be lowered"):
        build(sliced_reference, CannotLower(), FP32, tmp_path / "forms")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_recipe_that_the_target_lacks_is_refused_before_any_work(sliced_reference, tmp_path):
    stages = MappingProxyType(dict(FP32.stages) | {"decode": StageRecipe("int4")})
    lines: list[str] = []
    with pytest.raises(ExportError, match=r"recipe small cannot be exported: decode: .*int4"):
        build(
            sliced_reference, OnnxTarget(), Recipe("small", stages), tmp_path / "forms",
            report=lines.append,
        )  # fmt: skip
    assert lines == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_place_that_cannot_be_written_is_refused(sliced_reference, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        build(sliced_reference, OnnxTarget(), FP32, tmp_path / "file" / "forms")


def test_a_place_is_taken_only_by_leave(tmp_path):
    check_place(tmp_path / "free", overwrite=False)
    (tmp_path / "empty").mkdir()
    with pytest.raises(OptionError, match="add --overwrite"):
        check_place(older_bundle(tmp_path / "bundle"), overwrite=False)
    check_place(tmp_path / "bundle", overwrite=True)
    (tmp_path / "file").write_text("")
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("")
    for place in (tmp_path / "file", other):
        for overwrite in (False, True):
            with pytest.raises(OptionError, match="is there and is no bundle"):
                check_place(place, overwrite)
    check_place(tmp_path / "empty", overwrite=False)
