"""Inputs to begin with: valid files of every kind, made here, and those that once found a fault.

Faults lie in tests/fuzz/found/TARGET-NAME, as small as they could be made.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOUND = HERE / "found"
PAGES = ("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "PPM", "PDF")


def seeds(target: str) -> list[bytes]:
    """Return the inputs of a target: valid ones where there is such a thing, and found ones."""
    found = [path.read_bytes() for path in sorted(FOUND.glob(f"{target}-*"))]
    make = globals().get(f"_{target}")
    return [*(make() if make else [bytes(range(200)), b"Total 48.75 EUR"]), *found]


def _image() -> list[bytes]:
    made = []
    for form in PAGES:
        out = io.BytesIO()
        Image.linear_gradient("L").resize((24, 16)).convert("RGB").save(out, form)
        made.append(out.getvalue())
    return made


def _manifest() -> list[bytes]:
    older = ROOT / "tests/pinpoint_edge/bundle/older"
    return [path.read_bytes() for path in sorted(older.glob("*.json"))]


def _archive() -> list[bytes]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("manifest.json", _manifest()[0])
        file.writestr("tokenizer.json", "{}")
    return [out.getvalue()]


def _annotations() -> list[bytes]:
    row = {
        "id": "q", "image": "page.png", "question": "What?", "answers": ["x"], "page": 0,
        "answer_boxes": [[1, 1, 2, 2]], "support_boxes": [], "width": 9, "height": 9,
    }  # fmt: skip
    return [json.dumps(row).encode() + b"\n"]


def _recipe() -> list[bytes]:
    folder = ROOT / "quantization/pinpoint_quantization/recipes"
    return [path.read_bytes() for path in sorted(folder.glob("*.toml"))]


def _index() -> list[bytes]:
    file = {"file": "a.pinpoint", "size": 10, "sha256": "0" * 64}
    row = {"name": "a", "target": "onnx", "schema": "1.5", "digest": "1" * 64, "requires": []}
    index = {"schema": "1.0", "version": "1", "bundles": [row | {"archive": file}]}
    return [json.dumps(index).encode()]


def _signature() -> list[bytes]:
    one = {"keyid": "0" * 16, "sig": "AA=="}
    kind = "application/vnd.pinpoint-edge.manifest+json"
    envelope = {"payloadType": kind, "payload": "e30=", "signatures": [one]}
    return [json.dumps({"payloadType": kind, "signatures": [one], "keys": [envelope]}).encode()]


def _keys() -> list[bytes]:
    payload = "eyJudW1iZXIiOiAxLCAia2V5cyI6IHt9fQ=="
    kind = "application/vnd.pinpoint-edge.keys+json"
    return [json.dumps([{"payloadType": kind, "payload": payload, "signatures": []}]).encode()]


def _documents() -> list[bytes]:
    return [b'{"file": "a.pdf", "question": "What?"}\n{"pages": ["1.jpg", "2.jpg"]}\n']


def _schema() -> list[bytes]:
    inner = {"type": "array", "items": {"type": "object", "properties": {"x": {"type": "number"}}}}
    total = {"type": "number", "description": "What is the total?"}
    return [json.dumps({"type": "object", "properties": {"total": total, "rows": inner}}).encode()]


def _values() -> list[bytes]:
    texts = ("EUR 1.234,50", "03/04/2025", "+49 30 901820", "DE89 3704 0044 0532 0130 00")
    return [struct.pack("<H", len(text)) + text.encode() for text in texts]
