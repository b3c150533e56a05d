import numpy as np
import onnx
import onnx_ir
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from pinpoint_export.targets.onnx.rows import choose_by_rows

BATCH, FEATURES, CLASSES, BEST = 3, 8, 40, 4


def recogniser_end(shown: bool = False) -> onnx_ir.Model:
    """Scores, probabilities, the best four; `shown` gives the probabilities away too."""
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((FEATURES, CLASSES)).astype(np.float32)
    constants = {
        "weights": weights,
        "bias": rng.standard_normal(CLASSES).astype(np.float32),
        "best": np.array([BEST]),
    }
    nodes = [
        helper.make_node("MatMul", ["features", "weights"], ["products"]),
        helper.make_node("Add", ["products", "bias"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"], axis=-1),
        helper.make_node("TopK", ["probabilities", "best"], ["top", "classes"], axis=-1),
    ]
    values = {
        name: helper.make_tensor_value_info(name, kind, [BATCH, "T", size])
        for name, kind, size in (
            ("features", TensorProto.FLOAT, FEATURES),
            ("top", TensorProto.FLOAT, BEST),
            ("classes", TensorProto.INT64, BEST),
            ("probabilities", TensorProto.FLOAT, CLASSES),
        )
    }
    outputs = ["top", "classes", "probabilities"] if shown else ["top", "classes"]
    graph = helper.make_graph(
        nodes,
        "end",
        [values["features"]],
        [values[name] for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    opset = helper.make_opsetid("", 20)
    return onnx_ir.from_proto(helper.make_model(graph, opset_imports=[opset], ir_version=10))


def run(model: onnx_ir.Model, features: np.ndarray) -> list[np.ndarray]:
    proto = onnx_ir.to_proto(model)
    onnx.checker.check_model(proto)
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    return session.run(["top", "classes"], {"features": features})


@pytest.mark.parametrize("steps", [1, 7])
def test_a_row_at_a_time_gives_the_same_bits(steps):
    features = np.random.default_rng(1).standard_normal((BATCH, steps, FEATURES)).astype(np.float32)
    model = recogniser_end()
    expected = run(model, features)
    assert choose_by_rows(model) == 1
    assert [node.op_type for node in model.graph] == ["Scan"]
    for got, wanted in zip(run(model, features), expected, strict=True):
        assert got.shape == (BATCH, steps, BEST)
        assert np.array_equal(got, wanted)


def test_the_weights_stay_outside_of_the_loop():
    model = recogniser_end()
    before = set(model.graph.initializers)
    choose_by_rows(model)
    assert set(model.graph.initializers) == before
    assert not model.graph[0].attributes["body"].as_graph().initializers


def test_probabilities_that_are_used_elsewhere_stay_whole():
    model = recogniser_end(shown=True)
    assert choose_by_rows(model) == 0
    assert "Scan" not in [node.op_type for node in model.graph]
