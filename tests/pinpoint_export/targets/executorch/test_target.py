import dataclasses
from collections import Counter

import numpy as np
import pytest
import torch

from pinpoint_export.parity.figures import sqnr_db
from pinpoint_export.parity.measuring import measure
from pinpoint_export.targets.executorch.decoder import DelegatedNorm, delegated
from pinpoint_export.targets.executorch.methods import export_methods
from pinpoint_export.targets.executorch.target import ExecutorchTarget
from pinpoint_export.targets.lowering import LoweringError
from pinpoint_models.aligner import Aligner
from pinpoint_models.decoder.attention import ManualAttention
from pinpoint_models.decoder.config import DecoderConfig
from pinpoint_models.decoder.model import Decoder
from pinpoint_models.reference import Reference
from pinpoint_models.stages import StageProgram, align_program
from pinpoint_quantization.recipe import STAGES, Recipe, StageRecipe
from pinpoint_runtimes import TensorSpec
from pinpoint_runtimes.executorch.runtime import ExecutorchKVCache, ExecutorchSession
from pinpoint_runtimes.runtime import StageFile
from pinpoint_runtimes.torch import TorchKVCache

pytest.importorskip("executorch")

FP32 = Recipe.builtin("fp32")
TRIED = {"detect": 1, "glance": 2, "align": 1, "refine": 2}  # buckets of each stage
SMALL = DecoderConfig(50, 24, 2, 6, 2, 16, 32, 10000.0, 1e-5, 4096)


@pytest.fixture(scope="module")
def programs(weights):
    """The real stages with few sizes, the language model cut to four layers."""
    programs = Reference.load(weights, layers=4).programs()
    return programs | {
        name: dataclasses.replace(programs[name], buckets=programs[name].buckets[:count])
        for name, count in TRIED.items()
    }


def lower(program, folder, delegate="xnnpack", recipe=FP32):
    made = ExecutorchTarget(delegate).lower(program, recipe, folder)
    file = StageFile(folder / made.files[0].name, made.inputs, made.outputs, made.buckets)
    return made, file


@pytest.mark.slow
@pytest.mark.parametrize("stage", TRIED)
def test_vision_stage_is_exact_and_its_methods_share_weights(programs, stage, tmp_path):
    program = programs[stage]
    made, file = lower(program, tmp_path)
    assert [entry.name for entry in made.files] == [f"{stage}.pte"]
    assert made.buckets == program.buckets
    parity = measure(program, ExecutorchSession(file, threads=1))
    assert parity.passed, parity.failures()
    size = program.weights()[0]
    # The graphs of a method take 35 to 160 kB, a second copy of the weights 0.9 to 7.6 MB.
    assert made.files[0].size < size + 200_000 * len(program.buckets)
    estimate = ExecutorchTarget().estimate(program, FP32)
    assert abs(estimate.size / made.files[0].size - 1) < 0.2


@pytest.fixture(scope="module")
def decoding(programs, tmp_path_factory):
    """(decoder of four real layers, artifact, file)."""
    made, file = lower(programs["decode"], tmp_path_factory.mktemp("decode"))
    return programs["decode"].module, made, file


@pytest.mark.slow
def test_greedy_decoding_equals_torch(decoding):
    """Prefill in two runs with visual tokens, 32 steps, a truncation and new rows behind it."""
    decoder, _, file = decoding
    rng = np.random.default_rng(0)
    visual = rng.standard_normal((9, 576)).astype(np.float32) * 0.1
    ids = rng.integers(0, decoder.config.vocabulary + 9, 300).astype(np.int32)
    cache, reference = ExecutorchKVCache(file, 1024, threads=1), TorchKVCache(decoder, 1024)
    got, expected = (c.run(ids, visual) for c in (cache, reference))
    assert sqnr_db(expected, got) > 100
    for _ in range(32):
        assert int(got.argmax()) == int(expected.argmax())
        token = np.array([expected.argmax()], np.int32)
        got, expected = (c.run(token, visual[:0]) for c in (cache, reference))
    assert sqnr_db(expected, got) > 100
    for c in (cache, reference):
        c.truncate(100)
    got, expected = (c.run(ids[7:60], visual) for c in (cache, reference))
    assert sqnr_db(expected, got) > 100
    assert cache.length == reference.length == 153


@pytest.mark.slow
def test_rows_that_fill_up_do_not_matter(decoding):
    decoder, _, file = decoding
    cache = ExecutorchKVCache(file, 64, threads=1)
    ids = np.arange(20, 25, dtype=np.int32)
    visual = np.zeros((0, 576), np.float32)
    cache.run(ids, visual)
    expected = cache.run(ids[:3], visual)
    cache.truncate(5)
    # The same three rows with five behind them that do not count, as a runtime of fixed sizes runs.
    feeds = [np.r_[ids[:3], 9, 9, 9, 9, 9][None].astype(np.int32), np.ones((8, 576), np.float32)]
    feeds += [np.array([5], np.int32), np.array([3], np.int32)]
    [filled] = cache._program.run("forward", feeds)
    assert sqnr_db(expected, filled[0]) > 100
    cache.length = 8
    following = cache.run(ids[:1], visual)
    reference = TorchKVCache(decoder, 64)
    reference.run(np.r_[ids, ids[:3]], visual)
    assert sqnr_db(reference.run(ids[:1], visual), following) > 100


@pytest.mark.slow
def test_a_layer_is_one_delegate_and_a_step_copies_no_cache(programs, tmp_path):
    target = ExecutorchTarget()
    decoder = Decoder(SMALL).eval()
    program = dataclasses.replace(programs["decode"], module=decoder)
    with torch.no_grad():
        executable = target._executable(program, FP32, export_methods(program, "xnnpack"))
    plan = executable.executorch_program.execution_plan[0]
    assert len(plan.delegates) <= 2 * SMALL.layers + 3  # one up to each write, one behind both
    names = Counter(f"{operator.name}.{operator.overload}" for operator in plan.operators)
    assert "aten::index_put_." in names
    assert not {"aten::copy_.", "aten::index_put.out", "aten::expand_copy.out"} & names.keys()


def test_lowering_leaves_the_decoder_as_it_was():
    torch.manual_seed(0)
    decoder = Decoder(SMALL)
    before = {name: tensor.clone() for name, tensor in decoder.state_dict().items()}
    with delegated(decoder, 64):
        assert isinstance(decoder.norm, DelegatedNorm)
    assert isinstance(decoder.cached_attention, ManualAttention)
    after = decoder.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_delegated_decoder_computes_the_same():
    torch.manual_seed(0)
    decoder = Decoder(SMALL).eval()
    ids = torch.randint(0, 50, (1, 9)).int()
    args = (ids, torch.zeros(1, 24), torch.tensor([3], dtype=torch.int32), *decoder.empty_cache(32))
    with torch.no_grad():
        expected = decoder(*args)
        with delegated(decoder, 32):
            found = decoder(*args)
    for a, b in zip(expected, found, strict=True):
        assert sqnr_db(a.numpy(), b.numpy()) > 110


class Bessel(torch.nn.Module):
    def forward(self, a):
        return torch.special.bessel_j0(a)


class Holder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Bessel()

    def forward(self, a):
        return self.inner(a * 2)


@pytest.mark.slow
def test_unsupported_operator_is_named_with_its_place(tmp_path):
    spec = (TensorSpec("a", "float32", (3, 3)),)
    program = StageProgram("align", Holder(), spec, spec, ({},), lambda _: {"a": torch.eye(3)})
    with pytest.raises(LoweringError, match=r"Stage align .* executorch .*bessel_j0.* in inner; "):
        lower(program, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("weights", ["float32", "float16"])
def test_core_ml_takes_a_stage_whole(weights, tmp_path):
    pytest.importorskip("coremltools")
    torch.manual_seed(0)
    program = align_program(Aligner().eval())
    program = dataclasses.replace(program, buckets=program.buckets[:1])
    recipe = Recipe("core-ml", {stage: StageRecipe(weights) for stage in STAGES})
    made, file = lower(program, tmp_path, "coreml", recipe)
    again = tmp_path / "again"
    again.mkdir()
    assert lower(program, again, "coreml", recipe)[0].files == made.files
    content = file.path.read_bytes()
    assert b"CoreMLBackend\0" in content
    assert b"aten::" not in content
    size = program.weights()[0] // (2 if weights == "float16" else 1)
    assert abs(made.files[0].size / size - 1) < 0.3


def test_delegates_say_what_they_support():
    half = Recipe("half", {stage: StageRecipe("float16") for stage in STAGES})
    assert ExecutorchTarget().supports("align", FP32) is None
    assert "float32" in ExecutorchTarget().supports("align", half)
    assert ExecutorchTarget("coreml").supports("align", half) is None
    assert "no stage 'sing'" in ExecutorchTarget().supports("sing", FP32)
    assert ExecutorchTarget().runtime() == "executorch"
    assert ExecutorchTarget("coreml").runtime() is None
