"""The profiler of ONNX Runtime, on a small graph whose operators are known."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from pinpoint_runtimes import SessionError
from pinpoint_runtimes.onnx.profile import finish, read
from pinpoint_runtimes.onnx.runtime import OnnxSession


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    x, y = (helper.make_tensor_value_info(n, TensorProto.FLOAT, ["N", "N"]) for n in "xy")
    nodes = [
        helper.make_node("MatMul", ["x", "x"], ["a"], name="product"),
        helper.make_node("Sin", ["a"], ["b"], name="sine"),
        helper.make_node("Cos", ["b"], ["y"], name="cosine"),
    ]
    model = helper.make_model(
        helper.make_graph(nodes, "graph", [x], [y]),
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=10,
    )
    onnx.save(model, tmp_path / "graph.onnx")
    return tmp_path / "graph.onnx"


def test_every_run_gives_its_operators_in_order(graph: Path, tmp_path: Path) -> None:
    session = OnnxSession(graph, threads=1, profile=tmp_path / "kept_")
    for size in (2, 5):
        session.run({"x": np.ones((size, size), np.float32)})
    runs = finish(session)
    assert [[o.node for o in run.operators] for run in runs] == [["product", "sine", "cosine"]] * 2
    assert [o.kind for o in runs[0].operators] == ["MatMul", "Sin", "Cos"]
    assert [run.operators[0].shapes for run in runs] == [
        ("float 2x2", "float 2x2"),
        ("float 5x5", "float 5x5"),
    ]
    assert all(run.ms >= sum(o.ms for o in run.operators) for run in runs)
    assert not list(tmp_path.glob("kept_*"))


def test_a_loop_is_not_counted_twice(tmp_path: Path) -> None:
    rows, row, out = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("rows", [4, 64, 64]), ("row", [64, 64]), ("out", [64, 64]))
    )
    body = helper.make_graph(
        [helper.make_node("MatMul", ["row", "row"], ["out"], name="inner")], "body", [row], [out]
    )
    looped = helper.make_tensor_value_info("looped", TensorProto.FLOAT, [4, 64, 64])
    scan = helper.make_node(
        "Scan", ["rows"], ["looped"], name="outer", body=body, num_scan_inputs=1
    )
    model = helper.make_model(
        helper.make_graph([scan], "graph", [rows], [looped]),
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=10,
    )
    onnx.save(model, tmp_path / "scan.onnx")
    session = OnnxSession(tmp_path / "scan.onnx", threads=1, profile=tmp_path / "kept_")
    session.run({"rows": np.ones((4, 64, 64), np.float32)})
    (run,) = finish(session)
    assert sorted(o.node for o in run.operators) == ["inner"] * 4 + ["outer"]
    assert sum(o.ms for o in run.operators) <= run.ms


def test_what_was_not_profiled_is_refused(graph: Path, tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="not profiled; load it with `profile`"):
        finish(OnnxSession(graph, threads=1))
    (tmp_path / "broken.json").write_text("[{]")
    with pytest.raises(SessionError, match=r"broken\.json: no profile"):
        read(tmp_path / "broken.json")
