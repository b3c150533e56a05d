"""PP-OCRv6 small, out of the wheel of RapidOCR, as teacher of the recogniser: one line a call."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from pinpoint_edge.errors import BackendError
from pinpoint_edge.evaluation.metrics import levenshtein
from pinpoint_edge.vision import ctc

MODEL = "PP-OCRv6_rec_small.onnx"
INSTALL = "pip install 'pinpoint-edge-export[baselines]'"
SURE = 0.9
AGREES = 0.2


class Teacher:
    """Reads crops of height 48; raises BackendError where the package is not installed."""

    def __init__(self, threads: int = 1) -> None:
        spec = importlib.util.find_spec("rapidocr")
        path = Path(spec.origin).parent / "models" / MODEL if spec and spec.origin else None
        if path is None or not path.is_file():
            raise BackendError(f"This needs RapidOCR from PyPI; run `{INSTALL}`.")
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        listed = self._session.get_modelmeta().custom_metadata_map["character"]
        self.characters = ["", *listed.removesuffix("\n").split("\n"), " "]

    def read(self, crop: NDArray[np.uint8]) -> ctc.Transcription:
        """Read one RGB crop u8 (48, w, 3) at its own width."""
        x = crop[..., ::-1].astype(np.float32).transpose(2, 0, 1)[None] / 127.5 - 1.0  # wants BGR
        chances = self._session.run(None, {"x": np.ascontiguousarray(x)})[0][0]
        return ctc.decode(chances.argmax(1), chances.max(1), self.characters)


def accepted(reading: ctc.Transcription, pupil: str) -> str:
    """Why a reading is no label: "", or "unsure", "disagrees" (with the pupil's) or "empty".

    Two readers that differ by a few characters have seen the same line; by more, one of them has
    seen something else, and nobody knows which.
    """
    if not reading.text.strip():
        return "empty"
    if float(np.mean(reading.probabilities)) < SURE:
        return "unsure"
    return "" if difference(reading.text, pupil) <= AGREES else "disagrees"


def difference(a: str, b: str) -> float:
    """Edits a character between two texts, neither case nor spaces counted."""
    a, b = "".join(a.lower().split()), "".join(b.lower().split())
    return levenshtein(a, b) / max(len(a), len(b), 1)
