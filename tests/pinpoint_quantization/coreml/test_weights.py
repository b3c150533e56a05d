"""Constants of a program find the modules that they came from."""

from __future__ import annotations

import numpy as np
import pytest

from pinpoint_quantization.coreml.weights import Modules

RNG = np.random.default_rng(0)
PARAMETERS = {
    "embedding.weight": RNG.normal(size=(40, 16)).astype(np.float32),
    "layers.0.up.weight": RNG.normal(size=(8, 16)).astype(np.float32),
    "layers.1.up.weight": RNG.normal(size=(8, 16)).astype(np.float32),
    "layers.0.norm.weight": np.ones(16, np.float32),
    "position": RNG.normal(size=(40, 16)).astype(np.float32),
}


@pytest.fixture
def modules() -> Modules:
    return Modules(PARAMETERS, "decoder.")


def test_only_weights_of_layers_count(modules: Modules) -> None:
    assert modules.paths == ["embedding", "layers.0.up", "layers.1.up"]


def test_a_rounded_constant_gives_the_parameter_before_rounding(modules: Modules) -> None:
    weight = PARAMETERS["layers.1.up.weight"]
    found = modules.of("decoder_layers_1_up_weight_to_fp16", weight.astype(np.float16))
    assert found is not None
    assert found[0] == "layers.1.up"
    np.testing.assert_array_equal(found[1], weight)


def test_a_scaled_constant_is_known_by_its_values(modules: Modules) -> None:
    scaled = (PARAMETERS["layers.0.up.weight"] * np.float32(1 / 6)).astype(np.float16)
    found = modules.of("op_157_weight_0", scaled)
    assert found is not None
    assert found[0] == "layers.0.up"
    np.testing.assert_array_equal(found[1], scaled.astype(np.float32))


def test_a_constant_of_no_module(modules: Modules) -> None:
    assert modules.of("table", PARAMETERS["position"]) is None
    assert modules.of("zeros", np.zeros((8, 16), np.float32)) is None
    assert modules.of("minus", -PARAMETERS["layers.0.up.weight"]) is None
