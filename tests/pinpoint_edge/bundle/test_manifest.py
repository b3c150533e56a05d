"""The manifest: versions, references and values that are refused, and its published schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pinpoint_edge.bundle.validation import json_schema, read_manifest
from pinpoint_edge.errors import BundleError

ROOT = Path(__file__).resolve().parents[3]

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def raw(small_bundle: Path) -> dict[str, Any]:
    value = json.loads((small_bundle / "manifest.json").read_bytes())
    assert isinstance(value, dict)
    return value


def read(value: dict[str, Any]) -> None:
    read_manifest(json.dumps(value).encode(), "manifest.json")


def test_bytes_round_trip(small_bundle: Path) -> None:
    content = (small_bundle / "manifest.json").read_bytes()
    assert read_manifest(content, "m").to_bytes() == content


def test_a_later_minor_version_is_read(raw: dict[str, Any]) -> None:
    raw["schema"] = "1.7"
    raw["later"] = {"a": 1}
    raw["stages"]["detect"]["later"] = 2
    manifest = read_manifest(json.dumps(raw).encode(), "m")
    assert manifest.schema == "1.7"
    assert manifest.stages["detect"].buckets[0] == {"H": 960, "W": 736}


def test_a_newer_major_version_is_refused_before_its_fields(raw: dict[str, Any]) -> None:
    with pytest.raises(BundleError, match=r"schema 2\.0, newer than 1\.5.*update pinpoint-edge"):
        read({"schema": "2.0", "name": 5})
    with pytest.raises(BundleError, match="export the bundle again"):
        read(raw | {"schema": "0.9"})


def setter(*path: str, value: Any) -> Change:
    def change(raw: dict[str, Any]) -> None:
        inner = raw
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (setter("schema", value=1), "no schema version"),
        (setter("schema", value="1"), "no schema version"),
        (setter("coverage", value=0), r"\$\.coverage"),
        (setter("coverage", value=1.5), r"\$\.coverage"),
        (setter("token_budget", "default", value=9999), r"\$\.token_budget"),
        (setter("vocabulary", value=0), r"\$\.vocabulary"),
        (setter("kv", "capacity", value=0), r"\$\.kv\.capacity"),
        (setter("tokenizer", value="other.json"), r"\$\.tokenizer: 'other.json' is not in"),
        (setter("characters", value={}), r"\$\.characters: glance missing"),
        (setter("stages", "align", "file", value="x.onnx"), r"\$\.stages\.align\.file"),
        (setter("stages", "align", "data", value=["w.bin"]), r"\$\.stages\.align\.data\[0\]"),
        (setter("stages", value={}), r"\$\.stages: detect, glance, align, refine, decode missing"),
        (setter("requires", value=["x; rm -rf"]), r"\$\.requires\[0\]"),
        (setter("files", "tokenizer.json", "sha256", value="AB"), r"\.sha256"),
        (setter("files", "tokenizer.json", "size", value=-1), r"\.size: it is negative"),
        (setter("preprocessing", "version", value=2), "preprocessing version 2"),
        (setter("host", "detection", "unclip", value=9.5), "do not agree with"),
        (setter("host", "glance_widths", value=[]), r"\$\.host\.glance_widths: it is empty"),
    ],
)
def test_wrong_values_are_refused(raw: dict[str, Any], change: Change, message: str) -> None:
    read(raw)
    change(raw)
    with pytest.raises(BundleError, match=message):
        read(raw)


def test_an_unknown_operation_asks_for_an_update(raw: dict[str, Any]) -> None:
    raw["preprocessing"]["ops"].append({"op": "dewarp", "stage": "detect", "arguments": {}})
    with pytest.raises(BundleError, match=r"'dewarp' \(\$\.preprocessing\.ops\[9\]\).*[Uu]pdate"):
        read(raw)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a\\b", "c:x", "manifest.json", "nul.txt"])
def test_files_cannot_leave_the_folder(raw: dict[str, Any], name: str) -> None:
    raw["files"][name] = raw["files"]["tokenizer.json"]
    with pytest.raises(BundleError, match="file name"):
        read(raw)


def test_published_schema_is_current() -> None:
    published = json.loads((ROOT / "docs/manifest.schema.json").read_text())
    assert published == json_schema(), (
        "run: python -m pinpoint_edge.bundle > docs/manifest.schema.json"
    )


def test_schema_describes_every_field(raw: dict[str, Any]) -> None:
    schema = json_schema()
    assert set(schema["properties"]) == set(raw)
    for definition in (schema, *schema["$defs"].values()):
        for name, field in definition["properties"].items():
            assert field.get("description"), name
