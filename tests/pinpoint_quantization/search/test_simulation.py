"""A stage whose weights are exchanged run by run answers as one that really has them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx_ir as ir
import pytest
import torch

from pinpoint_edge.errors import BundleError, OptionError
from pinpoint_models.decoder.model import Decoder
from pinpoint_quantization.calibration.calibration_set import CalibrationSet
from pinpoint_quantization.onnx.blocks import quantize_graph
from pinpoint_quantization.onnx.weights import note_modules
from pinpoint_quantization.recipe import StageRecipe
from pinpoint_quantization.search.groups import layers_alike
from pinpoint_quantization.search.simulation import Simulation
from pinpoint_runtimes.onnx.runtime import OnnxKVCache

ANSWER = 4
INT4 = StageRecipe("int4")
QKV = "layers.0.attention.{query,key,value}"


@pytest.fixture(scope="module")
def simulation(tiny_stage: Path) -> Iterator[Simulation]:
    found = Simulation(tiny_stage, "decode", inputs=32, threads=1)
    yield found
    found.close()


def stepped(path: Path, feeds: Any) -> np.ndarray:
    """The logits before each token of the answer, as the runtime's own cache gives them."""
    cache = OnnxKVCache(path, threads=1, capacity=64)
    ids, visual = feeds["ids"], feeds["visual"]
    logits = [cache.run(ids[:-ANSWER], visual)]
    for place in range(len(ids) - ANSWER, len(ids) - 1):
        logits.append(cache.run(ids[place : place + 1], visual))
    return np.stack(logits)


def noise(expected: np.ndarray, got: np.ndarray) -> float:
    return float(np.square(got - expected).sum() / np.square(expected).sum())


def test_what_multiplies_one_input_is_one_group(simulation: Simulation) -> None:
    assert [group.name for group in simulation.groups] == [
        "embedding",
        QKV,
        "layers.0.attention.output",
        "layers.0.mlp.{gate,up}",
        "layers.0.mlp.down",
        "layers.1.attention.{query,key,value}",
        "layers.1.attention.output",
        "layers.1.mlp.{gate,up}",
        "layers.1.mlp.down",
    ]
    assert simulation.group(QKV).modules[1] == "layers.0.attention.key"
    assert simulation.group(QKV).count == 64 * (64 + 32 + 32)
    with pytest.raises(OptionError, match=r"no group 'layers\.9'"):
        simulation.group("layers.9")


def test_unchanged_it_gives_what_the_runtime_steps_through(
    simulation: Simulation, tiny_stage: Path, prompts: CalibrationSet
) -> None:
    for feeds in prompts.of("decode"):
        got = simulation.run(feeds, answer=ANSWER)["logits"]
        assert got.shape == (ANSWER, 200)
        assert noise(stepped(tiny_stage, feeds), got) < 1e-9


def test_exchanged_weights_are_those_of_a_decoder_that_has_them(
    simulation: Simulation, tiny_decoder: Decoder, prompts: CalibrationSet
) -> None:
    rounded = simulation.rounded(simulation.group(QKV), "int4", INT4)
    state = dict(tiny_decoder.state_dict())
    for name, weight in rounded.weights.items():
        assert weight.shape == tuple(reversed(state[name].shape))  # ONNX multiplies from the right
        state[name] = torch.from_numpy(weight.T.copy())
    changed = Decoder(tiny_decoder.config)
    changed.load_state_dict(state)
    feeds = prompts.of("decode")[0]
    ids = torch.from_numpy(feeds["ids"][None, :-1])
    with torch.no_grad():
        expected = changed.eval()(
            ids,
            torch.from_numpy(feeds["visual"]),
            torch.zeros(1, dtype=torch.int32),
            *changed.empty_cache(64),
        )[0]
    got = simulation.run(feeds, rounded.weights, answer=ANSWER)["logits"][-1:]
    assert noise(expected.numpy(), got) < 1e-9


@pytest.mark.parametrize(("kind", "most"), [("int8", 0.05), ("int4", 0.05)])
def test_rounded_inputs_are_those_of_the_integer_kernels(
    kind: str, most: float, simulation: Simulation, tiny_stage: Path, tmp_path: Path,
    prompts: CalibrationSet,
) -> None:  # fmt: skip
    """The artifact is near the simulation: far nearer than float32, nearer than float inputs."""
    model = ir.load(tiny_stage)
    note_modules(model)
    size = quantize_graph(model, "decode", StageRecipe(kind))
    ir.save(model, tmp_path / "decode.onnx")
    weights: dict[str, np.ndarray] = {}
    took = 0
    for group in simulation.groups:
        rounded = simulation.rounded(group, kind, INT4)
        weights |= rounded.weights
        took += rounded.size
    assert took == size
    names = [group.name for group in simulation.groups]
    for feeds in prompts.of("decode"):
        real = stepped(tmp_path / "decode.onnx", feeds)
        float32 = simulation.run(feeds, answer=ANSWER)["logits"]
        with_inputs = simulation.run(feeds, weights, names, answer=ANSWER)["logits"]
        without = simulation.run(feeds, weights, answer=ANSWER)["logits"]
        assert noise(real, with_inputs) < most * noise(real, float32)
        assert noise(real, with_inputs) < noise(real, without)


def test_a_group_on_the_grid_is_kept_exactly(simulation: Simulation, tiny_stage: Path) -> None:
    group = simulation.group("layers.0.mlp.down")
    once = simulation.rounded(group, "int4", INT4)
    (site,) = group.sites
    rows = simulation.rows(site)
    assert rows.shape == (64, 128)
    assert once.size == 64 * 128 // 2 + 64 * 128 // 32 * 2
    assert not np.array_equal(once.weights[site.weight].T, rows)


def test_rows_that_no_block_divides_are_told(simulation: Simulation) -> None:
    with pytest.raises(OptionError, match="Rows of 64 weights cannot be cut into blocks of 128"):
        simulation.rounded(simulation.group(QKV), "int8", StageRecipe("int8", block=128))
    with pytest.raises(OptionError, match="not palette4"):
        simulation.rounded(simulation.group(QKV), "palette4", INT4)


def test_a_graph_without_names_is_refused(tiny_stage: Path, tmp_path: Path) -> None:
    model = ir.load(tiny_stage)
    for number, value in enumerate(list(model.graph.initializers.values())):
        if "mlp" in (value.name or ""):
            value.name = f"unnamed_{number}"
    ir.save(model, tmp_path / "decode.onnx")
    with pytest.raises(BundleError, match=r"does not name the modules.*--recipe fp32"):
        Simulation(tmp_path / "decode.onnx", "decode", inputs=0)


def test_layers_alike() -> None:
    assert layers_alike("layers.12.mlp.up") == "layers.*.mlp.up"
    assert layers_alike("feature.1") == "feature.*"
    assert layers_alike("stem1.weight") == "stem1.weight"
