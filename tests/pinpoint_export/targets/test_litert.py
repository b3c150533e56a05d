import copy
import dataclasses
import os
import subprocess
import sys
from types import MappingProxyType

import numpy as np
import pytest
import torch
from torch import nn

from pinpoint_edge.errors import OptionError
from pinpoint_export.parity import measure
from pinpoint_export.parity.figures import sqnr_db
from pinpoint_export.targets import STATE_CAPACITY
from pinpoint_export.targets.litert import LitertTarget, rows_program
from pinpoint_export.targets.lowering import LoweringError
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.grid import snap_decoder
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.reference import Reference
from pinpoint_models.stages import StageProgram, decode_program
from pinpoint_quantization.recipe import STAGES, Recipe, StageRecipe
from pinpoint_runtimes import TensorSpec
from pinpoint_runtimes.litert.runtime import LitertKVCache, LitertSession
from pinpoint_runtimes.runtime import StageFile
from pinpoint_runtimes.torch import TorchKVCache

pytest.importorskip("litert_torch")

FP32 = Recipe.builtin("fp32")
TRIED = {"detect": 1, "glance": 2, "align": 1, "refine": 1}  # buckets of each stage
GRID = DecoderConfig(512, 64, 1, 4, 2, 16, 128, 10000.0, 1e-5, 4096)
SMALL = DecoderConfig(50, 24, 2, 6, 2, 16, 32, 10000.0, 1e-5, 4096)


@pytest.fixture(scope="module")
def programs(weights):
    """The real stages with few sizes, the language model cut to four layers."""
    programs = Reference.load(weights, layers=4).programs()
    return programs | {
        name: dataclasses.replace(programs[name], buckets=programs[name].buckets[:count])
        for name, count in TRIED.items()
    }


@pytest.fixture(scope="module")
def lowered(programs, tmp_path_factory):
    """Lower a stage once: name -> (program, artifact, StageFile)."""
    folder, made = tmp_path_factory.mktemp("litert"), {}

    def lower(name):
        if name not in made:
            artifact = LitertTarget().lower(programs[name], FP32, folder)
            path = folder / artifact.files[0].name
            stage = StageFile(path, artifact.inputs, artifact.outputs, artifact.buckets)
            made[name] = programs[name], artifact, stage
        return made[name]

    return lower


@pytest.mark.slow
@pytest.mark.parametrize("name", TRIED)
def test_vision_stage_is_exact_and_of_the_estimated_size(lowered, name):
    program, artifact, stage = lowered(name)
    assert [file.name for file in artifact.files] == [f"{name}.tflite"]
    assert (artifact.inputs, artifact.outputs) == (program.inputs, program.outputs)
    assert artifact.buckets == program.buckets
    parity = measure(program, LitertSession(stage, threads=1))
    assert parity.passed, parity.failures()
    assert set(parity.tensors) == {spec.name for spec in program.outputs}
    estimate = LitertTarget().estimate(program, FP32).size
    assert abs(estimate / artifact.files[0].size - 1) < 0.25


@pytest.mark.slow
def test_parity_catches_other_weights(lowered, programs):
    _, _, stage = lowered("glance")
    program = programs["glance"]
    other = dataclasses.replace(program, module=_disturbed(program.module))
    assert not measure(other, LitertSession(stage), other.buckets[:1]).passed


def _disturbed(module):
    other = copy.deepcopy(module)
    with torch.no_grad():
        next(p for p in other.parameters() if p.ndim > 1).mul_(1.01)
    return other


@pytest.mark.slow
def test_decode_is_exact_and_shares_its_weights(lowered):
    program, artifact, stage = lowered("decode")
    assert artifact.buckets == ({"q": 64}, {"q": 1})
    session = LitertSession(stage, threads=1)
    for rows in (1, 64):
        part = rows_program(program.module, rows)
        assert (artifact.inputs, artifact.outputs) == (part.inputs, part.outputs)
        parity = measure(part, session)
        assert parity.passed, parity.failures()
    weights, _ = program.weights()
    assert artifact.files[0].size < 1.02 * weights
    assert abs(LitertTarget().estimate(program, FP32).size / artifact.files[0].size - 1) < 0.05


@pytest.mark.slow
def test_decode_answers_like_the_reference(lowered):
    """Prefill with visual tokens, 32 greedy steps, back to the prefix, another question."""
    program, _, stage = lowered("decode")
    config = program.module.config
    rng = np.random.default_rng(0)
    visual = rng.standard_normal((4, config.width)).astype(np.float32) * 0.1
    none = visual[:0]
    cache = LitertKVCache(stage, 512, threads=1)
    reference = TorchKVCache(program.module, 512)
    for count in (100, 70):
        prompt = rng.integers(0, config.vocabulary + 4, count).astype(np.int32)
        got, expected = (c.run(prompt, visual) for c in (cache, reference))
        for _ in range(32):
            np.testing.assert_allclose(got, expected, atol=2e-3)
            token = np.array([expected.argmax()], np.int32)
            assert int(got.argmax()) == token[0]
            got, expected = (c.run(token, none) for c in (cache, reference))
        for c in (cache, reference):
            c.truncate(40)


@pytest.mark.slow
def test_decode_copies_and_expands_no_cache(lowered):
    from ai_edge_litert import schema_py_generated as schema

    program, _, stage = lowered("decode")
    config = program.module.config
    names = {code: name for name, code in vars(schema.BuiltinOperator).items()}
    model = schema.Model.GetRootAs(stage.path.read_bytes())
    for number in range(model.SubgraphsLength()):
        graph = model.Subgraphs(number)
        step = graph.Name() == b"decode"
        for operator in map(graph.Operators, range(graph.OperatorsLength())):
            name = names[model.OperatorCodes(operator.OpcodeIndex()).BuiltinCode()]
            assert name != "BROADCAST_TO"
            for index in operator.OutputsAsNumpy():
                shape = graph.Tensors(int(index)).ShapeAsNumpy().tolist()
                assert name != "TRANSPOSE" or STATE_CAPACITY not in shape
                if step and name != "RESHAPE":  # which gives a view
                    cache = config.kv_heads * STATE_CAPACITY * config.head_size
                    assert np.prod(shape) < cache, name


class Calling(nn.Module):
    """Calls `function` in its submodule `solver`."""

    class Solver(nn.Module):
        def __init__(self, function):
            super().__init__()
            self.function = function

        def forward(self, x):
            return self.function(x)

    def __init__(self, function):
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.solver = self.Solver(function)

    def forward(self, x):
        return self.solver(self.first(x))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "operator", "alternative"),
    [
        (lambda x: x.kthvalue(2).values, "aten.kthvalue.default", "torch.topk"),
        (lambda x: torch.fft.rfft(x).real, "aten.view_as_real.default", "cosines and sines"),
        (torch.lgamma, "aten.lgamma.default", "the host"),
    ],
)
def test_a_missing_operator_is_named_with_its_module(tmp_path, function, operator, alternative):
    spec = TensorSpec("x", "float32", (4, 4))
    sample = {"x": torch.eye(4)}
    program = StageProgram("align", Calling(function), (spec,), (spec,), ({},), lambda _: sample)
    with pytest.raises(LoweringError, match=alternative) as caught:
        LitertTarget().lower(program, FP32, tmp_path)
    assert (caught.value.operator, caught.value.module) == (operator, "solver")
    assert "Stage align cannot be lowered to litert" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_supports_and_facts():
    target = LitertTarget()
    assert [target.supports(stage, FP32) for stage in STAGES] == [None] * 5
    assert "there is no stage 'judge'" in (target.supports("judge", FP32) or "")
    for name in ("fp16", "int8", "int4", "smallest"):
        recipe = Recipe.builtin(name)
        assert [target.supports(stage, recipe) for stage in STAGES] == [None] * 5
    stages = MappingProxyType(dict(FP32.stages) | {"decode": StageRecipe("palette4")})
    assert "palette4" in (target.supports("decode", Recipe("small", stages)) or "")
    assert (target.name, target.kv_form, target.runtime()) == ("litert", "rows", "litert")
    assert target.kv_capacity == STATE_CAPACITY
    assert "litert-torch" in target.tools()
    estimate = target.estimate(decode_program(Decoder(SMALL)), FP32)
    assert estimate.memory > estimate.size > 0
    assert estimate.seconds > 0


@pytest.mark.slow
@pytest.mark.parametrize(("name", "bar"), [("int8", 25), ("int4", 20)])
def test_decode_in_integers_is_of_the_estimated_size(tmp_path, name, bar):
    torch.manual_seed(0)
    decoder = Decoder(GRID).eval()
    snap_decoder(decoder)
    program, recipe, target = decode_program(decoder), Recipe.builtin(name), LitertTarget()
    artifact = target.lower(program, recipe, tmp_path)
    made = artifact.files[0].size
    weights = target.estimate(program, recipe).size - target.estimate(program, FP32).size
    exact = tmp_path / "exact"
    exact.mkdir()
    whole = target.lower(program, FP32, exact).files[0].size
    assert weights == pytest.approx(made - whole, rel=0.05)
    stage = StageFile(
        tmp_path / "decode.tflite", artifact.inputs, artifact.outputs, artifact.buckets
    )
    ids = np.random.default_rng(0).integers(0, GRID.vocabulary, 70).astype(np.int32)
    none = np.zeros((0, GRID.width), np.float32)
    caches = LitertKVCache(stage, 128), TorchKVCache(decoder, 128)
    for part in (ids[:67], ids[67:68], ids[68:]):
        got, expected = (cache.run(part, none) for cache in caches)
        assert sqnr_db(expected, got) > bar


@pytest.mark.slow
def test_what_cannot_be_quantized_leaves_no_file(tmp_path):
    stage = StageRecipe("int8", modules=(("layer.*", "float32"),))
    recipe = Recipe("mine", MappingProxyType(dict(FP32.stages) | {"decode": stage}))
    with pytest.raises(OptionError, match=r"'layer\.\*' fits no module .* near are layers"):
        LitertTarget().lower(decode_program(Decoder(GRID)), recipe, tmp_path)
    assert not list(tmp_path.iterdir())


def test_rows_program_describes_what_it_runs():
    program = rows_program(Decoder(SMALL), 3, 40)
    inputs = program.example()
    assert list(inputs) == [spec.name for spec in program.inputs]
    assert inputs["valid"].tolist() == [3]
    assert inputs["key_1"].shape == (1, 2, 40, 16)
    results = program.module(*inputs.values())
    for spec, tensor in zip(program.outputs, results, strict=True):
        assert tuple(tensor.shape) == tuple(3 if s == "q" else s for s in spec.shape)


def test_importing_the_target_loads_no_tool():
    code = "import sys, pinpoint_export.targets.litert; print('litert_torch' in sys.modules)"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env
    )
    assert done.stdout.strip() == "False"
