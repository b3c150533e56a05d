import json

import numpy as np

from arm64.stages import run_stages, stage_files
from pinpoint_runtimes import TensorSpec


def test_stages_run_as_the_manifest_describes_them(tmp_path):
    """A bundle of one real ONNX stage, run by the script that also runs on the other machine."""
    import onnx
    from onnx import TensorProto, helper

    spec = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N"]) for name in "ab"]
    graph = helper.make_graph([helper.make_node("Neg", ["a"], ["b"])], "g", spec[:1], spec[1:])
    tensors = {name: [{"name": name, "dtype": "float32", "shape": ["N"]}] for name in "ab"}
    entry = {"file": "neg.onnx", "inputs": tensors["a"], "outputs": tensors["b"], "buckets": []}
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    manifest = {"target": "onnx", "stages": {"neg": entry}}
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    opset = helper.make_opsetid("", 20)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=10)
    onnx.save(model, bundle / "neg.onnx")

    assert stage_files(bundle)["neg"].inputs == (TensorSpec("a", "float32", ("N",)),)
    inputs = {
        "neg/0/a": np.array([1, 2], np.float32),
        "neg/1/a": np.array([3], np.float32),
    }
    outputs = run_stages(bundle, inputs)
    assert {name: array.tolist() for name, array in outputs.items()} == {
        "neg/0/b": [-1, -2],
        "neg/1/b": [-3],
    }
