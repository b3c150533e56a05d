"""A session of ONNX Runtime over a graph in memory, for measuring on the CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnx
import onnxruntime

DATA_FOLDER = "session.model_external_initializers_file_folder_path"


def session_of(
    model: onnx.ModelProto, folder: Path | None = None, *, threads: int | None = None
) -> Any:
    """Load a graph; folder: the one with its external weights; threads: all cores when None."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if folder is not None:
        options.add_session_config_entry(DATA_FOLDER, str(folder.resolve()))
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
