"""Every intermediate value of an ONNX stage, for `locate`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import onnx
import onnxruntime
from onnx import ModelProto, ValueInfoProto

from pinpoint_export.parity.figures import Array

DATA_FOLDER = "session.model_external_initializers_file_folder_path"
AT_ONCE = 48  # values fetched by one run, so that not all of a large stage are held together


class OnnxTrace:
    """An .onnx file whose values are made outputs of copies in memory; the file stays as it is."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def trace(self, feeds: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
        """Run the stage and give every value of its graph in the order of the nodes.

        Optimizations are off: a fused operator would hide the values inside it.
        """
        model = onnx.load(self._path, load_external_data=False)
        names = [name for node in model.graph.node for name in node.output if name]
        for start in range(0, len(names), AT_ONCE):
            wanted = names[start : start + AT_ONCE]
            session = _session(model, wanted, self._path.parent)
            for name, array in zip(wanted, session.run(wanted, dict(feeds)), strict=True):
                # A sequence or an optional that is absent is no tensor.
                if hasattr(array, "dtype"):
                    yield name, array


def _session(model: ModelProto, outputs: list[str], folder: Path) -> Any:
    copy = ModelProto()
    copy.CopyFrom(model)
    del copy.graph.output[:]
    copy.graph.output.extend(ValueInfoProto(name=name) for name in outputs)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    # A model in memory has no folder of its own to look for its weights in.
    options.add_session_config_entry(DATA_FOLDER, str(folder.resolve()))
    return onnxruntime.InferenceSession(
        copy.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
