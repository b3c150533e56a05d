"""Record what ONNX Runtime answers, for the tests of the torch models.

    python tests/golden/make_models.py --source DIR

The detector's file is the published one: `--source` holds PP-OCRv6_det_tiny.onnx. Images are RGB;
they are turned to BGR and normalized here as the published pipeline does, independently of the
model under test. The recogniser is fine-tuned, so its file is made of the shipped weights.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from PIL import Image, ImageDraw, ImageFont

from pinpoint_models.recogniser import Recogniser

FOLDER = Path(__file__).parent / "models"
WEIGHTS = Path(__file__).parents[2] / "export/pinpoint_models/weights"
SAMPLED_CLASSES = 512


def drawn(height: int, width: int, lines: list[tuple[int, int, int, str]], seed: int) -> np.ndarray:
    """RGB u8 (H, W, 3): blue text on tinted, noisy paper; lines are (x, y, size, text)."""
    image = Image.new("RGB", (width, height), (250, 243, 225))
    draw = ImageDraw.Draw(image)
    for x, y, size, text in lines:
        draw.text((x, y), text, fill=(20, 30, 110), font=ImageFont.load_default(size))
    noise = np.random.default_rng(seed).normal(0, 4, (height, width, 3))
    return np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8)


def planes(image: np.ndarray, mean: list[float], deviation: list[float]) -> np.ndarray:
    """RGB u8 (H, W, 3) -> BGR f32 (1, 3, H, W), normalized channel by channel."""
    bgr = image[:, :, ::-1].astype(np.float32) / 255
    normalized = (bgr - np.float32(mean)) / np.float32(deviation)
    return np.ascontiguousarray(normalized.transpose(2, 0, 1)[None])


def record_detector(source: Path) -> None:
    session = onnxruntime.InferenceSession(source / "PP-OCRv6_det_tiny.onnx")
    pages = {
        "detector_64x96": drawn(64, 96, [(4, 6, 18, "Total"), (30, 36, 16, "42.50")], 0),
        "detector_96x160": drawn(96, 160, [(6, 4, 24, "Invoice 7"), (50, 60, 14, "due May 3")], 1),
    }
    for name, page in pages.items():
        x = planes(page, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
        text_map = session.run(None, {"x": x})[0]
        np.savez_compressed(
            FOLDER / f"{name}.npz", image=page.transpose(2, 0, 1)[None], text_map=text_map
        )


def record_recogniser() -> None:
    """Record the shipped recogniser, lowered to ONNX and run by ONNX Runtime."""
    example = torch.zeros(1, 3, 48, 160, dtype=torch.uint8)
    free = ({3: torch.export.Dim.AUTO},)
    program = torch.onnx.export(
        Recogniser.load(WEIGHTS), (example,), dynamo=True, dynamic_shapes=free, opset_version=20
    )
    assert program is not None
    session = onnxruntime.InferenceSession(program.model_proto.SerializeToString())
    lines = {
        "recogniser_160": drawn(48, 160, [(6, 4, 36, "No. 4711")], 2),
        "recogniser_96": drawn(48, 96, [(8, 6, 34, "Date")], 3),
    }
    for name, line in lines.items():
        crops = np.ascontiguousarray(line.transpose(2, 0, 1)[None])
        features, logits = session.run(None, {session.get_inputs()[0].name: crops})
        # All 6906 logits of each step weigh half a megabyte: keep the best class and a sample.
        rng = np.random.default_rng(4)
        best = logits.argmax(-1)
        sampled = np.unique(np.r_[best.ravel(), rng.integers(0, logits.shape[-1], SAMPLED_CLASSES)])
        np.savez_compressed(
            FOLDER / f"{name}.npz",
            crops=crops,
            features=features,
            best=best.astype(np.int32),
            sampled=sampled.astype(np.int32),
            sampled_logits=logits[..., sampled],
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path, required=True, help="folder with the ONNX file")
    source = parser.parse_args().source
    FOLDER.mkdir(exist_ok=True)
    record_detector(source)
    record_recogniser()


if __name__ == "__main__":
    main()
